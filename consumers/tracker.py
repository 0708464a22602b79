"""The tracker: every fact topic in, clearances and findings out."""

from __future__ import annotations

from bus.consuming.worker import Worker
from bus.services import ServiceContext
from bus.tracker.handler import subscription


def service(context: ServiceContext) -> Worker:
    """Return the service `tracker`."""
    is_simulated = context.settings.clock_file is not None
    return Worker(subscription(context.clock, context.schemas, is_simulated=is_simulated), context)
