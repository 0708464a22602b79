-- What the monitor asks again and again, kept so that it needn't read any table whole.

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
