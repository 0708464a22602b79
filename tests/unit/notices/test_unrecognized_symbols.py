"""A newer writer's symbols: no fact may stop the tracker, and none may open a gate by them."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from bus.codec.decoding import Decoder
from bus.codec.encoding import encode
from bus.codec.schemas import packaged
from bus.consuming.parser import Parser
from bus.consuming.records import Partition, Rejected
from bus.events import Mode
from bus.topics import Topic, find_topic
from bus.tracker.contents import TRACKED
from bus.tracker.fact_rows import fact_of, row_of
from tests.contract.payloads import example
from tests.records import raw_record

RECORDED = datetime(2026, 3, 1, tzinfo=UTC)
PARSER = Parser(Decoder(packaged()))


@dataclass(frozen=True)
class Appended:
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]] = field(default_factory=list)
    offset: int = 0
    timestamp: int = 1_772_366_400_000


Path = tuple[str | int, ...]


def symbol_paths(value: object, path: Path = ()) -> Iterator[Path]:
    """Yield where text stands that may be a symbol: all capitals."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from symbol_paths(part, (*path, name))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from symbol_paths(part, (*path, index))
    elif isinstance(value, str) and value.replace("_", "").isupper():
        yield path


def with_symbol(data: dict[str, object], path: Path) -> dict[str, object]:
    """Return the payload with UNRECOGNIZED at the path."""
    changed = deepcopy(data)
    place: object = changed
    for step in path[:-1]:
        place = place[step]  # type: ignore[index]
    place[path[-1]] = "UNRECOGNIZED"  # type: ignore[index]
    return changed


def topics() -> list[Topic]:
    seen: dict[str, Topic] = {}
    for topic in TRACKED:
        seen.setdefault(topic.content.name, topic)
    return list(seen.values())


def cases() -> list[tuple[str, Path]]:
    return [
        (topic.name, path)
        for topic in topics()
        for path in symbol_paths(example(packaged().latest(topic.schema)))
    ]


@pytest.mark.promise("P6")
@pytest.mark.parametrize(("name", "path"), cases())
def test_a_symbol_that_nobody_knows_yet_never_stops_the_tracker(name: str, path: Path) -> None:
    topic = find_topic(name)
    schema = packaged().latest(topic.schema)
    data = with_symbol(example(schema), path)
    raw = raw_record(data, topic=name, mode=Mode.TEST.value, value=encode(schema, data))

    record = Appended(raw.key, raw.value, raw.headers)
    outcome = PARSER.parse(record, topic, Partition(name, 0))
    row = None if isinstance(outcome, Rejected) else row_of(outcome, RECORDED, packaged())
    fact = row and fact_of(row, packaged())

    assert row is None or fact is not None
