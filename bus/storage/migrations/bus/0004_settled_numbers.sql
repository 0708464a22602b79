-- Missing numbers that two officers let count as read, and why: they are nobody's, or lost for good.
CREATE TABLE settled_sequence (
    settlement_id uuid PRIMARY KEY,
    source        text NOT NULL,
    topic         text NOT NULL,
    numbers       int8multirange NOT NULL CHECK (numbers <> '{}'),
    settled_by    text NOT NULL,
    approved_by   text NOT NULL,
    reason        text NOT NULL CHECK (reason <> ''),
    settled_at    timestamptz NOT NULL
);
