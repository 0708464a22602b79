-- How far the tracker might be behind by the asker's own setting when an answer was given. Of
-- answers from before, nobody knows.
ALTER TABLE gate_answer ADD COLUMN freshness_limit_seconds double precision
    CHECK (freshness_limit_seconds > 0);
