-- `bus explain` asks for an event's dead letters in whatever state they are; the index of those
-- that are unresolved leaves the discarded ones out.
CREATE INDEX dead_letter_event ON dead_letter (event_id);
