"""Payloads for tests: one synthetic example for each schema, and any number of invented ones."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bus.codec.definitions import Definition, Json, full_name, namespace_of, resolve_name
from bus.codec.plain import from_plain
from bus.codec.schemas import Schema, packaged
from bus.events import Payload

FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For tests that run once for each schema: nine times fifteen is plenty."""

EXAMPLES = Path(__file__).parent / "examples"
GOLDEN = Path(__file__).parent / "golden"


def released() -> list[Schema]:
    """Return every released version of every schema."""
    store = packaged()
    return [schema for name in store.names() for schema in store.versions(name)]


def stem(schema: Schema) -> str:
    """Return what the files of this schema are called, without their ending."""
    return f"{schema.name.rpartition('.')[2]}.v{schema.version}"


def plain_example(schema: Schema) -> Json:
    """Return the schema's example as it stands in its file."""
    example: Json = json.loads((EXAMPLES / f"{stem(schema)}.json").read_text())
    return example


def example(schema: Schema) -> dict[str, object]:
    """Return the schema's example as a payload."""
    data, faults = from_plain(schema, plain_example(schema))
    assert not faults
    return data


@cache
def payloads(schema: Schema) -> st.SearchStrategy[Payload]:
    """Return a strategy for sound payloads of a schema."""
    return _Strategies().of(schema.definition, {}, "")


MOMENTS = st.datetimes(
    datetime(1, 1, 2),  # noqa: DTZ001 - the strategy wants naive limits
    datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)
TEXT = st.characters(codec="utf-8", exclude_characters="\x00")
RULES = ("pattern", "minimum", "maximum", "maxLength", "maxItems")


class _Strategies:
    def __init__(self) -> None:
        self._named: dict[str, st.SearchStrategy] = {}

    def of(self, node: Json, rules: Definition, namespace: str) -> st.SearchStrategy:
        if isinstance(node, list):
            return st.none() | self.of(node[1], rules, namespace)
        if isinstance(node, str):
            known = self._named.get(resolve_name(node, namespace))
            return known if known is not None else _leaf(node, rules)
        kind = node["type"]
        if kind in ("record", "enum"):
            return self._named_type(node, namespace)
        if kind == "array":
            limit = min(rules.get("maxItems", 3), 3)
            return st.lists(self.of(node["items"], {}, namespace), max_size=limit)
        return _leaf(kind, {**rules, **node})

    def _named_type(self, node: Definition, namespace: str) -> st.SearchStrategy:
        name = full_name(node, namespace)
        if node["type"] == "enum":
            found = st.sampled_from([one for one in node["symbols"] if one != "UNRECOGNIZED"])
        else:
            fields = {
                field["name"]: self.of(field["type"], _rules(field), namespace_of(name))
                for field in node["fields"]
            }
            found = st.fixed_dictionaries(fields)
        self._named[name] = found
        return found


def _rules(field: Definition) -> Definition:
    return {rule: field[rule] for rule in RULES if rule in field}


def _leaf(kind: str, rules: Definition) -> st.SearchStrategy:
    logical = {
        "uuid": st.uuids().map(str),
        "timestamp-micros": MOMENTS,
        "date": st.dates(date(1, 1, 1), date(9999, 12, 31)),
    }
    if "logicalType" in rules:
        return logical[rules["logicalType"]]
    if kind == "boolean":
        return st.booleans()
    if kind in ("int", "long"):
        highest = 2**31 - 1 if kind == "int" else 2**63 - 1
        lowest = rules.get("minimum", -highest - 1)
        return st.integers(lowest, rules.get("maximum", highest))
    limit = rules.get("maxLength", 200)
    if "pattern" in rules:
        pattern = re.compile(rules["pattern"].replace("$", r"\Z"), re.ASCII)
        return st.from_regex(pattern, fullmatch=True).filter(lambda text: len(text) <= limit)
    return st.text(TEXT, max_size=min(limit, 40))


def as_uuid(number: int) -> str:
    """Return a UUIDv7 that is plainly made up."""
    return str(UUID(f"018f4e2a-0000-7000-8000-{number:012x}"))
