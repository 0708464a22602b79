"""The port to Kafka: what the engine needs from a consumer that is a member of a group."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from bus.consuming.claims import LogBounds
from bus.consuming.records import Partition


class Log(Protocol):
    """A group member's view of its partitions.

    `seek`, `pause` and `resume` ignore partitions that were taken away in the meantime.
    """

    def seek(self, positions: Mapping[Partition, int]) -> None:
        """Fetch next from these offsets; drop what was fetched ahead."""
        ...

    def pause(self, partitions: Collection[Partition]) -> None:
        """Fetch nothing more of these until `resume`."""
        ...

    def resume(self, partitions: Collection[Partition]) -> None:
        """Fetch these again."""
        ...

    async def bounds(self, partitions: Collection[Partition]) -> dict[Partition, LogBounds]:
        """Return topic id, start and end of each; raise UnavailableError if the broker is away."""
        ...

    async def commit(self, positions: Mapping[Partition, int]) -> bool:
        """Store offsets at the broker, as a hint for others; return whether it accepted them.

        False means that this member's generation is over or the broker is away. Bounded in time.
        """
        ...
