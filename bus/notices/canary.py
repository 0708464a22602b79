"""The canary: a notice of mode TEST that the monitor publishes, to see that it is read.

It says one thing again and again, so nobody makes a fact of it: each group notes the newest one
alone. Whatever else arrives under its name is a notice like any other: only what is surely the
canary closes nothing and counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from bus.events import Draft, Event, Mode
from bus.topics import POLICY_NOTICE, topics_of

OWNER = "hhs"
POLICY_ID = f"{OWNER}/2000/canary"
SYSTEM = f"{OWNER}.monitor"
TOPIC = next(topic.name for topic in topics_of(POLICY_NOTICE) if topic.owner == OWNER)


def canary_draft() -> Draft:
    """Return the canary: a proposal of HHS to itself, which could clear nothing."""
    return Draft(
        topic=TOPIC,
        mode=Mode.TEST,
        system=SYSTEM,
        data={
            "policy_id": POLICY_ID,
            "revision": 1,
            "mode": Mode.TEST.value,
            "stage": "PROPOSED",
            "instrument": "OTHER",
            "title": "Canary of the bus: nothing is announced",
            "contacts": [],
            "issuing_office": SYSTEM,
            "disclosure": "FULL",
            "scope": {"sectors": [], "event_kinds": [], "separation_reasons": []},
            "effective_at": datetime(2000, 1, 1, tzinfo=UTC),
            "effective_time_zone": "UTC",
            "addressees": [],
            "drafted_by": {"role": "monitor", "id": "canary"},
        },
    )


def is_canary(event: Event) -> bool:
    """Tell whether this is surely the canary: of mode TEST wherever it says its mode, and sound."""
    return (
        event.topic == TOPIC
        and event.key == POLICY_ID
        and event.mode is Mode.TEST
        and event.mode_is_sound
        and not event.faults
        and event.source.partition("/")[0] == SYSTEM
    )


def newest_canary(events: Iterable[Event]) -> Event | None:
    """Return the canary among these events that was published last."""
    canaries = [event for event in events if is_canary(event)]
    return max(canaries, key=lambda event: event.recorded_time, default=None)
