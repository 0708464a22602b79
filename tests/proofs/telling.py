"""Histories told in few words: what differs from the plainest fact of its kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import Field, fields, is_dataclass
from datetime import datetime, timedelta

from bus.notices.facts import AnyFact, DeadLetterFact
from tests.unit.notices.stories import day


def tell(facts: Iterable[AnyFact]) -> str:
    """Return one line for each fact, in the order of recording."""
    ordered = sorted(facts, key=lambda fact: fact.place)
    return "\n".join(f"  day {days(fact.recorded_at):>8}  {tell_one(fact)}" for fact in ordered)


def tell_one(fact: AnyFact) -> str:
    details = [f"{field.name}={plainly(value)}" for field, value in _said(fact)]
    name = type(fact).__name__.removesuffix("Fact")
    return f"{name}({', '.join(details + _doubts(fact))})"


def days(moment: datetime) -> str:
    """Return a moment as days since the start of the stories."""
    distance = moment - day(0)
    whole = round(distance / timedelta(days=1), 3)
    sign = "+" if distance > timedelta(days=whole) else "-"
    return f"{whole:g}" + ("" if distance == timedelta(days=whole) else sign)


def plainly(value: object) -> str:
    if isinstance(value, datetime):
        return f"day {days(value)}"
    if isinstance(value, frozenset | tuple):
        return "[" + ", ".join(sorted(plainly(each) for each in value)) + "]"
    if is_dataclass(value):
        shown = (plainly(getattr(value, field.name)) for field in fields(value))
        return "(" + ", ".join(shown) + ")"
    return str(value)[-12:] if len(str(value)) > 40 else str(value)


def _said(fact: AnyFact) -> Iterator[tuple[Field[object], object]]:
    for field in fields(fact):
        value = getattr(fact, field.name)
        plain = value == field.default or value is None or value == ()
        if field.name not in ("origin", "policy_id", "content") and not plain:
            yield field, value


def _doubts(fact: AnyFact) -> list[str]:
    if isinstance(fact, DeadLetterFact):
        return []
    origin = fact.origin
    doubts = [f"topic={origin.topic}", f"event={str(origin.event_id)[-4:]}"]
    if not origin.mode_is_sound or origin.mode != "ACTUAL":
        doubts.append(f"mode={origin.mode}{'' if origin.mode_is_sound else ' unsound'}")
    return doubts + [f"fault={path}" for path in origin.faults]
