-- A run of offsets that a group accounts for. An operator's reset closes one and opens the next.
-- closed_next_offset − first_offset is what a closed account must explain; for the open one the
-- position says how far it has come.
CREATE TABLE consumer_account (
    account_id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_name         text NOT NULL,
    topic              text NOT NULL,
    partition          integer NOT NULL,
    number             integer NOT NULL CHECK (number > 0),
    topic_id           text NOT NULL,
    first_offset       bigint NOT NULL CHECK (first_offset >= 0),
    opened_at          timestamptz NOT NULL DEFAULT now(),
    opened_by          text NOT NULL,
    reason             text NOT NULL,
    closed_at          timestamptz,
    closed_next_offset bigint,
    UNIQUE (group_name, topic, partition, number),
    CHECK ((closed_at IS NULL) = (closed_next_offset IS NULL))
);

-- Where a group stands. `epoch` grows with every claim and fences off whoever held it before.
CREATE TABLE consumer_position (
    group_name  text NOT NULL,
    topic       text NOT NULL,
    partition   integer NOT NULL,
    account_id  bigint NOT NULL REFERENCES consumer_account,
    epoch       bigint NOT NULL,
    next_offset bigint NOT NULL CHECK (next_offset >= 0),
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (group_name, topic, partition)
);

-- One row for each event that a group has applied: what makes effects happen once. `digest` is
-- over source, key and value, so that one id with two contents is noticed.
CREATE TABLE inbox (
    group_name   text NOT NULL,
    event_id     uuid NOT NULL,
    account_id   bigint NOT NULL,
    kafka_offset bigint NOT NULL,
    digest       bytea NOT NULL,
    applied_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (group_name, event_id)
) PARTITION BY RANGE (event_id);

-- The lowest UUIDv7 of a moment: its first 48 bits are milliseconds since 1970.
CREATE FUNCTION first_event_id(moment timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0')
            || repeat('0', 20))::uuid
$$;

-- Make monthly partitions of the inbox up to the month of `moment`. The first one takes
-- everything before it, so that no event id is too old.
CREATE FUNCTION extend_inbox(moment timestamptz) RETURNS integer
    LANGUAGE plpgsql AS $$
DECLARE
    lower timestamptz;
    upper timestamptz;
    made  integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('extend_inbox'), hashtext(current_schema()));
    SELECT max(to_date(substr(relname, 7), 'YYYYMM')) + interval '1 month' INTO lower
        FROM pg_class JOIN pg_inherits ON inhrelid = oid
        WHERE inhparent = 'inbox'::regclass;
    IF lower IS NULL THEN
        lower := date_trunc('month', now(), 'UTC');
        upper := lower + interval '1 month';
        EXECUTE format('CREATE TABLE %I PARTITION OF inbox FOR VALUES FROM (MINVALUE) TO (%L)',
                       'inbox_' || to_char(lower, 'YYYYMM'), first_event_id(upper));
        lower := upper;
        made := 1;
    END IF;
    WHILE lower <= moment LOOP
        upper := lower + interval '1 month';
        EXECUTE format('CREATE TABLE %I PARTITION OF inbox FOR VALUES FROM (%L) TO (%L)',
                       'inbox_' || to_char(lower, 'YYYYMM'),
                       first_event_id(lower), first_event_id(upper));
        lower := upper;
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$;

SELECT extend_inbox(now() + interval '60 days');

-- Records whose event was applied before, by the offset of the repetition.
CREATE TABLE duplicate (
    account_id   bigint NOT NULL REFERENCES consumer_account,
    kafka_offset bigint NOT NULL,
    event_id     uuid NOT NULL,
    PRIMARY KEY (account_id, kafka_offset)
);

CREATE INDEX duplicate_event ON duplicate (event_id);

-- Offsets that nobody can read any more: [from_offset, to_offset).
CREATE TABLE gap (
    account_id  bigint NOT NULL REFERENCES consumer_account,
    from_offset bigint NOT NULL,
    to_offset   bigint NOT NULL CHECK (to_offset > from_offset),
    reason      text NOT NULL,
    noticed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, from_offset)
);

-- Records that could not be applied, whole. A RESOLVED one counts as the row that it produced.
CREATE TABLE dead_letter (
    dead_letter_id uuid PRIMARY KEY,
    group_name     text NOT NULL,
    topic          text NOT NULL,
    partition      integer NOT NULL,
    account_id     bigint NOT NULL REFERENCES consumer_account,
    kafka_offset   bigint NOT NULL,
    appended_at    timestamptz NOT NULL,
    key            bytea,
    value          bytea,
    headers        bytea NOT NULL,
    reason         text NOT NULL,
    detail         text NOT NULL,
    event_id       uuid,
    digest         bytea,
    attempts       integer NOT NULL DEFAULT 1,
    state          text NOT NULL DEFAULT 'OPEN'
        CHECK (state IN ('RETRYING', 'OPEN', 'REDRIVING', 'RESOLVED', 'DISCARDED')),
    first_seen     timestamptz NOT NULL DEFAULT now(),
    last_seen      timestamptz NOT NULL DEFAULT now(),
    closed_at      timestamptz,
    UNIQUE (account_id, kafka_offset)
);

CREATE INDEX dead_letter_unresolved ON dead_letter (group_name, event_id)
    WHERE state IN ('RETRYING', 'OPEN', 'REDRIVING');
