"""Who plays: offices, officers and made-up families."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from bus.events import Draft, Mode, new_event_id
from bus.notices.facts import CoordinationKind
from bus.offices.observing import Officer, observation_body
from bus.offices.observing import Step as Statement
from producers.dhs import custody_event
from producers.doj import policy_notice

ZERO_TOLERANCE = "doj/2018/zero-tolerance"
EASTERN = ZoneInfo("America/New_York")

DRAFTER = ("policy-drafter", "j-101")
APPROVER = ("policy-approver", "j-102")

INTAKE = "hhs.orr.intake"
DIRECTOR = "hhs.orr.director"
INTAKE_OFFICER = "intake-duty-officer:h-201"
DIRECTOR_OFFICER = "director:h-202"

ON_DUTY = Officer(office=INTAKE, role="intake-duty-officer", officer_id="h-201")
THE_DIRECTOR = Officer(office=DIRECTOR, role="director", officer_id="h-202")
THE_DEPUTY = Officer(office="hhs.orr.deputy", role="deputy-director", officer_id="h-203")
INSPECTOR = Officer(office="hhs.oig", role="inspector", officer_id="h-301")
COUNSEL = Officer(office="doj.oag", role="counsel", officer_id="j-103")
PRINCIPAL = Officer(
    office="hhs.acf.assistant-secretary", role="principal-deputy", officer_id="h-204"
)
PLANNER = Officer(office="dhs.plcy", role="planner", officer_id="d-401")


doj_notice = partial(
    policy_notice, drafted_by=DRAFTER, approved_by=APPROVER, addressees=(INTAKE, DIRECTOR)
)
"""A notice of the Attorney General's office to HHS's two offices."""


def day(year: int, month: int, number: int, hour: int = 12) -> datetime:
    """Return an hour of a day in the capital, in UTC."""
    return datetime(year, month, number, hour, tzinfo=EASTERN).astimezone(UTC)


def staffs_warning(seen_at: datetime) -> Statement:
    """Return what HHS's staff saw of the Border Patrol's practice in El Paso."""
    return Statement(
        officer=ON_DUTY,
        kind=CoordinationKind.OBSERVATION,
        body=observation_body(
            agency="dhs.cbp.usbp",
            channel="STAFF_REPORT",
            description="Far more children than before arrive separated from a parent.",
            seen_at=seen_at,
            where="El Paso",
        ),
    )


def new_id() -> str:
    """Return the id of a new person or group."""
    return str(new_event_id())


def family_separated(
    at: datetime, *, policy_id: str | None, sector: str, mode: Mode = Mode.ACTUAL
) -> Iterator[Draft]:
    """Yield what DHS reports of one family: the parent is prosecuted, the child is separated.

    With a policy, both events cite it; without, neither says what it rests on.
    """
    group, parent, child = new_id(), new_id(), new_id()
    basis = "POLICY" if policy_id else None
    event = partial(custody_event, family_group_id=group, sector=sector, mode=mode)
    for subject, role in ((parent, "PARENT"), (child, "CHILD")):
        yield event("APPREHENDED", subject_id=subject, occurred_at=at, role=role)
    yield event(
        "REFERRED_FOR_PROSECUTION",
        subject_id=parent,
        occurred_at=at + timedelta(hours=2),
        role="PARENT",
        policy_id=policy_id,
        basis=basis,
    )
    yield event(
        "SEPARATED",
        subject_id=child,
        occurred_at=at + timedelta(hours=3),
        role="CHILD",
        policy_id=policy_id,
        basis=basis,
        separation={
            "separated": "YES",
            "from_subject_ids": [parent],
            "reason": "REFERRED_FOR_PROSECUTION",
        },
    )
    yield event(
        "REFERRED_TO_ORR",
        subject_id=child,
        occurred_at=at + timedelta(hours=5),
        role="CHILD",
    )


def families_together(count: int, at: datetime, *, sector: str) -> list[Draft]:
    """Return what DHS reports of families that it apprehends and doesn't separate."""
    return [
        custody_event(
            "APPREHENDED",
            family_group_id=group,
            subject_id=new_id(),
            occurred_at=at,
            role=role,
            sector=sector,
        )
        for group in (new_id() for _ in range(count))
        for role in ("PARENT", "CHILD")
    ]


def families_separated(
    count: int,
    at: datetime,
    *,
    policy_id: str | None,
    sector: str,
    mode: Mode = Mode.ACTUAL,
) -> list[Draft]:
    """Return what DHS reports of so many families, minutes apart."""
    return [
        draft
        for number in range(count)
        for draft in family_separated(
            at + timedelta(minutes=number), policy_id=policy_id, sector=sector, mode=mode
        )
    ]
