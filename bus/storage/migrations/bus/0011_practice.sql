-- How many custody events of families' members there were, by what the practice detector watches:
-- agency, sector and day (UTC) of the act, kind, separation reason, adult or child. Nobody's data;
-- real events only. An unstated sector or reason is ''.
CREATE TABLE practice_day (
    agency     text NOT NULL,
    sector     text NOT NULL,
    day        date NOT NULL,
    event_kind text NOT NULL,
    reason     text NOT NULL,
    population text NOT NULL,
    events     bigint NOT NULL,
    PRIMARY KEY (agency, sector, day, event_kind, reason, population)
);

-- The business day on which practice was judged last: days before it are over.
CREATE TABLE practice_judged (
    the_row boolean PRIMARY KEY DEFAULT true CHECK (the_row),
    day     date NOT NULL
);
INSERT INTO practice_judged (day) VALUES ('-infinity');

-- The shifts that were told, by what their findings are about.
CREATE TABLE practice_shift (
    finding_id uuid PRIMARY KEY,
    agency     text NOT NULL,
    sector     text NOT NULL,
    stream     text NOT NULL,
    day        date NOT NULL
);
