-- Whom an alarm turns to while no office has taken it, as the rules say of what is known: replaced
-- whenever the finding changes, carried out once. MOOT: when it fell due, it no longer held.
CREATE TABLE ladder_step (
    action_id  uuid PRIMARY KEY,
    finding_id uuid NOT NULL,
    tells      text NOT NULL,
    number     integer NOT NULL,
    due_at     timestamptz NOT NULL,
    state      text NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'DONE', 'MOOT')),
    done_at    timestamptz CHECK ((state = 'WAITING') = (done_at IS NULL))
);

CREATE INDEX ladder_step_waiting ON ladder_step (due_at) WHERE state = 'WAITING';
CREATE INDEX ladder_step_finding ON ladder_step (finding_id);

-- Real alarms from before this table: looked at anew at once, which stores their steps.
INSERT INTO ladder_step (action_id, finding_id, tells, number, due_at)
SELECT gen_random_uuid(), finding_id, '', 0, '2000-01-01' FROM finding
WHERE state = 'OPEN' AND NOT is_withdrawn AND severity = 'ALARM'
  AND kind NOT IN ('OVERDUE', 'MODE_UNSOUND');
