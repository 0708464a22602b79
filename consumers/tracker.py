"""The tracker: every fact topic in, clearances, findings and messages to offices out."""

from __future__ import annotations

from bus.services import ServiceContext
from bus.tracker.service import TrackerService


def service(context: ServiceContext) -> TrackerService:
    """Return the service `tracker`."""
    return TrackerService(context)
