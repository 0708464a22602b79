"""`bus serve relay`: sends outboxes and spools to Kafka, those of every owner or of some."""

from __future__ import annotations

import asyncio

from bus.publishing.kafka import Sender
from bus.publishing.relay import Pace, Relay
from bus.publishing.sessions import open_relay_store
from bus.publishing.store import RelayStore
from bus.services import ServiceContext, run_together
from bus.settings import Settings
from bus.simulation import require_own_cluster

SEND_TIMEOUT_SECONDS = 10.0


class RelayService:
    """One relay for each owner's store; they share nothing but the process."""

    name = "relay"

    def __init__(self, context: ServiceContext) -> None:
        owners = context.settings.relay_owners.split(",")
        self._relays = [make_relay(context.settings, owner) for owner in dict.fromkeys(owners)]

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; raise UsageError when a simulated clock meets a real bus."""
        await run_together(self._relays, stopping)

    def unready(self) -> list[str]:
        """Return why events don't reach Kafka now; an empty list when they do."""
        return [reason for relay in self._relays for reason in relay.unready()]


def make_relay(settings: Settings, owner: str) -> Relay:
    """Return the relay of this owner's store, as the settings say."""

    async def open_store() -> RelayStore:
        return await open_relay_store(settings, owner)

    def open_sender(topic: str) -> Sender:
        return Sender(
            settings.bootstrap,
            settings.names.on_broker(topic),
            timeout_seconds=SEND_TIMEOUT_SECONDS,
            check_cluster=lambda found: require_own_cluster(settings, found),
        )

    pace = Pace(backoff_limit=settings.backoff_limit)
    return Relay(owner, open_store=open_store, open_sender=open_sender, pace=pace)


def service(context: ServiceContext) -> RelayService:
    """Make the service: the entry point `relay` of `bus.services`."""
    return RelayService(context)
