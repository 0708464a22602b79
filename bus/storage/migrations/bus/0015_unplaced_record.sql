-- Dead letters of the tracker that may hide what closes a gate, and nobody can tell whose: while one
-- of a real record is open, no gate is clear.
CREATE TABLE unplaced_record (
    dead_letter_id uuid PRIMARY KEY REFERENCES dead_letter
);

INSERT INTO unplaced_record
SELECT dead_letter_id FROM dead_letter AS letter
WHERE group_name = 'tracker' AND kind = 'RECORD'
  AND (topic LIKE '%.acknowledgement.v1' OR topic LIKE '%.coordination.v1')
  AND NOT EXISTS (
      SELECT FROM unreadable_record WHERE unreadable_record.dead_letter_id = letter.dead_letter_id);
