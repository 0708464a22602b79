-- When an agency exercises, as it declared; nothing is ever changed or deleted.
CREATE TABLE exercise_window (
    event_id    uuid PRIMARY KEY,
    agency      text NOT NULL,
    policy_id   text,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE INDEX exercise_window_agency ON exercise_window (agency, starts_at);

-- Every custody event, and as what it counts: one that claims to be an exercise's, outside of each
-- window that its agency had declared by then, is real. In whatever order the two were read.
CREATE VIEW custody_counted AS
SELECT event.*, is_outside_window,
       CASE WHEN is_outside_window THEN 'ACTUAL' ELSE event.mode END AS counted_mode
FROM custody_event AS event, LATERAL (
    SELECT event.mode = 'EXERCISE' AND NOT EXISTS (
        SELECT FROM exercise_window AS declared
        WHERE declared.agency = split_part(split_part(event.source, '/', 1), '.', 1)
          AND coalesce(declared.policy_id = event.details ->> 'policy_id',
                       declared.policy_id IS NULL)
          AND declared.recorded_at <= event.recorded_at
          AND declared.starts_at <= least(event.occurred_at, event.recorded_at)
          AND declared.ends_at > least(event.occurred_at, event.recorded_at)
    ) AS is_outside_window
) AS judged;
