-- The store's identity. `ce_source` names one store, so a copy must get an id of its own: the id
-- is looked up by what no copy keeps together. Another cluster differs in system_identifier, a
-- promoted standby or a restored backup in timeline, a template copy in database_oid, a dump
-- brought back into the same database in relation_oid. A snapshot of the disk that is started
-- without recovery keeps all four: delete its rows here before it publishes.
CREATE TABLE store (
    store_id          uuid PRIMARY KEY DEFAULT uuidv7(),
    system_identifier bigint NOT NULL,
    timeline          integer NOT NULL,
    database_oid      oid NOT NULL,
    relation_oid      oid NOT NULL,
    opened_at         timestamptz NOT NULL DEFAULT now(),
    UNIQUE (system_identifier, timeline, database_oid, relation_oid)
);

-- A stream is what one source publishes on one topic. last_sequence is the last number taken; the
-- row's lock makes publishers commit in the order of their numbers, so readers never see a hole.
CREATE TABLE outbox_stream (
    stream_id     integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic         text NOT NULL,
    source        text NOT NULL,
    last_sequence bigint NOT NULL CHECK (last_sequence > 0),
    UNIQUE (topic, source)
) WITH (fillfactor = 50);

-- What was published. Rows are never changed, and stay as long as their topic keeps its records.
-- stream_id has no foreign key: its check would cost a third of each insert.
CREATE TABLE outbox (
    stream_id   integer NOT NULL,
    sequence    bigint NOT NULL CHECK (sequence > 0),
    event_id    uuid NOT NULL UNIQUE,
    key         bytea NOT NULL,
    value       bytea NOT NULL,
    headers     json NOT NULL,
    recorded_at timestamptz NOT NULL,
    stored_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (stream_id, sequence)
);

-- How far Kafka has confirmed each stream. Apart from outbox_stream, so that relay and publishers
-- don't wait for each other's row lock.
CREATE TABLE outbox_position (
    stream_id          integer PRIMARY KEY REFERENCES outbox_stream,
    confirmed_sequence bigint NOT NULL CHECK (confirmed_sequence > 0)
) WITH (fillfactor = 50);

-- Where Kafka put each event. A table of its own: an UPDATE of outbox would write every value and
-- every index entry a second time.
CREATE TABLE outbox_confirmation (
    stream_id    integer NOT NULL,
    sequence     bigint NOT NULL,
    partition    integer NOT NULL,
    kafka_offset bigint NOT NULL,
    sent_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (stream_id, sequence)
);
