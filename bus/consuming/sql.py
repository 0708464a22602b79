"""The statements of the store in Postgres. `bus.consuming.store` says what each is for."""

from __future__ import annotations

from bus.consuming.parking import UNCLOSED as UNCLOSED_STATES

UNCLOSED = "state IN ({})".format(", ".join(f"'{state}'" for state in UNCLOSED_STATES))

# Claims

OPEN_POSITIONS = """
WITH wanted AS (
    SELECT * FROM unnest(
        %(topics)s::text[], %(partitions)s::integer[], %(topic_ids)s::text[], %(starts)s::bigint[])
        AS wanted (topic, partition, topic_id, log_start)
), opened AS (
    INSERT INTO consumer_account
        (group_name, topic, partition, number, topic_id, first_offset, opened_by, reason)
    SELECT %(group)s, topic, partition, 1, topic_id, log_start, 'claim', 'first claim' FROM wanted
    WHERE NOT EXISTS (
        SELECT FROM consumer_position p WHERE p.group_name = %(group)s
            AND p.topic = wanted.topic AND p.partition = wanted.partition)
    ORDER BY topic, partition
    ON CONFLICT DO NOTHING
    RETURNING account_id, topic, partition, first_offset
)
INSERT INTO consumer_position (group_name, topic, partition, account_id, epoch, next_offset)
SELECT %(group)s, topic, partition, account_id, 0, first_offset FROM opened
"""

LOCK_POSITIONS = """
SELECT FROM consumer_position p
JOIN unnest(%b::text[], %b::integer[]) AS wanted (topic, partition) USING (topic, partition)
WHERE p.group_name = %b
ORDER BY p.topic, p.partition
FOR UPDATE OF p
"""

RAISE_EPOCHS = """
UPDATE consumer_position p
SET epoch = p.epoch + 1, updated_at = now()
FROM unnest(%b::text[], %b::integer[]) AS wanted (topic, partition), consumer_account a
WHERE p.group_name = %b AND p.topic = wanted.topic AND p.partition = wanted.partition
  AND a.account_id = p.account_id
RETURNING p.topic, p.partition, p.account_id, a.topic_id, p.epoch, p.next_offset
"""

POSITIONS = """
SELECT topic, partition, epoch, next_offset FROM consumer_position WHERE group_name = %s
"""

LOCK_CLAIM = """
SELECT next_offset FROM consumer_position
WHERE group_name = %s AND topic = %s AND partition = %s AND epoch = %s
FOR UPDATE
"""

ADVANCE_POSITIONS = """
UPDATE consumer_position p
SET next_offset = moved.next_offset, updated_at = now()
FROM unnest(%b::text[], %b::integer[], %b::bigint[], %b::bigint[], %b::bigint[])
     AS moved (topic, partition, epoch, expected_offset, next_offset)
WHERE p.group_name = %b AND p.topic = moved.topic AND p.partition = moved.partition
  AND p.epoch = moved.epoch AND p.next_offset = moved.expected_offset
"""

# The standing of offsets

INSERT_INBOX = """
INSERT INTO inbox (group_name, event_id, account_id, kafka_offset, digest)
SELECT %b, * FROM unnest(%b::uuid[], %b::bigint[], %b::bigint[], %b::bytea[])
ON CONFLICT DO NOTHING
RETURNING event_id
"""

APPLIED_DIGESTS = """
SELECT event_id, digest FROM inbox WHERE group_name = %b AND event_id = ANY(%b::uuid[])
"""

INSERT_DUPLICATES = """
INSERT INTO duplicate (account_id, kafka_offset, event_id)
SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::uuid[])
"""

INSERT_GAPS = """
INSERT INTO gap (account_id, from_offset, to_offset, reason)
SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::text[])
"""

PARK = """
INSERT INTO dead_letter (
    dead_letter_id, group_name, topic, partition, account_id, kafka_offset, appended_at,
    key, value, headers, reason, detail, event_id, digest, mode, kind, holds, state, due_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %b, %b, %b, %s, %s, %s, %b, %s, %s, %s, %s, %s)
"""

HOLD = """
INSERT INTO held_record (
    account_id, kafka_offset, group_name, topic, partition, appended_at, key, value, headers,
    event_id)
VALUES (%s, %s, %s, %s, %s, %s, %b, %b, %b, %s)
"""

RELEASE = """
DELETE FROM held_record
USING unnest(%b::bigint[], %b::bigint[]) AS released (account_id, kafka_offset)
WHERE held_record.account_id = released.account_id
  AND held_record.kafka_offset = released.kafka_offset
"""

# Dead letters

BLOCKERS = f"""
WITH asked AS (
    SELECT * FROM unnest(%(topics)s::text[], %(partitions)s::integer[], %(digests)b::bytea[])
        AS asked (topic, partition, digest)
), letters AS (
    SELECT DISTINCT ON (asked.topic, asked.partition, asked.digest)
           asked.*, letter.event_id, letter.digest AS event_digest
    FROM asked JOIN dead_letter AS letter
        ON letter.group_name = %(group)s AND letter.topic = asked.topic
       AND letter.partition = asked.partition AND sha256(letter.key) = asked.digest
    WHERE holds AND {UNCLOSED}
    ORDER BY asked.topic, asked.partition, asked.digest, account_id, kafka_offset
)
SELECT * FROM letters
UNION ALL
SELECT asked.*, NULL, NULL FROM asked
WHERE EXISTS (
        SELECT FROM held_record AS held
        WHERE held.group_name = %(group)s AND held.topic = asked.topic
          AND held.partition = asked.partition AND sha256(held.key) = asked.digest)
  AND (topic, partition, digest) NOT IN (SELECT topic, partition, digest FROM letters)
"""

UNCLOSED_EVENTS = f"""
SELECT event_id FROM dead_letter
WHERE group_name = %s AND kind = 'RECORD' AND {UNCLOSED} AND event_id IS NOT NULL LIMIT %s
"""

RESOLVE_LETTERS = f"""
WITH applied AS (
    SELECT * FROM unnest(%b::uuid[], %b::bytea[], %b::bigint[], %b::bigint[])
        AS applied (event_id, digest, account_id, kafka_offset)
), resolved AS (
    UPDATE dead_letter AS letter
    SET state = 'RESOLVED', due_at = NULL, closed_at = now(), last_seen = now()
    FROM applied
    WHERE group_name = %b AND letter.event_id = applied.event_id
      AND letter.digest = applied.digest AND kind = 'RECORD' AND {UNCLOSED}
    RETURNING letter.*, (letter.account_id, letter.kafka_offset)
        = (applied.account_id, applied.kafka_offset) AS is_applied_from_it
), accounted AS (
    INSERT INTO duplicate (account_id, kafka_offset, event_id)
    SELECT account_id, kafka_offset, event_id FROM resolved WHERE NOT is_applied_from_it
)
SELECT dead_letter_id, topic, partition, kafka_offset, reason, attempts, mode FROM resolved
"""

RESOLVE_FIELDS = f"""
UPDATE dead_letter AS letter
SET state = 'RESOLVED', due_at = NULL, closed_at = now(), last_seen = now()
FROM unnest(%b::uuid[], %b::text[]) AS correction (event_id, topic)
WHERE group_name = %b AND letter.event_id = correction.event_id
  AND kind = 'FIELDS' AND {UNCLOSED}
  AND split_part(letter.topic, '.', 2) = split_part(correction.topic, '.', 2)
RETURNING dead_letter_id, letter.topic, partition, kafka_offset, reason, attempts, mode
"""

CLOSE_LETTERS = f"""
UPDATE dead_letter
SET state = 'RESOLVED', due_at = NULL, closed_at = now(), last_seen = now()
WHERE dead_letter_id = ANY(%b::uuid[]) AND {UNCLOSED}
RETURNING dead_letter_id
"""

KEEP_LETTERS = f"""
UPDATE dead_letter AS letter
SET state = kept.state, due_at = kept.due_at, attempts = kept.attempts, reason = kept.reason,
    detail = kept.detail, last_seen = now()
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[], %s::integer[], %s::text[], %s::text[])
     AS kept (dead_letter_id, state, due_at, attempts, reason, detail)
WHERE letter.dead_letter_id = kept.dead_letter_id AND letter.{UNCLOSED}
RETURNING letter.dead_letter_id
"""

LETTER = """
    dead_letter_id, account_id, topic, partition, kafka_offset, appended_at, key, value, headers,
    reason, attempts, state, first_seen, holds, mode
"""
"""The columns that `bus.consuming.letter_rows.letter_from` takes."""

DUE_LETTERS = f"""
SELECT {LETTER} FROM dead_letter AS letter
WHERE group_name = %(group)s AND topic = %(topic)s AND partition = %(partition)s
  AND (state = 'REDRIVING' OR (state = 'RETRYING' AND due_at <= %(at)s))
  AND NOT (holds AND EXISTS (
      SELECT FROM dead_letter AS earlier
      WHERE earlier.group_name = letter.group_name AND earlier.topic = letter.topic
        AND earlier.partition = letter.partition AND sha256(earlier.key) = sha256(letter.key)
        AND earlier.holds AND earlier.{UNCLOSED}
        AND (earlier.event_id = letter.event_id AND earlier.digest = letter.digest) IS NOT TRUE
        AND (earlier.account_id, earlier.kafka_offset) < (letter.account_id, letter.kafka_offset)))
ORDER BY account_id, kafka_offset LIMIT %(limit)s
"""

# The keys of a partition's held records, one index probe each, however many records each holds.
_HELD_KEYS = """
    WITH RECURSIVE held_key AS (
        (SELECT sha256(key) AS digest FROM held_record
         WHERE group_name = %(group)s AND topic = {topic} AND partition = {partition}
         ORDER BY sha256(key) LIMIT 1)
        UNION ALL
        SELECT (SELECT sha256(key) FROM held_record
                WHERE group_name = %(group)s AND topic = {topic} AND partition = {partition}
                  AND sha256(key) > digest
                ORDER BY sha256(key) LIMIT 1)
        FROM held_key WHERE digest IS NOT NULL
    )
    SELECT digest FROM held_key
    WHERE digest IS NOT NULL AND NOT EXISTS (
        SELECT FROM dead_letter AS letter
        WHERE group_name = %(group)s AND topic = {topic} AND partition = {partition}
          AND sha256(letter.key) = held_key.digest AND holds AND {unclosed})
"""

DRAINABLE = f"""
WITH drainable AS ({
    _HELD_KEYS.format(topic="%(topic)s", partition="%(partition)s", unclosed=UNCLOSED)
})
SELECT account_id, kafka_offset, appended_at, key, value, headers
FROM held_record JOIN drainable ON sha256(key) = digest
WHERE group_name = %(group)s AND topic = %(topic)s AND partition = %(partition)s
ORDER BY sha256(key), account_id, kafka_offset LIMIT %(limit)s
"""

WAITING = f"""
SELECT topic, partition
FROM unnest(%(topics)s::text[], %(partitions)s::integer[]) AS asked (topic, partition)
WHERE EXISTS (
        SELECT FROM dead_letter AS letter
        WHERE letter.group_name = %(group)s AND letter.topic = asked.topic
          AND letter.partition = asked.partition
          AND (state = 'REDRIVING' OR (state = 'RETRYING' AND due_at <= %(at)s)))
   OR EXISTS (
        SELECT FROM dead_letter_request_item JOIN dead_letter AS letter USING (dead_letter_id)
        WHERE done_at IS NULL AND letter.group_name = %(group)s AND letter.topic = asked.topic
          AND letter.partition = asked.partition)
   OR EXISTS ({
    _HELD_KEYS.format(topic="asked.topic", partition="asked.partition", unclosed=UNCLOSED)
})
"""

PARKED_COUNT = f"""
SELECT (SELECT count(*) FROM dead_letter
        WHERE group_name = %(group)s AND kind = 'RECORD' AND {UNCLOSED})
     + (SELECT count(*) FROM held_record WHERE group_name = %(group)s)
"""

# The breaker

BREAKER = """
SELECT state, openings, trial_at, overridden_until, reason, changed_by
FROM breaker WHERE group_name = %s
"""

CHANGE_BREAKER = """
INSERT INTO breaker AS known (
    group_name, state, openings, trial_at, overridden_until, reason, changed_by, changed_at)
SELECT %(group)s, %(state)s, %(openings)s, %(trial_at)s, %(overridden_until)s, %(reason)s,
       %(changed_by)s, now()
WHERE %(was)s = 'CLOSED' OR EXISTS (SELECT FROM breaker WHERE group_name = %(group)s)
ON CONFLICT (group_name) DO UPDATE
SET state = EXCLUDED.state, openings = EXCLUDED.openings, trial_at = EXCLUDED.trial_at,
    overridden_until = EXCLUDED.overridden_until, reason = EXCLUDED.reason,
    changed_by = EXCLUDED.changed_by, changed_at = EXCLUDED.changed_at
WHERE known.state = %(was)s AND known.trial_at IS NOT DISTINCT FROM %(was_trial_at)s
  AND known.overridden_until IS NOT DISTINCT FROM %(was_overridden_until)s
"""
