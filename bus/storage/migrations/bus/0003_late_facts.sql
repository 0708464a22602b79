-- How far a partition's clock has been read: a fact below it comes late, from a dead letter, and
-- its recorded time is the one of its place in the log.
ALTER TABLE fact_clock ADD COLUMN kafka_offset bigint NOT NULL DEFAULT -1;
