-- The store's identity. `ce_source` names one store, so a clone or a restored copy must get a
-- new one: its identity is looked up by what a copy can't keep.
CREATE TABLE store (
    store_id          uuid PRIMARY KEY DEFAULT uuidv7(),
    system_identifier bigint NOT NULL,
    timeline          integer NOT NULL,
    database_oid      oid NOT NULL,
    opened_at         timestamptz NOT NULL DEFAULT now(),
    UNIQUE (system_identifier, timeline, database_oid)
);

-- The last number taken, for each source and topic; the row's lock orders the publishers.
CREATE TABLE outbox_sequence (
    source        text NOT NULL,
    topic         text NOT NULL,
    last_sequence bigint NOT NULL,
    PRIMARY KEY (source, topic)
);

-- Events to send and events sent. Rows stay as long as their topic keeps its records.
CREATE TABLE outbox (
    topic        text NOT NULL,
    source       text NOT NULL,
    sequence     bigint NOT NULL CHECK (sequence > 0),
    event_id     uuid NOT NULL UNIQUE,
    key          bytea NOT NULL,
    value        bytea NOT NULL,
    headers      jsonb NOT NULL,
    recorded_at  timestamptz NOT NULL,
    stored_at    timestamptz NOT NULL DEFAULT now(),
    partition    integer,
    kafka_offset bigint,
    sent_at      timestamptz,
    PRIMARY KEY (topic, source, sequence)
);

CREATE INDEX outbox_unsent ON outbox (topic, source, sequence) WHERE sent_at IS NULL;
