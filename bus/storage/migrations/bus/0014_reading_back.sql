-- When an answer was given, in business time, as all else is on record; `asked_at` stays real time,
-- from which its validity counts. What was given before had both at once.
ALTER TABLE gate_answer ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT clock_timestamp();
UPDATE gate_answer SET recorded_at = asked_at;

-- A batch asks which policies its receipts concern.
CREATE INDEX fact_receipt_receipt ON fact_receipt (receipt_id);

-- Which policies were ever announced is asked once a day.
CREATE INDEX clearance_announced ON clearance_state (policy_id)
    WHERE state -> 'announced' = 'true' AND state ->> 'mode' = 'ACTUAL';

-- What officers list.
CREATE INDEX finding_kind ON finding (kind);
CREATE INDEX finding_rehearsed ON finding (mode) WHERE mode <> 'ACTUAL';
CREATE INDEX finding_open ON finding (opened_at) WHERE state <> 'RESOLVED';

-- What something caused is explained after it was sent, too.
DROP INDEX message_action;
CREATE INDEX message_action ON message (action_id);
