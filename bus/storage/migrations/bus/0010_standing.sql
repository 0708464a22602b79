-- Where each policy stood when it was derived last, whether or not that was told: what the gate
-- answers from as long as time alone changes nothing. `state` and `scope` are plain JSON.
CREATE TABLE standing (
    policy_id  text PRIMARY KEY,
    at         timestamptz NOT NULL,
    known_at   timestamptz NOT NULL,
    changes_at timestamptz,
    state      jsonb NOT NULL,
    scope      jsonb
);

-- To what somebody meant to act when they asked.
ALTER TABLE gate_answer ADD COLUMN sector text, ADD COLUMN event_kind text;
