-- Beside what the bus keeps: when each transaction began, from which all rates are computed, and
-- the same table for the peers, without the flags that only the bus has.
ALTER TABLE hhs.custody_event ADD COLUMN written_at timestamptz NOT NULL DEFAULT now();

CREATE SCHEMA peer;

CREATE TABLE peer.custody_event (
    event_id        uuid PRIMARY KEY,
    source          text NOT NULL,
    sequence        bigint NOT NULL,
    mode            text NOT NULL,
    event_kind      text NOT NULL,
    family_group_id uuid NOT NULL,
    subject_id      uuid NOT NULL,
    agency          text NOT NULL,
    occurred_at     timestamptz NOT NULL,
    recorded_at     timestamptz NOT NULL,
    details         jsonb NOT NULL,
    written_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON peer.custody_event (family_group_id);

-- Where nothing is promised nothing is checked: no key.
CREATE TABLE peer.copied (LIKE peer.custody_event INCLUDING DEFAULTS);
CREATE INDEX ON peer.copied (family_group_id);

CREATE TABLE peer.inbox (
    event_id   uuid PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE peer.position (
    topic       text NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);
