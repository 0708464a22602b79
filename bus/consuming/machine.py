"""The state machine of one member: what to do next, decided without I/O.

    unclaimed → claimed → (fetched → transaction → commit)* → released
                   │
                   ├─ standing back   database or broker away: paused, probed, resumed
                   ├─ full            no room to park: its partition is paused until there is
                   ├─ breaker open    too many records failed: all paused until a trial succeeds
                   ├─ fenced          another worker claimed it: forgotten, perhaps claimed again
                   └─ obstructed      waits for an operator's reset

`Machine.on` takes what happened and returns what to do, as data. `bus.consuming.interpreter`
does it, in that order, and reports back what came of it. The database decides who owns a
partition, by the epoch of its position; Kafka's group only proposes. The offset committed to
Kafka is a hint: every claim seeks to the database's position.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bus.backoff import Backoff
from bus.consuming.breaker import BreakerState, Window
from bus.consuming.claims import Claim, Obstructed, Slice, cut_to_trial, plan_batch
from bus.consuming.effects import (
    Amend,
    AskLost,
    CloseBreaker,
    CommitOffsets,
    Effect,
    Look,
    OpenBreaker,
    Pause,
    Probe,
    Resume,
    Seek,
    TakeTrial,
    Transact,
)
from bus.consuming.inputs import (
    Amended,
    Applied,
    BreakerChanged,
    Claimed,
    Failed,
    Fetched,
    Input,
    Looked,
    Lost,
    NotAmended,
    Overfull,
    Probed,
    Released,
    Ticked,
    Tripped,
)
from bus.consuming.limits import Limits
from bus.consuming.records import Partition
from bus.consuming.store import BreakerRow
from bus.errors import FaultKind

LOOK_SECONDS = 1.0
"""How often to look for what is due, asked for, or held no longer, and at the breaker."""

COMMIT_SECONDS = 1.0
"""How often Kafka is told how far we are: a hint, and no round trip for a batch to wait for."""

REPEATS = 10
"""How often a transaction that met another's is repeated before everything is paused."""


class Machine:
    """What one member of a group holds, and what it does next. Times are in seconds."""

    def __init__(self, limits: Limits, backoff: Backoff) -> None:
        self._limits = limits
        self._backoff = backoff
        self._window = Window(limits.breaker)
        self._claims: dict[Partition, Claim] = {}
        self._paused: set[Partition] = set()
        self._sought: set[Partition] = set()
        self.has_looked = False
        self._room: int | None = None
        self._room_when_full = 0
        self._breaker = BreakerRow()
        self._is_trying = False
        self._is_overridden = False
        self._probe_at: float | None = None
        self._owed: set[Partition] = set()
        self._look_at = 0.0
        self._uncommitted: dict[Partition, int] = {}
        self._commit_at = 0.0
        self.full: set[Partition] = set()
        self.fenced: dict[Partition, int] = {}
        self.obstructed: dict[Partition, Obstructed] = {}
        self.fault: str | None = None

    @property
    def claims(self) -> Mapping[Partition, Claim]:
        """The partitions that this member holds, with their next offsets."""
        return self._claims

    @property
    def breaker(self) -> BreakerRow:
        """The breaker, as it was seen last."""
        return self._breaker

    def on(self, happened: Input, now: float) -> list[Effect]:
        """Take what happened, and return what to do, in order."""
        match happened:
            case Fetched():
                return self._fetched(happened, now)
            case Applied():
                return self._applied(happened, now)
            case Failed():
                return self._failed(happened, now)
            case Tripped():
                return self._tripped(happened)
            case Overfull():
                return self._overfull(happened, now)
            case Lost():
                return self._lost(happened, now)
            case Claimed():
                return self._claimed(happened)
            case Released():
                return self._released(happened)
            case Looked():
                return self._looked(happened)
            case Amended():
                return self._amended(happened, now)
            case NotAmended():
                return self._not_amended(happened, now)
            case BreakerChanged():
                return self._breaker_changed(happened)
            case Probed():
                return self._probed(happened, now)
            case Ticked():
                return self._ticked(now)

    # Partitions come and go

    def _claimed(self, happened: Claimed) -> list[Effect]:
        """Go on from these claims: seek there and fetch. A fault from before is over.

        A member that just began looks first: the breaker may be open, and no room left to park.
        """
        for claim in happened.claims:
            self._claims[claim.partition] = claim
            self._paused.add(claim.partition)
            self.fenced.pop(claim.partition, None)
            self.obstructed.pop(claim.partition, None)
        effects: list[Effect] = []
        if happened.claims:
            self.fault = self._probe_at = None
            self._look_at = 0.0
            self._owed.clear()
            effects.append(Seek({each.partition: each.next_offset for each in happened.claims}))
            if not self.has_looked:
                effects.append(Look(sorted(self._claims)))
        for each in happened.obstructed:
            self._claims.pop(each.partition, None)
            self.obstructed[each.partition] = each
        if happened.obstructed:
            effects.append(Pause([each.partition for each in happened.obstructed]))
        return effects + self._align()

    def _released(self, happened: Released) -> list[Effect]:
        """Forget partitions; whoever asks Kafka for the group's lag is told how far we came."""
        positions = {}
        for partition in happened.partitions:
            if partition in self._uncommitted:
                positions[partition] = self._uncommitted[partition]
            self._forget(partition)
            self.fenced.pop(partition, None)
            self.obstructed.pop(partition, None)
        return [CommitOffsets(positions)] if positions else []

    def _lost(self, happened: Lost, now: float) -> list[Effect]:
        """Stop working on what another worker has claimed; go on with the rest of the batch.

        An answer about an older claim of ours says nothing of the present one.
        """
        asked = {(claim.partition, claim.epoch) for claim in happened.claims}
        held = {each for each, claim in self._claims.items() if (each, claim.epoch) in asked}
        lost = sorted(held & set(happened.partitions))
        for partition in lost:
            self.fenced[partition] = self._claims[partition].next_offset
            self._forget(partition)
        effects: list[Effect] = [Pause(lost)] if lost else []
        retry = happened.retry
        if retry is None:
            return effects
        left = [part for part in retry.slices if part.claim.partition not in happened.partitions]
        if not happened.partitions:
            return self._stand_back(left, "the position is not where this worker left it", now)
        return effects + self._transact(left, now, is_careful=retry.is_careful)

    def _forget(self, partition: Partition) -> None:
        self._claims.pop(partition, None)
        self._paused.discard(partition)
        self._sought.discard(partition)
        self._owed.discard(partition)
        self._uncommitted.pop(partition, None)
        self.full.discard(partition)

    # Batches

    def _fetched(self, happened: Fetched, now: float) -> list[Effect]:
        if self._is_stopped():
            return self._seek_back(happened.batch)
        batch = {each: rows for each, rows in happened.batch.items() if each not in self.full}
        plan = plan_batch(batch, self._claims, self._sought)
        self._sought = (self._sought - batch.keys()) | plan.seeks.keys()
        effects = self._seek_back(happened.batch.keys() - batch.keys())
        if plan.seeks:
            effects.append(Seek(plan.seeks))
        slices = plan.slices
        if self._is_trying and slices:
            slices, dropped = cut_to_trial(slices, self._limits.breaker.trial)
            effects += self._seek_back(dropped)
        return effects + self._transact(slices, now)

    def _transact(
        self,
        slices: Sequence[Slice],
        now: float,
        *,
        is_careful: bool = False,
        after: float = 0.0,
        repeats: int = 0,
    ) -> list[Effect]:
        if not slices:
            return []
        records = sum(len(part.records) for part in slices)
        return [
            Transact(
                slices,
                is_careful,
                may_fail=self._may_fail(records, now),
                room=self._room,
                after=after,
                repeats=repeats,
            )
        ]

    def _may_fail(self, records: int, now: float) -> int | None:
        if self._is_trying:
            return max(1, self._limits.breaker.affordable(records))
        return None if self._is_overridden else self._window.allowance(now, records)

    def _applied(self, happened: Applied, now: float) -> list[Effect]:
        self._backoff.reset()
        self.fault = None
        self._window.add(now, happened.records, happened.failed)
        if self._room is not None:
            self._room = max(0, self._room - happened.waiting)
        for part in happened.slices:
            partition = part.claim.partition
            self._owed.discard(partition)
            if self._claims.get(partition) == part.claim:
                self._claims[partition] = part.claim.advanced(part.next_offset)
                self._uncommitted[partition] = part.next_offset
        effects = self._commit(now)
        if self._is_trying:
            effects += self._tried(happened)
        return effects

    def _tried(self, happened: Applied) -> list[Effect]:
        """Close the breaker after a trial of which anything went well, else open it again."""
        partitions = [part.claim.partition for part in happened.slices]
        if happened.waiting < happened.records:
            return [*self._seek_back(partitions), CloseBreaker(self._breaker)]
        return self._open(partitions, "nothing of a trial went well")

    def _commit(self, now: float) -> list[Effect]:
        """Tell Kafka how far we are, now and then."""
        if not self._uncommitted or now < self._commit_at:
            return []
        self._commit_at = now + COMMIT_SECONDS
        positions, self._uncommitted = self._uncommitted, {}
        return [CommitOffsets(positions)]

    def _failed(self, happened: Failed, now: float) -> list[Effect]:
        slices, fault = happened.slices, happened.fault
        if fault is FaultKind.FENCED:
            retry = Transact(slices, happened.was_careful)
            return [AskLost([part.claim for part in slices], retry)]
        if fault is FaultKind.CONTENTION and happened.repeats < REPEATS:
            return self._transact(
                slices,
                now,
                is_careful=happened.was_careful,
                after=self._backoff.next(),
                repeats=happened.repeats + 1,
            )
        is_searchable = fault in {FaultKind.POISON, FaultKind.TRANSIENT}
        if is_searchable and not happened.was_careful:
            return self._transact(slices, now, is_careful=True)
        return self._stand_back(slices, happened.text, now)

    def _overfull(self, happened: Overfull, now: float) -> list[Effect]:
        """Pause what would have to be parked, and apply the rest: P2 before P5."""
        stuck = set(happened.partitions)
        self._room_when_full = self._room or 0
        self.full |= stuck & self._claims.keys()
        left = [part for part in happened.slices if part.claim.partition not in stuck]
        return (
            self._seek_back(stuck)
            + self._align()
            + self._transact(left, now, is_careful=happened.was_careful)
        )

    # Standing back

    def _stand_back(self, slices: Iterable[Slice], text: str, now: float) -> list[Effect]:
        """Pause everything, and go on when the database answers: the same records come again."""
        self.fault = text
        self._probe_at = now + self._backoff.next()
        partitions = {part.claim.partition for part in slices}
        self._owed |= partitions & self._claims.keys()
        return self._seek_back(sorted(partitions)) + self._align()

    def _probed(self, happened: Probed, now: float) -> list[Effect]:
        if happened.fault is not None:
            return self._stand_back([], happened.fault, now)
        self._probe_at = None
        if not self._owed:  # else the batch that failed will show whether the fault is over
            self.fault = None
        return self._align()

    def _is_stopped(self) -> bool:
        is_open = self._breaker.state is not BreakerState.CLOSED and not self._is_trying
        return self._probe_at is not None or is_open or not self.has_looked

    def _align(self) -> list[Effect]:
        """Pause and resume, so that exactly what may be fetched is fetched."""
        wanted = set(self._claims) if self._is_stopped() else self.full & self._claims.keys()
        pausing, resuming = wanted - self._paused, self._paused - wanted
        self._paused = wanted
        effects: list[Effect] = []
        if pausing:
            effects.append(Pause(sorted(pausing)))
        if resuming:
            effects.append(Resume(sorted(resuming)))
        return effects

    def _seek_back(self, partitions: Iterable[Partition]) -> list[Effect]:
        positions = self._positions(partitions)
        return [Seek(positions)] if positions else []

    def _positions(self, partitions: Iterable[Partition]) -> dict[Partition, int]:
        return {each: self._claims[each].next_offset for each in partitions if each in self._claims}

    # Dead letters, held records, the breaker

    def _ticked(self, now: float) -> list[Effect]:
        effects = self._commit(now)
        if self._probe_at is not None:
            return [*effects, Probe()] if now >= self._probe_at else effects
        if self._claims and now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            effects.append(Look(sorted(self._claims)))
        return effects

    def _looked(self, happened: Looked) -> list[Effect]:
        self.has_looked = True
        self._room = max(0, self._limits.parked - happened.parked)
        if self._room > self._room_when_full:  # else the same records would not fit again
            self.full.clear()
        self._is_overridden = happened.is_overridden
        effects = self._see_breaker(happened.breaker)
        if happened.is_trial_due and not self._is_trying:
            effects.append(TakeTrial(happened.breaker, self._limits.breaker.pause))
        if self._is_stopped():
            return effects
        claims = [
            self._claims[each] for each in sorted(happened.partitions) if each in self._claims
        ]
        return [*effects, *(Amend(claim) for claim in claims)]

    def _amended(self, happened: Amended, now: float) -> list[Effect]:
        """Look again soon while something is left; fetched records may come between."""
        if happened.records:
            self._look_at = now
        return []

    def _not_amended(self, happened: NotAmended, now: float) -> list[Effect]:
        if happened.fault is FaultKind.FENCED and happened.claim is not None:
            return [AskLost([happened.claim])]
        if happened.fault is FaultKind.CONTENTION:
            return []
        return self._stand_back([], happened.text, now)

    def _tripped(self, happened: Tripped) -> list[Effect]:
        return self._open([part.claim.partition for part in happened.slices], happened.text)

    def _open(self, partitions: Sequence[Partition], text: str) -> list[Effect]:
        was, self._is_trying = self._breaker, False
        openings = was.openings + 1
        pause = self._limits.breaker.pause_after(openings)
        self._breaker = BreakerRow(BreakerState.OPEN, openings)
        self._window.clear()
        return [
            *self._seek_back(partitions),
            *self._align(),
            OpenBreaker(was, openings, pause, text),
        ]

    def _breaker_changed(self, happened: BreakerChanged) -> list[Effect]:
        self._is_overridden = happened.is_overridden
        effects = self._see_breaker(happened.breaker)
        if happened.is_ours and happened.breaker.state is BreakerState.HALF_OPEN:
            self._is_trying = True
            effects += self._align()
        return effects

    def _see_breaker(self, row: BreakerRow) -> list[Effect]:
        if row.state is BreakerState.CLOSED and self._breaker.state is not BreakerState.CLOSED:
            self._window.clear()
        if row.state is not BreakerState.HALF_OPEN or row.trial_at != self._breaker.trial_at:
            self._is_trying = False  # over, or another's by now
        self._breaker = row
        return self._align()
