-- What became of a finding: who took it, who resolved it and where that can be read, and when the
-- first notice was recorded that came after the fact.
ALTER TABLE finding ADD COLUMN taken_by text;
ALTER TABLE finding ADD COLUMN resolved_by text;
ALTER TABLE finding ADD COLUMN officer text;
ALTER TABLE finding ADD COLUMN reference text;
ALTER TABLE finding ADD COLUMN noticed_at timestamptz;

-- A policy may have a million findings of custody events; a batch asks for the newest, and for
-- those few that a notice shows in another light.
DROP INDEX finding_policy;
CREATE INDEX finding_policy ON finding (policy_id, opened_at);
CREATE INDEX finding_noticeable ON finding (policy_id)
    WHERE kind IN ('UNANNOUNCED_POLICY', 'OBSERVED_POLICY', 'CITED_NOT_CLEAR');

CREATE INDEX finding_event ON finding (event_id);

CREATE INDEX fact_disposition ON fact ((data -> 'disposition' ->> 'of'))
    WHERE kind = 'COORDINATION' AND data -> 'disposition' ->> 'of' IS NOT NULL;
CREATE INDEX fact_observation ON fact ((data ->> 'coordination_id'))
    WHERE kind = 'COORDINATION' AND data ->> 'kind' = 'OBSERVATION';
CREATE INDEX fact_window ON fact (topic)
    WHERE kind = 'COORDINATION' AND data ->> 'kind' = 'EXERCISE_WINDOW';
CREATE INDEX fact_exercise ON fact (topic, recorded_at)
    WHERE kind = 'CITATION' AND mode = 'EXERCISE';
