-- When an answer was given, in business time, as all else is on record; `asked_at` stays real time,
-- from which its validity counts. What was given before had both at once.
ALTER TABLE gate_answer ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT clock_timestamp();
UPDATE gate_answer SET recorded_at = asked_at;
