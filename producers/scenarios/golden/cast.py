"""Who plays: offices, officers and made-up families."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bus.events import Draft, new_event_id
from producers.dhs import custody_event

POLICY = "doj/2018/zero-tolerance"
EASTERN = ZoneInfo("America/New_York")

DRAFTER = ("policy-drafter", "j-101")
APPROVER = ("policy-approver", "j-102")

INTAKE = "hhs.orr.intake"
DIRECTOR = "hhs.orr.director"
INTAKE_OFFICER = "intake-duty-officer:h-201"
DIRECTOR_OFFICER = "director:h-202"


def day(year: int, month: int, number: int, hour: int = 12) -> datetime:
    """Return an hour of a day in the capital, in UTC."""
    return datetime(year, month, number, hour, tzinfo=EASTERN).astimezone(UTC)


def new_id() -> str:
    """Return the id of a new person or group."""
    return str(new_event_id())


def family_separated(at: datetime, *, policy_id: str | None, sector: str) -> Iterator[Draft]:
    """Yield what DHS reports of one family: the parent is prosecuted, the child is separated.

    With a policy, both events cite it; without, neither says what it rests on.
    """
    group, parent, child = new_id(), new_id(), new_id()
    basis = "POLICY" if policy_id else None
    for kind, subject, role in (
        ("APPREHENDED", parent, "PARENT"),
        ("APPREHENDED", child, "CHILD"),
    ):
        yield custody_event(
            kind,
            family_group_id=group,
            subject_id=subject,
            occurred_at=at,
            role=role,
            sector=sector,
        )
    yield custody_event(
        "REFERRED_FOR_PROSECUTION",
        family_group_id=group,
        subject_id=parent,
        occurred_at=at + timedelta(hours=2),
        role="PARENT",
        sector=sector,
        policy_id=policy_id,
        basis=basis,
    )
    yield custody_event(
        "SEPARATED",
        family_group_id=group,
        subject_id=child,
        occurred_at=at + timedelta(hours=3),
        role="CHILD",
        sector=sector,
        policy_id=policy_id,
        basis=basis,
        separation={
            "separated": "YES",
            "from_subject_ids": [parent],
            "reason": "REFERRED_FOR_PROSECUTION",
        },
    )
    yield custody_event(
        "REFERRED_TO_ORR",
        family_group_id=group,
        subject_id=child,
        occurred_at=at + timedelta(hours=5),
        role="CHILD",
        sector=sector,
    )


def families_separated(
    count: int, at: datetime, *, policy_id: str | None, sector: str
) -> list[Draft]:
    """Return what DHS reports of so many families, minutes apart."""
    return [
        draft
        for number in range(count)
        for draft in family_separated(
            at + timedelta(minutes=number), policy_id=policy_id, sector=sector
        )
    ]
