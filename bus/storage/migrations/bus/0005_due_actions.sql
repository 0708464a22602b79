-- What falls due by time alone, as the rules say of what is known: replaced whenever a policy is
-- derived, carried out once. MOOT: when it fell due, it no longer held.
CREATE TABLE due_action (
    action_id       uuid PRIMARY KEY,
    policy_id       text NOT NULL,
    kind            text NOT NULL,
    mode            text NOT NULL,
    due_at          timestamptz NOT NULL,
    revision        integer NOT NULL,
    material_digest text NOT NULL,
    office          text,
    tells           text,
    number          integer,
    state           text NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'DONE', 'MOOT')),
    done_at         timestamptz CHECK ((state = 'WAITING') = (done_at IS NULL))
);

CREATE INDEX due_action_waiting ON due_action (due_at) WHERE state = 'WAITING';
CREATE INDEX due_action_policy ON due_action (policy_id);

-- Policies from before this table: derived anew at once, which stores what falls due of them.
INSERT INTO due_action (action_id, policy_id, kind, mode, due_at, revision, material_digest)
SELECT gen_random_uuid(), policy_id, 'STATE_CHANGES', 'ACTUAL', '2000-01-01', 0, ''
FROM (SELECT DISTINCT policy_id FROM fact WHERE kind = 'NOTICE') AS known;

-- Messages to offices, as they were worded. Business time says when they were caused, real time
-- when they are tried. WITHDRAWN: what they ask for was done before they were sent.
CREATE TABLE message (
    message_id   uuid PRIMARY KEY,
    kind         text NOT NULL,
    mode         text NOT NULL,
    office       text NOT NULL,
    policy_id    text,
    action_id    uuid,
    caused_at    timestamptz NOT NULL,
    subject      text NOT NULL,
    body         text NOT NULL,
    facts        jsonb NOT NULL,
    state        text NOT NULL DEFAULT 'QUEUED' CHECK (
        state IN ('QUEUED', 'DELIVERED', 'GIVEN_UP', 'WITHDRAWN')),
    queued_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_try_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    leased_until timestamptz
);

CREATE INDEX message_queued ON message (next_try_at) WHERE state = 'QUEUED';
CREATE INDEX message_policy ON message (policy_id);

-- Each try: over which of the office's channels, and what became of it. No address, and nothing
-- that a server wrote.
CREATE TABLE message_try (
    message_id uuid NOT NULL REFERENCES message,
    number     integer NOT NULL,
    round      integer NOT NULL,
    channel    text NOT NULL,
    outcome    text NOT NULL CHECK (outcome IN ('DELIVERED', 'UNREACHABLE', 'REFUSED')),
    reason     text NOT NULL,
    tried_at   timestamptz NOT NULL,
    PRIMARY KEY (message_id, number)
);
