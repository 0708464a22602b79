-- What HHS was told of custody, event by event; nothing is ever changed or deleted.
-- `details` holds the optional fields that were sound, `faults` names those that were not.
CREATE TABLE custody_event (
    event_id        uuid PRIMARY KEY,
    source          text NOT NULL,
    sequence        bigint NOT NULL,
    mode            text NOT NULL,
    mode_is_sound   boolean NOT NULL,
    event_kind      text NOT NULL,
    family_group_id uuid NOT NULL,
    subject_id      uuid NOT NULL,
    agency          text NOT NULL,
    occurred_at     timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL,
    details         jsonb NOT NULL,
    faults          jsonb
);

CREATE INDEX custody_event_family ON custody_event (family_group_id);

-- The sequence numbers of each source's custody events that are stored: what receipts tell.
CREATE TABLE custody_received (
    source   text NOT NULL,
    topic    text NOT NULL,
    received int8multirange NOT NULL,
    PRIMARY KEY (source, topic)
);

-- What HHS was told of policies: every notice that could be read, as it came.
CREATE TABLE notice (
    event_id     uuid PRIMARY KEY,
    topic        text NOT NULL,
    source       text NOT NULL,
    sequence     bigint NOT NULL,
    mode         text NOT NULL,
    mode_is_sound boolean NOT NULL,
    policy_id    text NOT NULL,
    revision     integer NOT NULL,
    effective_at timestamptz,
    recorded_at  timestamptz NOT NULL,
    data         jsonb NOT NULL,
    faults       jsonb
);

CREATE INDEX notice_policy ON notice (policy_id, revision);
