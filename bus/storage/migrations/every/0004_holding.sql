-- Discarding a dead letter writes its event's id here, so that a later copy isn't applied after
-- all; such a row has no place in an account: the dead letter itself is its offset's standing.
ALTER TABLE inbox ALTER COLUMN account_id DROP NOT NULL;
ALTER TABLE inbox ALTER COLUMN kafka_offset DROP NOT NULL;
ALTER TABLE inbox ADD CHECK ((account_id IS NULL) = (kafka_offset IS NULL));

-- kind: RECORD was not applied; FIELDS was applied without the fields that were wrong, and doesn't
-- count in the account. holds: later records of its key wait until it is closed. due_at: when a
-- RETRYING one is tried again.
ALTER TABLE dead_letter ADD COLUMN kind text NOT NULL DEFAULT 'RECORD'
    CHECK (kind IN ('RECORD', 'FIELDS'));
ALTER TABLE dead_letter ADD COLUMN holds boolean NOT NULL DEFAULT false;
ALTER TABLE dead_letter ADD COLUMN mode text NOT NULL DEFAULT 'ACTUAL';
ALTER TABLE dead_letter ADD COLUMN due_at timestamptz;
ALTER TABLE dead_letter ADD CHECK ((state = 'RETRYING') = (due_at IS NOT NULL));
ALTER TABLE dead_letter DROP CONSTRAINT dead_letter_account_id_kafka_offset_key;
ALTER TABLE dead_letter ADD UNIQUE (account_id, kafka_offset, kind);

-- Keys may be longer than an index entry, so their hashes are indexed.
CREATE INDEX dead_letter_holding ON dead_letter (group_name, topic, partition, sha256(key))
    WHERE holds AND state IN ('RETRYING', 'OPEN', 'REDRIVING');
CREATE INDEX dead_letter_key ON dead_letter (sha256(key));
CREATE INDEX dead_letter_parked ON dead_letter (group_name)
    WHERE kind = 'RECORD' AND state IN ('RETRYING', 'OPEN', 'REDRIVING');
CREATE INDEX dead_letter_tried ON dead_letter (group_name, topic, partition, account_id, kafka_offset)
    WHERE state IN ('RETRYING', 'REDRIVING');

-- Records that wait behind a dead letter of their key, whole.
CREATE TABLE held_record (
    account_id   bigint NOT NULL REFERENCES consumer_account,
    kafka_offset bigint NOT NULL,
    group_name   text NOT NULL,
    topic        text NOT NULL,
    partition    integer NOT NULL,
    appended_at  timestamptz NOT NULL,
    key          bytea NOT NULL,
    value        bytea,
    headers      bytea NOT NULL,
    event_id     uuid,
    held_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, kafka_offset)
);

CREATE INDEX held_record_event ON held_record (event_id);

CREATE INDEX held_record_key
    ON held_record (group_name, topic, partition, sha256(key), account_id, kafka_offset);

-- What operators ask of dead letters. The owner of each partition carries it out under its claim.
CREATE TABLE dead_letter_request (
    request_id   uuid PRIMARY KEY,
    group_name   text NOT NULL,
    action       text NOT NULL CHECK (action IN ('REDRIVE', 'DISCARD')),
    requested_by text NOT NULL,
    approved_by  text,
    reason       text,
    per_second   double precision CHECK (per_second > 0),
    taken        bigint NOT NULL DEFAULT 0,
    requested_at timestamptz NOT NULL,
    -- Two officers: told apart by their ids, whatever their roles and letter case.
    CHECK (action <> 'DISCARD' OR (
        reason <> '' AND lower(substring(approved_by FROM ':(.+)'))
                      <> lower(substring(requested_by FROM ':(.+)'))) IS TRUE)
);

CREATE TABLE dead_letter_request_item (
    request_id     uuid NOT NULL REFERENCES dead_letter_request,
    dead_letter_id uuid NOT NULL REFERENCES dead_letter,
    outcome        text,
    done_at        timestamptz,
    PRIMARY KEY (request_id, dead_letter_id),
    CHECK ((outcome IS NULL) = (done_at IS NULL))
);

CREATE INDEX dead_letter_request_story ON dead_letter_request_item (dead_letter_id);

-- One open request for each dead letter: whoever asks second is told so.
CREATE UNIQUE INDEX dead_letter_request_open ON dead_letter_request_item (dead_letter_id)
    WHERE done_at IS NULL;

-- A group whose records fail too often stands still, across restarts, until a trial succeeds or an
-- operator closes the breaker. While overridden_until is ahead, it doesn't open.
CREATE TABLE breaker (
    group_name       text PRIMARY KEY,
    state            text NOT NULL CHECK (state IN ('CLOSED', 'OPEN', 'HALF_OPEN')),
    changed_at       timestamptz NOT NULL,
    changed_by       text NOT NULL,
    reason           text NOT NULL,
    openings         integer NOT NULL DEFAULT 0,
    trial_at         timestamptz,
    overridden_until timestamptz
);
