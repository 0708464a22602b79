"""The checker: from a history to what was lost, doubled, reordered or came from nowhere.

It knows nothing of how the bus works, only what it promises: each event whose transaction
committed takes effect once at each group that reads its topic, in the log's order for each key,
unless retention took it away first, and then its offset lies in a gap that the group named.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from tests.chaos.history import Effect, Gap, History, LogRecord, Outcome, Place


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a history comes to: counts of what was there, and each violation in words."""

    published: int
    applied: int
    dead_lettered: int
    in_gaps: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    reordered: tuple[str, ...]
    phantom: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """No violation was found."""
        return not (self.lost or self.doubled or self.reordered or self.phantom)

    def count(self, name: str) -> int:
        """Return one of the counts."""
        found: int = getattr(self, name)
        return found

    def __str__(self) -> str:
        """Every count, and the first violations of each kind."""
        lines = [
            f"published {self.published}, applied {self.applied}, "
            f"dead-lettered {self.dead_lettered}, in gaps {self.in_gaps}"
        ]
        for name in ("lost", "doubled", "reordered", "phantom"):
            found: tuple[str, ...] = getattr(self, name)
            lines += [f"{name} {len(found)}", *(f"  {each}" for each in found[:10])]
        return "\n".join(lines)


def check(history: History) -> Verdict:
    """Judge a history of a bus that has come to rest."""
    facts = Facts(history)
    return Verdict(
        published=len(history.stored),
        applied=sum(1 for event_id in history.stored if facts.is_applied_everywhere(event_id)),
        dead_lettered=len({each.place for each in history.dead_letters}),
        in_gaps=sum(1 for event_id in history.stored if facts.is_in_a_gap(event_id)),
        lost=tuple(find_lost(facts)),
        doubled=tuple(find_doubled(facts)),
        reordered=tuple(find_reordered(facts)),
        phantom=tuple(find_phantoms(facts)),
    )


class Facts:
    """A history, and what is looked up in it again and again."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.effects = Counter((each.group, each.event_id) for each in history.effects)
        self.parked = Counter((each.group, each.place) for each in history.dead_letters)
        self.at = {each.place: each for each in history.log}
        self.first_place: dict[UUID, Place] = {}
        for record in sorted(history.log, key=lambda each: each.place):
            if record.event_id is not None:
                self.first_place.setdefault(record.event_id, record.place)
        self._gaps: dict[tuple[str, str, int], list[Gap]] = defaultdict(list)
        for gap in history.gaps:
            self._gaps[gap.group, gap.topic, gap.partition].append(gap)

    def groups_of(self, event_id: UUID) -> Iterable[str]:
        """Return who must have applied the event."""
        attempt = self.history.attempts.get(event_id)
        return self.history.readers[attempt.topic] if attempt else ()

    def has_applied(self, group: str, event_id: UUID) -> bool:
        """Whether the event took effect at the group, once or more often."""
        return (group, event_id) in self.effects

    def is_applied_everywhere(self, event_id: UUID) -> bool:
        """Whether the event took effect at every group that reads it."""
        return all(self.has_applied(group, event_id) for group in self.groups_of(event_id))

    def has_named_gap(self, group: str, place: Place | None) -> bool:
        """Whether the group said that it can't read this offset."""
        return place is not None and any(
            gap.lower <= place.offset < gap.upper
            for gap in self._gaps[group, place.topic, place.partition]
        )

    def is_in_a_gap(self, event_id: UUID) -> bool:
        """Whether some group did not apply the event and named its offset as a gap."""
        return any(
            not self.has_applied(group, event_id)
            and self.has_named_gap(group, self.history.stored[event_id])
            for group in self.groups_of(event_id)
        )


def find_lost(facts: Facts) -> Iterator[str]:
    """Yield what was durable, or planted, and is nowhere."""
    history = facts.history
    for event_id, attempt in history.attempts.items():
        if attempt.outcome is Outcome.COMMITTED and event_id not in history.stored:
            yield f"{event_id}: committed, and the outbox doesn't have it"
    for event_id, place in history.stored.items():
        if place is None:
            yield f"{event_id}: stored and never confirmed by Kafka"
        elif place.offset >= history.starts[place.topic, place.partition]:
            found = facts.at.get(place)
            if found is None or found.event_id != event_id:
                yield f"{event_id}: Kafka confirmed it at {place}, and it isn't there"
        for group in facts.groups_of(event_id):
            if not facts.has_applied(group, event_id) and not facts.has_named_gap(group, place):
                yield f"{event_id} at {place}: never applied by {group}"
    if len(history.gaps) != len(history.gap_findings):
        yield f"{len(history.gaps)} gaps, and {len(history.gap_findings)} findings tell of them"
    for record in history.log:
        if record.key in history.planted:
            for group in history.readers[record.place.topic]:
                parked = (group, record.place) in facts.parked
                if not parked and not facts.has_named_gap(group, record.place):
                    yield f"bad record at {record.place}: not a dead letter of {group}"


def find_doubled(facts: Facts) -> Iterator[str]:
    """Yield what happened more than once."""
    for (group, event_id), times in facts.effects.items():
        if times > 1:
            yield f"{event_id}: {times} effects at {group}"
    for (group, place), times in facts.parked.items():
        if times > 1:
            yield f"record at {place}: {times} dead letters of {group}"
    for message, times in Counter(facts.history.messages).items():
        if times > 1:
            yield f"{message.topic}: {message.identity} was published {times} times"


def find_reordered(facts: Facts) -> Iterator[str]:
    """Yield effects that don't follow the log, and first records that don't follow the sequence.

    An event's place in the log is its first one: a repetition changes nothing.
    """
    last: dict[tuple[str, str, int, bytes | None], tuple[Place, Effect]] = {}
    for effect in sorted(facts.history.effects):
        place = facts.first_place.get(effect.event_id)
        if place is None:  # retention took it after it was applied
            continue
        line = (effect.group, place.topic, place.partition, facts.at[place].key)
        before = last.get(line)
        if before is not None and before[0] > place:
            yield f"{effect.event_id} at {place}: applied by {effect.group} after {before[0]}"
        last[line] = (place, effect)
    yield from _out_of_sequence(facts)


def _out_of_sequence(facts: Facts) -> Iterator[str]:
    highest: dict[tuple[str, int, str | None], int] = {}
    for event_id, place in sorted(facts.first_place.items(), key=lambda each: each[1]):
        record = facts.at[place]
        if record.key in facts.history.planted or record.sequence is None:
            continue
        line = (place.topic, place.partition, record.source)
        if record.sequence <= highest.get(line, 0):
            yield f"{event_id} at {place}: stands behind a later event of its source"
        highest[line] = max(record.sequence, highest.get(line, 0))


def find_phantoms(facts: Facts) -> Iterator[str]:
    """Yield what nobody published."""
    history = facts.history
    for event_id in history.stored:
        attempt = history.attempts.get(event_id)
        if attempt is None or attempt.outcome is Outcome.ROLLED_BACK:
            yield f"{event_id}: in the outbox, and nobody committed it"
    for group, event_id in facts.effects:
        if event_id not in history.stored:
            yield f"{event_id}: an effect at {group}, and nobody published it"
    for record in history.log:
        if not _is_known(record, history):
            yield f"record at {record.place}: nobody sent it"


def _is_known(record: LogRecord, history: History) -> bool:
    return record.key in history.planted or record.event_id in history.stored
