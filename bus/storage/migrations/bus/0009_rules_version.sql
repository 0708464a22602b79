-- By which version of the announcement rules an answer was given. Of answers from before, nobody
-- knows. A clearance has it in its state.
ALTER TABLE gate_answer ADD COLUMN rules_version integer CHECK (rules_version > 0);
