-- By what caused them are messages withdrawn, whenever a policy or an alarm is looked at anew.
CREATE INDEX message_action ON message (action_id) WHERE state = 'QUEUED';
