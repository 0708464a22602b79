-- What was said and stored, as far as the announcement rules ask: never changed, never deleted.
-- `data` is the payload in plain JSON; of a custody event only what it cites, and no one's data.
-- `recorded_at` is the append time as a running maximum over the partition.
CREATE TABLE fact (
    event_id      uuid PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN (
        'NOTICE', 'ACKNOWLEDGEMENT', 'COORDINATION', 'RECEIPT', 'AGREEMENT', 'CITATION')),
    policy_id     text,
    topic         text NOT NULL,
    partition     integer NOT NULL,
    kafka_offset  bigint NOT NULL,
    source        text NOT NULL,
    sequence      bigint NOT NULL,
    mode          text NOT NULL,
    mode_is_sound boolean NOT NULL,
    faults        jsonb NOT NULL,
    recorded_at   timestamptz NOT NULL,
    data          jsonb NOT NULL
);

CREATE INDEX fact_policy ON fact (policy_id, kind, recorded_at);
CREATE INDEX fact_place ON fact (topic, partition, kafka_offset);
CREATE INDEX fact_successor ON fact ((data ->> 'supersedes'))
    WHERE kind = 'NOTICE' AND data ->> 'supersedes' IS NOT NULL;
CREATE INDEX fact_notice ON fact (policy_id) WHERE kind = 'NOTICE';
CREATE INDEX fact_agreement ON fact (event_id) WHERE kind = 'AGREEMENT';

-- Which notices a receipt names.
CREATE TABLE fact_receipt (
    notice_id  uuid NOT NULL,
    receipt_id uuid NOT NULL REFERENCES fact,
    PRIMARY KEY (notice_id, receipt_id)
);

-- The running maximum of each partition: what the next fact's recorded_at can't be less than.
CREATE TABLE fact_clock (
    topic       text NOT NULL,
    partition   integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- Dead letters of the tracker whose key or payload names a policy, in business time: while one is
-- open, the record of that policy is UNREADABLE.
CREATE TABLE unreadable_record (
    dead_letter_id uuid NOT NULL REFERENCES dead_letter,
    policy_id      text NOT NULL,
    topic          text NOT NULL,
    partition      integer NOT NULL,
    kafka_offset   bigint NOT NULL,
    event_id       uuid,
    digest         bytea,
    opened_at      timestamptz NOT NULL,
    closed_at      timestamptz,
    closed_by      uuid,
    PRIMARY KEY (dead_letter_id, policy_id)
);

CREATE INDEX unreadable_record_policy ON unreadable_record (policy_id);
CREATE INDEX unreadable_record_event ON unreadable_record (event_id) WHERE closed_at IS NULL;

-- Every state that a policy's clearance has had. `state` is the published payload without
-- version, moment and positions, which stand beside it.
CREATE TABLE clearance_state (
    policy_id text NOT NULL,
    version   integer NOT NULL CHECK (version > 0),
    at        timestamptz NOT NULL,
    known_at  timestamptz NOT NULL,
    state     jsonb NOT NULL,
    positions jsonb NOT NULL,
    cause     uuid,
    stored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (policy_id, version)
);

-- Findings as they are now. One that turned out not to hold, because the facts were read in
-- another order than they were recorded, is withdrawn; it comes back if they change again.
CREATE TABLE finding (
    finding_id   uuid PRIMARY KEY,
    version      integer NOT NULL CHECK (version > 0),
    kind         text NOT NULL,
    severity     text NOT NULL,
    mode         text NOT NULL,
    policy_id    text,
    office       text,
    source       text,
    event_id     uuid,
    facts        jsonb NOT NULL,
    opened_at    timestamptz NOT NULL,
    state        text NOT NULL CHECK (state IN ('OPEN', 'TAKEN', 'RESOLVED')),
    is_withdrawn boolean NOT NULL DEFAULT false,
    changed_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX finding_policy ON finding (policy_id);
CREATE INDEX finding_opened ON finding (opened_at);

-- The sequence numbers that were read of each source and topic, also of rejected records.
CREATE TABLE received_sequence (
    source  text NOT NULL,
    topic   text NOT NULL,
    numbers int8multirange NOT NULL,
    PRIMARY KEY (source, topic)
);

-- Numbers that were missing when a higher one was first read, and when that was, in real time.
-- What of them is still missing is `missing` less what was received since.
CREATE TABLE sequence_gap (
    source     text NOT NULL,
    topic      text NOT NULL,
    missing    int8range NOT NULL,
    noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (source, topic, missing),
    FOREIGN KEY (source, topic) REFERENCES received_sequence
);

-- Every answer that the gate has given.
CREATE TABLE gate_answer (
    answer_id   uuid PRIMARY KEY DEFAULT uuidv7(),
    policy_id   text NOT NULL,
    at          timestamptz NOT NULL,
    known_at    timestamptz NOT NULL,
    asked_at    timestamptz NOT NULL,
    valid_until timestamptz NOT NULL,
    verdict     text NOT NULL CHECK (verdict IN ('CLEAR', 'NOT_CLEAR', 'UNKNOWN')),
    is_fresh    boolean NOT NULL,
    dimensions  jsonb NOT NULL,
    reasons     jsonb NOT NULL,
    positions   jsonb NOT NULL
);

CREATE INDEX gate_answer_policy ON gate_answer (policy_id, asked_at);
