"""The monitor: how the groups that run here stand, whether or not they run."""

from __future__ import annotations

from bus.monitor.groups import Group
from bus.monitor.service import Monitor
from bus.services import ServiceContext
from bus.topics import GROUPS
from bus.tracker import positions
from bus.tracker.contents import TRACKED
from consumers import hhs_intake


def groups() -> list[Group]:
    """Return every consumer group of the bus, with what it reads."""
    intake = hhs_intake.subscription()
    tracked = tuple(topic.name for topic in TRACKED)
    return [
        Group(intake.group, intake.owner, tuple(intake.topics)),
        Group(positions.GROUP, GROUPS[positions.GROUP], tracked),
    ]


def service(context: ServiceContext) -> Monitor:
    """Return the service `monitor`."""
    return Monitor(context, groups())
