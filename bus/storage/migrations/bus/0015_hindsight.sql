-- What is against the custody event of a finding by all that is known now, beside what was then.
ALTER TABLE finding ADD COLUMN reason_now text;
