"""A policy as an agency's next statement about it finds it.

It is what the tracker has read, and what the agency itself has published since: so an officer can
cancel what was announced a moment ago.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from bus.codec.plain import to_plain
from bus.codec.schemas import SchemaStore
from bus.events import Mode, Payload, new_event_id
from bus.notices.clearance import Judgement, judge
from bus.notices.dossier import Dossier
from bus.notices.facts import AnyFact, CoordinationFact, NoticeFact, Origin
from bus.notices.history import History
from bus.offices.observing import Officer, Step
from bus.offices.own_outbox import own_payloads
from bus.publishing.entries import Published
from bus.publishing.outbox import Outbox
from bus.settings import Settings
from bus.storage.connections import Connection, owner_session
from bus.topics import COORDINATION, POLICY_NOTICE
from bus.tracker.fact_store import load_policies
from bus.tracker.known import newest
from bus.tracker.moments import find_zone, read_moment


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPolicy:
    """A policy of which there is a notice, as it is known now."""

    judgement: Judgement
    now: datetime

    @property
    def dossier(self) -> Dossier:
        """The facts that count for it."""
        return self.judgement.dossier

    @property
    def policy_id(self) -> str:
        """Its id."""
        return self.dossier.policy_id

    @property
    def mode(self) -> Mode:
        """The mode that it has for ever."""
        return self.dossier.mode or Mode.ACTUAL

    @property
    def zone(self) -> tzinfo:
        """The zone of its highest revision."""
        newest = self.judgement.assessments[max(self.judgement.assessments)]
        return find_zone(newest.notice.time_zone)

    def moment(self, text: str | None) -> datetime:
        """Return when something holds from: now, where nothing is said.

        A date alone is 00:00 in the notice's zone. Raises UsageError for what is no moment.
        """
        return self.now if text is None else read_moment(text, self.zone)


Choice = Callable[[KnownPolicy], Step]
"""What to publish, given what is known. Raises UsageError where it would have no effect."""


async def tell_of_policy(
    settings: Settings,
    tracker: Connection,
    policy_id: str,
    officer: Officer,
    *,
    choose: Choice,
    schemas: SchemaStore,
) -> tuple[Step, Published] | None:
    """Publish one statement of an office about a policy; None where no notice of it is known.

    It goes through the outbox of the office's own agency, in the transaction that looked at what
    the agency has published: two of its officers can't contradict each other unseen. Raises
    UsageError where the statement would have no effect, InvalidEventError with every fault;
    nothing is published then.
    """
    owner, clock = officer.owner, settings.clock()
    url = settings.database_url_of(owner)
    async with owner_session(url, owner) as connection, connection.transaction():
        own = await own_statements(connection, owner, policy_id, schemas)
        known = await know(tracker, policy_id, own, clock.now(), schemas)
        if known is None:
            return None
        step = choose(known)
        (published,) = await Outbox(owner, clock, schemas).publish(connection, [step.draft])
    return step, published


@dataclass(frozen=True, slots=True)
class OwnStatements:
    """What an agency has published about a policy, whether it was read or not."""

    owner: str
    notices: Sequence[Payload] = ()
    coordination: Sequence[Payload] = ()


async def own_statements(
    connection: Connection, owner: str, policy_id: str, schemas: SchemaStore
) -> OwnStatements:
    """Return what an agency has published about a policy; see `own_payloads` for the lock."""
    notices, coordination = [
        await own_payloads(connection, f"{owner}.{content.name}.v1", policy_id, schemas)
        for content in (POLICY_NOTICE, COORDINATION)
    ]
    return OwnStatements(owner, notices, coordination)


async def know(
    tracker: Connection,
    policy_id: str,
    own: OwnStatements,
    now: datetime,
    schemas: SchemaStore,
) -> KnownPolicy | None:
    """Return the policy by all that is known; None where no notice of it can be read."""
    loaded = await load_policies(tracker, [policy_id], schemas)
    known_at = newest(loaded.facts, now)
    unread = unread_facts(own, History.of(loaded.facts), known_at, schemas)
    judgement = judge(policy_id, History.of([*loaded.facts, *unread]), known_at)
    if not judgement.assessments:
        return None
    return KnownPolicy(judgement=judgement, now=now)


def unread_facts(
    own: OwnStatements, read: History, recorded_at: datetime, schemas: SchemaStore
) -> Iterator[AnyFact]:
    """Yield what the agency has published and the tracker hasn't read, as it will be read."""
    contents = {(each.policy_id, each.revision, each.content) for each in read.notices}
    said = {(each.coordination_id, each.content) for each in read.coordination}
    schema = schemas.latest(POLICY_NOTICE.schema)
    for data in own.notices:
        origin = _origin(own.owner, POLICY_NOTICE.name, data, recorded_at)
        notice = NoticeFact.from_payload(origin, data, to_plain(schema, data))
        if (notice.policy_id, notice.revision, notice.content) not in contents:
            yield notice
    for data in own.coordination:
        origin = _origin(own.owner, COORDINATION.name, data, recorded_at)
        fact = CoordinationFact.from_payload(origin, data)
        if (fact.coordination_id, fact.content) not in said:
            yield fact


def as_fact(step: Step, known: KnownPolicy) -> CoordinationFact:
    """Return a statement as the rules would see it, were it read right after all that is known."""
    draft, after_all = step.draft, known.dossier.known_at + timedelta(microseconds=1)
    origin = _origin(step.officer.owner, COORDINATION.name, draft.data, after_all)
    return CoordinationFact.from_payload(origin, draft.data)


def _origin(owner: str, content: str, data: Payload, recorded_at: datetime) -> Origin:
    return Origin(
        event_id=new_event_id(),
        source=owner,
        topic=f"{owner}.{content}.v1",
        partition=0,
        offset=0,
        sequence=0,
        recorded_at=recorded_at,
        mode=Mode(data["mode"]),
    )
