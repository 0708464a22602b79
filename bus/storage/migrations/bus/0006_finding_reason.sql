-- Which of its kind a finding is, such as STAYED of a policy that a custody event cited.
ALTER TABLE finding ADD COLUMN reason text;
