-- What the monitor asks again and again, kept so that it needn't read any table whole.

-- Where a policy stands as one word, whose it is, and when it takes effect, while it isn't announced.
-- A policy without a notice stands nowhere.
ALTER TABLE standing
    ADD COLUMN place text,
    ADD COLUMN mode text,
    ADD COLUMN agency text,
    ADD COLUMN next_effect_at timestamptz;

CREATE INDEX standing_place ON standing (place, mode) WHERE place IS NOT NULL;
CREATE INDEX standing_next_effect ON standing (agency, mode, next_effect_at)
    WHERE next_effect_at IS NOT NULL;

-- Which offices owe a decision, and until when; without a time until the text is delivered. Of those
-- that no agreement names, metrics don't tell the names.
CREATE TABLE owed_decision (
    policy_id text NOT NULL,
    office    text NOT NULL,
    is_named  boolean NOT NULL,
    mode      text NOT NULL,
    due_at    timestamptz,
    PRIMARY KEY (policy_id, office)
);

CREATE INDEX finding_untaken ON finding (kind, mode, opened_at)
    WHERE state = 'OPEN' AND NOT is_withdrawn;

CREATE INDEX dead_letter_unclosed ON dead_letter (group_name, topic, state, first_seen)
    WHERE state IN ('RETRYING', 'OPEN', 'REDRIVING');

-- The newest canary that was read: a notice of mode TEST by which the monitor proves the whole path.
CREATE TABLE canary (
    the_row      boolean PRIMARY KEY DEFAULT true CHECK (the_row),
    event_id     uuid NOT NULL,
    published_at timestamptz NOT NULL,
    appended_at  timestamptz NOT NULL,
    read_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Policies from before these columns: derived anew at once, which fills them.
INSERT INTO due_action (action_id, policy_id, kind, mode, due_at, revision, material_digest)
SELECT gen_random_uuid(), policy_id, 'STATE_CHANGES', 'ACTUAL', '2000-01-01', 0, ''
FROM (SELECT DISTINCT policy_id FROM fact WHERE kind = 'NOTICE' AND policy_id IS NOT NULL) AS known;
