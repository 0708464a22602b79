"""Announcing a policy: the next revision of its notice, and what its sender should know.

An announcement that is late, retroactive or only proposed is accepted, with a warning: better a
bad notice than none. Refused is what would contradict what is on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bus.clock import Clock
from bus.codec.definitions import Json
from bus.codec.plain import from_plain, to_plain
from bus.codec.schemas import Schema, SchemaStore
from bus.errors import InvalidEventError, UsageError
from bus.events import Draft, Mode, Payload, new_event_id
from bus.notices.agreement import Terms, terms_for
from bus.notices.delivery import lead_at
from bus.notices.emergency import why_no_emergency
from bus.notices.facts import AgreementFact, NoticeFact, Origin, Stage
from bus.notices.history import History
from bus.notices.states import Lead
from bus.offices.own_outbox import own_payloads
from bus.publishing.entries import Published
from bus.publishing.outbox import Outbox
from bus.publishing.validation import find_event_faults
from bus.settings import Settings
from bus.storage.connections import Connection, owner_session
from bus.topics import POLICY_NOTICE, agency_of
from bus.tracker.contents import is_policy_id
from bus.tracker.fact_store import load_policies


@dataclass(frozen=True, slots=True)
class Announcement:
    """A notice that is ready to be published, and what its sender should know."""

    notice: NoticeFact
    draft: Draft
    terms: Terms
    lead: timedelta
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What is known of a policy: its notices, and the agreements."""

    notices: Sequence[NoticeFact]
    agreements: Sequence[AgreementFact]

    @property
    def highest(self) -> NoticeFact | None:
        """The notice of the highest revision that was recorded first."""
        return max(self.notices, key=lambda each: each.revision, default=None)


async def announce(
    settings: Settings,
    tracker: Connection,
    content: Json,
    mode: Mode | None,
    schemas: SchemaStore,
) -> tuple[Announcement, Published]:
    """Publish a notice through the outbox of the policy's own agency.

    `content` is the payload in plain JSON; revision, replaced text and mode are filled in where
    they are missing. Raises InvalidEventError with every fault, UsageError where it would
    contradict what is on record; nothing is published then.
    """
    policy_id = policy_id_of(content, schemas)
    owner = agency_of(policy_id)
    facts = await facts_of(tracker, policy_id, schemas)
    url = settings.database_url_of(owner)
    async with owner_session(url, owner) as connection, connection.transaction():
        return await announce_within(
            connection, facts, content, mode=mode, clock=settings.clock(), schemas=schemas
        )


async def facts_of(tracker: Connection, policy_id: str, schemas: SchemaStore) -> History:
    """Return what the tracker knows of a policy."""
    return History.of((await load_policies(tracker, [policy_id], schemas)).facts)


async def announce_within(
    connection: Connection,
    facts: History,
    content: Json,
    *,
    mode: Mode | None,
    clock: Clock,
    schemas: SchemaStore,
) -> tuple[Announcement, Published]:
    """Publish a notice in this transaction of its agency; see `announce`."""
    policy_id = policy_id_of(content, schemas)
    owner = agency_of(policy_id)
    own = await own_payloads(connection, topic_of(owner), policy_id, schemas)
    known = on_record(policy_id, facts, own, schemas)
    announcement = prepare(content, mode, known, clock.now(), schemas)
    (published,) = await Outbox(owner, clock, schemas).publish(connection, [announcement.draft])
    return announcement, published


def topic_of(owner: str) -> str:
    """Return where an agency's notices are published."""
    return f"{owner}.{POLICY_NOTICE.name}.v1"


def policy_id_of(content: Json, schemas: SchemaStore) -> str:
    """Return the policy that a notice names; raise InvalidEventError with every fault if none."""
    policy_id = content.get("policy_id") if isinstance(content, dict) else None
    if isinstance(policy_id, str) and is_policy_id(policy_id):
        return policy_id
    _, faults = from_plain(schemas.latest(POLICY_NOTICE.schema), content)
    raise InvalidEventError("the notice", faults)


def on_record(
    policy_id: str, known: History, own: Iterable[Payload], schemas: SchemaStore
) -> OnRecord:
    """Return the policy's notices, those that the tracker hasn't read yet too."""
    schema = schemas.latest(POLICY_NOTICE.schema)
    read = [each for each in known.notices if each.policy_id == policy_id and each.is_authorised]
    contents = {(each.revision, each.content) for each in read}
    unread = [_as_fact(payload, to_plain(schema, payload)) for payload in own]
    new = [each for each in unread if (each.revision, each.content) not in contents]
    return OnRecord([*read, *new], known.agreements)


def _as_fact(
    data: Payload, plain: Mapping[str, Json], recorded_at: datetime | None = None
) -> NoticeFact:
    """Return the notice as the rules will see it, once it has been read."""
    owner = agency_of(data["policy_id"])
    origin = Origin(
        event_id=new_event_id(),
        source=owner,
        topic=topic_of(owner),
        partition=0,
        offset=0,
        sequence=0,
        recorded_at=recorded_at or data["effective_at"],
        mode=Mode(data["mode"]),
    )
    return NoticeFact.from_payload(origin, data, plain)


def prepare(
    content: Json, mode: Mode | None, known: OnRecord, now: datetime, schemas: SchemaStore
) -> Announcement:
    """Complete and check a notice against what is on record."""
    schema = schemas.latest(POLICY_NOTICE.schema)
    data = _completed(content, mode, known, schema)
    owner = agency_of(data["policy_id"])
    draft = Draft(topic=topic_of(owner), data=data, mode=Mode(data["mode"]))
    faults = find_event_faults(owner, schemas, draft, ())
    if faults:
        raise InvalidEventError("the notice", faults)
    notice = _as_fact(data, to_plain(schema, data), now)
    _refuse_contradiction(notice, known)
    terms = terms_for(notice, known.agreements)
    warnings = tuple(_warnings(notice, known, terms, now))
    return Announcement(notice, draft, terms, notice.effective_at - now, warnings)


def _completed(content: Json, mode: Mode | None, known: OnRecord, schema: Schema) -> Payload:
    """Fill in what the file leaves out; raise InvalidEventError with every structural fault."""
    plain = dict(content) if isinstance(content, dict) else {}
    highest = known.highest
    if plain.get("revision") is None:
        plain["revision"] = highest.revision + 1 if highest else 1
        if highest and plain.get("replaces_digest") is None:
            plain["replaces_digest"] = highest.material_digest
    if mode is not None:
        if plain.get("mode") not in (None, mode.value):
            raise UsageError(f"the notice's own mode isn't {mode}: leave one of them out")
        plain["mode"] = mode.value
    data, faults = from_plain(schema, plain)
    if faults:
        raise InvalidEventError("the notice", faults)
    return data


def _refuse_contradiction(notice: NoticeFact, known: OnRecord) -> None:
    for each in known.notices:
        if each.mode_is_sound and each.mode is not notice.mode:
            raise UsageError(
                f"{notice.policy_id} has mode {each.mode} for ever: "
                f"announce under another policy id, or in mode {each.mode}"
            )
        if each.revision == notice.revision:
            same = each.content == notice.content
            raise UsageError(
                f"revision {each.revision} of {notice.policy_id} is published already"
                + (", with this content" if same else ", with another content")
                + ": leave `revision` out of the file, and the next one is taken"
            )


def _warnings(notice: NoticeFact, known: OnRecord, terms: Terms, now: datetime) -> Iterator[str]:
    lead = lead_at(now, notice, terms)
    if lead is Lead.SHORT:
        yield _late(notice.effective_at - now, terms, now)
    if notice.emergency is not None:
        void = why_no_emergency(notice, notice.emergency, terms)
        kept = "" if lead is Lead.SHORTENED else f", and shortens no lead time ({void or lead})"
        yield f"it claims an emergency: that is found (EMERGENCY_NOTICE){kept}"
    if notice.stage is not Stage.FINAL:
        yield "this is a proposal: it announces nothing, whoever accepts it"
    if notice.mode is not Mode.ACTUAL:
        yield f"mode {notice.mode}: it clears no gate"
    for office in terms.offices:
        if office not in terms.receipt_groups:
            yield f"nobody is named to receipt for {office}: its lead time can't be kept"
    yield from _warnings_of_chain(notice, known)


def _late(left: timedelta, terms: Terms, now: datetime) -> str:
    days = left / timedelta(days=1)
    when = f"effective in {days:.0f} days" if days > 0 else "effective already"
    found = "" if terms.is_in_grace(now) else ", and LATE_NOTICE is raised"
    return (
        f"{when}: the lead time of {terms.lead_time} will be SHORT for each office that "
        f"doesn't waive it{found}"
    )


def _warnings_of_chain(notice: NoticeFact, known: OnRecord) -> Iterator[str]:
    highest = known.highest
    if notice.replaces_digest is not None and notice.replaces_digest not in {
        each.material_digest for each in known.notices if each.revision < notice.revision
    }:
        yield "`replaces_digest` is of no lower revision that is known: it announces nothing"
    if highest is None:
        if notice.revision > 1:
            yield f"revision {notice.revision} is the first that is known"
    elif notice.material_digest == highest.material_digest:
        yield f"the material text is that of revision {highest.revision}: its answers hold"
    elif notice.material_digest in {each.material_digest for each in known.notices}:
        yield "the material text was changed since: answers from before that don't count for it"
    else:
        yield f"the material text is new: answers to revision {highest.revision} don't count for it"
