"""What must be true at the end of a run, by the promises of the bus.

P2  each offset that the group passed has exactly one standing, and the account's sum is right
P3  each event that was applied has one effect and one message; what was not applied has none
P4  of an ordered subscription, the effects of each key came in the order of the log
P5  no good record is missing because of a bad one of another key
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from bus.consuming.claims import GapReason
from bus.consuming.parking import LetterKind, LetterState
from bus.consuming.records import KeyPlace, Partition, Record, key_place
from tests.simulation.contents import HOPELESS, RECEIPTS, Content, Contents, Effect
from tests.simulation.log import Broker
from tests.simulation.tables import AccountRow, Tables

Offset = tuple[Partition, int]


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that came to its end, or didn't come to rest."""

    tables: Tables
    broker: Broker
    contents: Contents
    is_ordered: bool
    is_at_rest: bool

    def content_at(self, partition: Partition, offset: int) -> Content:
        """Return what the record of this offset says."""
        return self.content_of(self.broker.logs[partition].records[offset])

    def content_of(self, record: Record) -> Content:
        """Return what a record says."""
        assert record.value is not None
        return self.contents.by_value[record.value]

    def effects(self) -> Iterator[Effect]:
        """Return the effects, in the order in which they were committed."""
        return (each for each in self.tables.effects if isinstance(each, Effect))

    def gaps(self) -> set[Offset]:
        """Return the offsets that nobody could read, or an operator skipped."""
        accounts = self.tables.accounts.rows
        before = {
            (account.partition, offset)
            for account in accounts.values()
            if account.number == 1
            for offset in range(account.first_offset)
        }
        return before | {
            (accounts[account_id].partition, offset)
            for (account_id, first), gap in self.tables.gaps.rows.items()
            for offset in range(first, gap.to_offset)
        }


def violations_of(ended: Ended) -> list[str]:
    """Return which promises were broken, in sentences."""
    found = list(ended.broker.violations)
    if not ended.is_at_rest:
        found.append("it never came to rest")
    found += accounts_that_are_wrong(ended)
    found += standings_that_are_wrong(ended)
    found += gaps_without_cause(ended)
    found += effects_that_are_wrong(ended)
    found += messages_that_are_wrong(ended)
    if ended.is_ordered:
        found += keys_out_of_order(ended)
    if ended.is_at_rest:
        found += good_records_missing(ended)
    return found


# P2


def standings(ended: Ended) -> dict[int, Counter[int]]:
    """Return, for each account, how many standings each of its offsets has."""
    tables = ended.tables
    found: dict[int, Counter[int]] = defaultdict(Counter)
    for row in tables.inbox.rows.values():
        if row.account_id is not None and row.offset is not None:
            found[row.account_id][row.offset] += 1
    for account_id, offset in [*tables.duplicates.rows, *tables.held.rows]:
        found[account_id][offset] += 1
    for letter in tables.letters.rows.values():
        if letter.kind is LetterKind.RECORD and letter.state is not LetterState.RESOLVED:
            found[letter.account_id][letter.record.offset] += 1
    for (account_id, first), gap in tables.gaps.rows.items():
        found[account_id].update(range(first, gap.to_offset))
    return found


def accounts_that_are_wrong(ended: Ended) -> Iterator[str]:
    """P2: next - first = applied + duplicates + dead-lettered + held + gaps, offset by offset."""
    counted = standings(ended)
    for account_id, account in ended.tables.accounts.rows.items():
        passed = range(account.first_offset, reached(ended, account))
        wrong = {
            offset: counted[account_id][offset]
            for offset in sorted(counted[account_id].keys() | set(passed))
            if counted[account_id][offset] != (offset in passed)
        }
        if wrong:
            yield f"P2: of account {account_id} {passed}, offsets have so many standings: {wrong}"


def reached(ended: Ended, account: AccountRow) -> int:
    """Return the offset behind the last one that an account explains."""
    if account.closed_next_offset is not None:
        return account.closed_next_offset
    return ended.tables.positions.rows[account.partition].next_offset


def standings_that_are_wrong(ended: Ended) -> Iterator[str]:
    """P2: a row speaks of the event that stands at its offset; a duplicate's was applied."""
    tables = ended.tables
    inbox = tables.inbox.rows
    for event_id, row in inbox.items():
        if row.account_id is not None and row.offset is not None:
            content = ended.content_at(tables.accounts.rows[row.account_id].partition, row.offset)
            if (content.event_id, content.digest) != (event_id, row.digest):
                yield f"P2: offset {row.offset} isn't that of the event applied from it"
    for (account_id, offset), event_id in tables.duplicates.rows.items():
        content = ended.content_at(tables.accounts.rows[account_id].partition, offset)
        known = inbox.get(event_id)
        if content.event_id != event_id or known is None or known.digest != content.digest:
            yield f"P2: offset {offset} is called a duplicate of what was never applied"


def gaps_without_cause(ended: Ended) -> Iterator[str]:
    """P2: what is called a gap can't be read any more; only an operator skips what can."""
    for (account_id, first), gap in ended.tables.gaps.rows.items():
        log = ended.broker.logs[ended.tables.accounts.rows[account_id].partition]
        readable = any(log.is_readable(offset) for offset in range(first, gap.to_offset))
        if gap.reason is not GapReason.RESET and readable:
            yield f"P2: offsets {first} to {gap.to_offset} are called a gap and can be read"


# P3


def effects_that_are_wrong(ended: Ended) -> Iterator[str]:
    """P3: one effect for each event that was applied, and no other."""
    counted = Counter(effect.event.id for effect in ended.effects())
    applied = applied_ids(ended)
    for event_id in sorted(counted.keys() | applied):
        if counted[event_id] != (event_id in applied):
            yield f"P3: event {event_id.int} has {counted[event_id]} effects"
    discarded = discarded_events(ended)
    for event_id, row in ended.tables.inbox.rows.items():
        if row.account_id is None and (event_id, row.digest) not in discarded:
            yield f"P3: event {event_id.int} is in the inbox, neither applied nor discarded"


def discarded_events(ended: Ended) -> set[tuple[UUID | None, bytes | None]]:
    """Return the events that operators have discarded, by id and digest."""
    return {
        (letter.event_id, letter.digest)
        for letter in ended.tables.letters.rows.values()
        if letter.state is LetterState.DISCARDED
    }


def applied_ids(ended: Ended) -> set[UUID]:
    """Return the events that were applied; what was discarded is none of them."""
    return {each for each, row in ended.tables.inbox.rows.items() if row.account_id is not None}


def messages_that_are_wrong(ended: Ended) -> Iterator[str]:
    """P3: one message for each event that was applied; the last told of a letter is its state."""
    outbox = ended.tables.outbox
    caused = Counter(draft.data["caused_by"] for draft in outbox if draft.topic == RECEIPTS)
    if caused != Counter(applied_ids(ended)):
        yield "P3: the messages caused aren't one for each event applied"
    told: dict[str, list[str]] = defaultdict(list)
    for draft in outbox:
        if "dead_letter_id" in draft.data:
            told[draft.data["dead_letter_id"]].append(draft.data["state"])
    for letter_id, letter in ended.tables.letters.rows.items():
        states = told.pop(str(letter_id), [])
        if states[-1:] != [letter.state.value]:
            yield f"P3: a dead letter is {letter.state}, and {states} was told of it"
    if told:
        yield "P3: dead letters were told of that there are not"


# P4


def keys_out_of_order(ended: Ended) -> Iterator[str]:
    """P4: by the first place at which each event could be read, each key's effects are in order."""
    firsts = first_places(ended)
    last: dict[KeyPlace, int] = {}
    for effect in ended.effects():
        event = effect.event
        partition = Partition(event.topic, event.partition)
        place = key_place(partition, ended.broker.logs[partition].records[event.offset])
        if place is None:
            continue
        offset = firsts.get((partition, event.id, event.digest), event.offset)
        if offset < last.get(place, -1):
            yield f"P4: {partition.number}/{offset} was applied after {last[place]} of its key"
        last[place] = max(offset, last.get(place, -1))


def first_places(ended: Ended) -> dict[tuple[Partition, UUID, bytes], int]:
    """Return where each event stands first, copies that were never readable left out."""
    gaps = ended.gaps()
    found: dict[tuple[Partition, UUID, bytes], int] = {}
    for partition, log in ended.broker.logs.items():
        for record in log.records:
            content = ended.content_of(record)
            if (partition, record.offset) not in gaps:
                key = (partition, content.event_id, content.digest)
                found.setdefault(key, record.offset)
    return found


# P5


def good_records_missing(ended: Ended) -> Iterator[str]:
    """P5: what can be applied was, unless an unclosed dead letter of its own key holds it."""
    letters = ended.tables.letters.rows.values()
    holding = {letter.place for letter in letters if letter.is_holding}
    gaps, known = ended.gaps(), applied_ids(ended)
    known |= {event_id for event_id, _ in discarded_events(ended) if event_id is not None}
    for partition, log in ended.broker.logs.items():
        for record in log.records:
            content = ended.content_of(record)
            is_held = key_place(partition, record) in holding
            can_apply = content.kind not in HOPELESS and (partition, record.offset) not in gaps
            if can_apply and not is_held and content.event_id not in known:
                yield f"P5: offset {partition.number}/{record.offset} was not applied"
