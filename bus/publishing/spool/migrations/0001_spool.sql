-- Every identity that this file has had, and why it couldn't go on under the one before. A copy,
-- or an older state of the file, gets another one.
CREATE TABLE spool_store (
    store_id  TEXT PRIMARY KEY,
    reason    TEXT NOT NULL,
    opened_at TEXT NOT NULL
);

-- One row: whose file it is, its present identity (none before the first event), and how many
-- times it was published to. The mark beside the file says how often that was known to be so.
CREATE TABLE spool_state (
    only       INTEGER PRIMARY KEY CHECK (only = 1),
    owner      TEXT NOT NULL,
    store_id   TEXT REFERENCES spool_store,
    generation INTEGER NOT NULL DEFAULT 0
);

-- A stream is what one source publishes on one topic: the last number taken, and the last one
-- that Kafka has confirmed.
CREATE TABLE spool_stream (
    stream_id          INTEGER PRIMARY KEY,
    topic              TEXT NOT NULL,
    source             TEXT NOT NULL,
    last_sequence      INTEGER NOT NULL CHECK (last_sequence > 0),
    confirmed_sequence INTEGER NOT NULL DEFAULT 0
                       CHECK (confirmed_sequence BETWEEN 0 AND last_sequence),
    UNIQUE (topic, source)
);

-- What was published. Rows are never changed, and stay as long as their topic keeps its records.
-- SQLite doesn't notice a bit that flips within a value: the checksum does, before it is sent.
CREATE TABLE spool_event (
    stream_id   INTEGER NOT NULL,
    sequence    INTEGER NOT NULL CHECK (sequence > 0),
    event_id    TEXT NOT NULL UNIQUE,
    key         BLOB NOT NULL,
    value       BLOB NOT NULL,
    headers     TEXT NOT NULL,
    checksum    INTEGER NOT NULL,
    recorded_at TEXT NOT NULL,
    stored_at   TEXT NOT NULL,
    PRIMARY KEY (stream_id, sequence)
);

-- Where Kafka put each event. A table of its own, so that no event is written a second time.
CREATE TABLE spool_confirmation (
    stream_id    INTEGER NOT NULL,
    sequence     INTEGER NOT NULL,
    partition    INTEGER NOT NULL,
    kafka_offset INTEGER NOT NULL,
    sent_at      TEXT NOT NULL,
    PRIMARY KEY (stream_id, sequence)
) WITHOUT ROWID;
