"""Observations: what an office saw of a policy that nobody announced, and what became of it.

One is told under its coordination_id. Told again under it by the same agency, with a policy, it is
tied to that policy. Silence never closes it: only a DISPOSITION that resolves it does, with a
reference, from an office of the agency named or from hhs.oig.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from bus.events import Mode
from bus.notices.facts import CoordinationFact
from bus.notices.facts.statements import Observation
from bus.notices.findings import FindingKind, finding_id_of
from bus.notices.life import FindingState, life_of
from bus.topics import agency_of


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation: its records in the log's order, at least one."""

    records: tuple[CoordinationFact, ...]

    @property
    def first(self) -> CoordinationFact:
        return self.records[0]

    @property
    def statement(self) -> Observation:
        statement = self.first.statement
        assert isinstance(statement, Observation)  # noqa: S101 - `seen` takes no others
        return statement

    @property
    def coordination_id(self) -> UUID:
        return self.first.coordination_id

    @property
    def mode(self) -> Mode:
        return self.first.mode

    @property
    def policy_id(self) -> str | None:
        """The policy that it is about, as soon as a record says so."""
        return next((each.policy_id for each in self.records if each.policy_id is not None), None)

    @property
    def finding_id(self) -> UUID:
        return observed_id(self.coordination_id, self.mode)


def observed_id(coordination_id: UUID, mode: Mode) -> UUID:
    """Return the id of the finding that an observation of this mode opens."""
    return finding_id_of(FindingKind.OBSERVED_POLICY, mode, (str(coordination_id),))


def disposed_ids(of: UUID) -> list[UUID]:
    """Return the ids of the findings that a disposition of this id may be about."""
    return [of, *(observed_id(of, mode) for mode in Mode)]


def seen(coordination: Iterable[CoordinationFact]) -> list[Seen]:
    """Return the observations among these facts, which are in the log's order.

    Each mode, and each observing agency, has its own: nobody's exercise changes what is real, and
    nobody ties what another agency saw.
    """
    records: dict[tuple[UUID, Mode, str], list[CoordinationFact]] = {}
    for fact in coordination:
        if isinstance(fact.statement, Observation) and fact.is_authorised:
            records.setdefault((fact.coordination_id, fact.mode, fact.owner), []).append(fact)
    return [Seen(tuple(each)) for each in records.values()]


def open_observations(
    policy_id: str, coordination: Sequence[CoordinationFact]
) -> list[CoordinationFact]:
    """Return the first record of each ACTUAL observation of the policy that isn't resolved."""
    return [
        each.first
        for each in seen(coordination)
        if each.policy_id == policy_id and each.mode is Mode.ACTUAL and is_open(each, coordination)
    ]


def is_open(observation: Seen, coordination: Iterable[CoordinationFact]) -> bool:
    """Whether nobody who may has resolved it. What was only taken is open."""
    ids = {observation.coordination_id, observation.finding_id}
    life = life_of(ids, observation.mode, observation.statement.agency, coordination)
    return life.state is not FindingState.RESOLVED


def agencies_to_tell(named: str, reporter: str | None) -> tuple[str, ...]:
    """Return whose ladders an open observation starts: the agency named, the reporter's, and HHS.

    `named` may be an office of that agency.
    """
    return tuple(sorted({agency_of(named), reporter or "hhs", "hhs"}))
