"""Consumer groups, as their owners' databases have them: also while nobody consumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bus.consuming.breaker import BreakerState
from bus.consuming.parking import UNCLOSED
from bus.consuming.records import Partition
from bus.consuming.sql import PARKED_COUNT
from bus.consuming.sql import UNCLOSED as IS_UNCLOSED
from bus.deadletters.breakers import read_breakers
from bus.storage.connections import Connection
from bus.topics import find_topic

MOST_COUNTED = 10_000
"""Beyond it nobody needs to know how many they are, and counting on would cost."""


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group: in whose schema it keeps its state, and what it reads."""

    name: str
    owner: str
    topics: tuple[str, ...]

    @property
    def partitions(self) -> list[Partition]:
        """Every partition that it reads, as the catalogue says."""
        return [
            Partition(topic, number)
            for topic in self.topics
            for number in range(find_topic(topic).content.partitions)
        ]


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a group has come in a partition, and of which log."""

    topic_id: str
    next_offset: int


@dataclass(frozen=True, slots=True)
class GroupState:
    """How a group stands. `letters` are counts of unclosed dead letters by topic and state."""

    reached: Mapping[Partition, Reached]
    letters: Mapping[tuple[str, str], int]
    oldest_letter: datetime | None
    parked: int
    may_consume: bool


POSITIONS = """
SELECT p.topic, p.partition, a.topic_id, p.next_offset
FROM consumer_position p JOIN consumer_account a USING (account_id) WHERE p.group_name = %s
"""

LETTERS = f"""
SELECT topic, state, counted.letters, first.first_seen
FROM unnest(%(topics)s::text[]) AS topic, unnest(%(states)s::text[]) AS state,
LATERAL (SELECT count(*) AS letters FROM (
    SELECT FROM dead_letter AS letter
    WHERE letter.group_name = %(group)s AND letter.topic = topic.topic
      AND letter.state = state.state AND letter.{IS_UNCLOSED}
    LIMIT %(most)s) AS those) AS counted
LEFT JOIN LATERAL (
    SELECT first_seen FROM dead_letter AS letter
    WHERE letter.group_name = %(group)s AND letter.topic = topic.topic
      AND letter.state = state.state AND letter.{IS_UNCLOSED}
    ORDER BY first_seen LIMIT 1) AS first ON true
"""


async def read_group(connection: Connection, group: Group) -> GroupState:
    """Return how a group stands by its owner's database."""
    cursor = await connection.execute(POSITIONS, [group.name])
    reached = {
        Partition(topic, number): Reached(topic_id, next_offset)
        for topic, number, topic_id, next_offset in await cursor.fetchall()
    }
    cursor = await connection.execute(LETTERS.encode(), letters_asked(group))
    rows = await cursor.fetchall()
    cursor = await connection.execute(PARKED_COUNT.encode(), {"group": group.name})
    ((parked,),) = await cursor.fetchall()
    (breaker,) = await read_breakers(connection, [group.name])
    open_ones = [since for _, state, _, since in rows if state == "OPEN" and since is not None]
    return GroupState(
        reached,
        {(topic, state): count for topic, state, count, _ in rows},
        min(open_ones, default=None),
        parked,
        breaker.state == BreakerState.CLOSED,
    )


def letters_asked(group: Group) -> dict[str, object]:
    """Return what the statement about dead letters is asked with."""
    return {
        "topics": list(group.topics),
        "states": list(UNCLOSED),
        "group": group.name,
        "most": MOST_COUNTED,
    }
