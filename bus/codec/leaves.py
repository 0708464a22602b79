"""One value of a payload: how each type of ours is read, written, checked and shown.

A `Leaf` is compiled once from a field's type and its rules. Five things can be asked of it:

    load    Avro's value (number, text, bytes) to ours, checked   while consuming
    verify  is this value of ours sound?                          before publishing
    dump    ours to Avro's                                        while encoding
    parse   plain JSON's value to ours, checked                   from files and people
    render  ours to plain JSON                                    to files and people

Whatever is wrong raises `Unsound` with a rule and a hint, and never with the value: it may be
personal.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from bus.codec.definitions import Json

Converter: TypeAlias = Callable[..., object]
"""Takes the one type that the other side promises; what a schema says, a checker can't see."""

Wire: TypeAlias = Literal["text", "bytes", "number", "flag"] | tuple[str, ...]
"""How Avro writes a value: text or bytes after their length, a varint, one byte, or, as a varint,
which of an enum's symbols it is."""

UNRECOGNIZED = "UNRECOGNIZED"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_KNOWN_LIMIT = 1000
INT_RANGE = (-(2**31), 2**31 - 1)
LONG_RANGE = (-(2**63), 2**63 - 1)


class Unsound(Exception):  # noqa: N818 - a finding about a value, caught where its field is known
    """A value breaks a rule. `path` grows on the way up, from the value to the record."""

    def __init__(self, rule: str, hint: str, path: str = "") -> None:
        super().__init__(rule)
        self.rule = rule
        self.hint = hint
        self.path = path


class Unrecognized(Unsound):
    """An enum's value is the symbol that stands for all we don't know."""

    def __init__(self) -> None:
        super().__init__("is a symbol that this schema doesn't know", "upgrade, or use a known one")


@dataclass(frozen=True, slots=True)
class Leaf:
    """What can be asked of one value; None where nothing needs to be done to it.

    `wire` is how its bytes stand.
    """

    wire: Wire
    verify: Callable[[object], None]
    parse: Callable[[Json], object]
    load: Converter | None = None
    dump: Converter | None = None
    render: Callable[..., Json] | None = None


def _expect(value: object, kind: type, named: str) -> None:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise Unsound("has the wrong type", f"give {named}")


def _check_storable(text: str) -> None:
    # isprintable is false for both and for line ends, and far cheaper than a search.
    if not text.isprintable() and _UNSTORABLE.search(text):
        raise Unsound(
            "is text that can't be stored", "leave out U+0000 and bytes that aren't UTF-8"
        )


def text(pattern: str | None, max_length: int | None) -> Leaf:
    """Text: no U+0000 (Postgres can't store it), nothing that isn't Unicode, and its rules."""
    # Rules are written for every language's readers, where \d means ASCII digits.
    matches = re.compile(pattern, re.ASCII).fullmatch if pattern else None
    limit = max_length if max_length is not None else 2**31
    # Offices, sectors and the like are few: knowing them again saves a tenth of decoding.
    known: set[str] = set()

    def load(value: str) -> str:
        if value in known:
            return value
        if not value.isprintable():
            _check_storable(value)
        if len(value) > limit:
            raise Unsound("is too long", f"use at most {limit} characters")
        if matches is not None:
            if matches(value) is None:
                raise Unsound("doesn't match its pattern", f"write it as {pattern}")
            if len(known) < _KNOWN_LIMIT:
                known.add(value)
        return value

    def verify(value: object) -> None:
        if not isinstance(value, str):
            raise Unsound("has the wrong type", "give text")
        load(value)

    return Leaf("text", verify, _parse_as_is(verify), load)


def uuid() -> Leaf:
    """A UUID as canonical text: the one spelling, so that equal ids are equal text."""
    matches = _UUID.fullmatch

    def load(value: str) -> str:
        if matches(value) is None:
            raise Unsound("is no canonical UUID", "write 36 characters, lower case, with hyphens")
        return value

    def verify(value: object) -> None:
        if not isinstance(value, str):
            raise Unsound("has the wrong type", "give a UUID as text")
        load(value)

    return Leaf("text", verify, _parse_as_is(verify), load)


def flag() -> Leaf:
    """True or false."""

    def verify(value: object) -> None:
        _expect(value, bool, "true or false")

    return Leaf("flag", verify, _parse_as_is(verify))


def integer(lowest: int, highest: int, *, is_checked_by_avro: bool) -> Leaf:
    """A whole number in a range. fastavro reads an `int` as wide as a `long`: check it too."""

    def load(value: int) -> int:
        if not lowest <= value <= highest:
            raise Unsound("is out of range", f"use {lowest} to {highest}")
        return value

    def verify(value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Unsound("has the wrong type", "give a whole number")
        load(value)

    return Leaf("number", verify, _parse_as_is(verify), None if is_checked_by_avro else load)


def choice(symbols: tuple[str, ...]) -> Leaf:
    """A symbol of an enum, as text."""
    known = frozenset(symbols) - {UNRECOGNIZED}
    listed = ", ".join(symbol for symbol in symbols if symbol != UNRECOGNIZED)

    def load(value: str) -> str:
        if value == UNRECOGNIZED:
            raise Unrecognized
        return value

    def verify(value: object) -> None:
        if not isinstance(value, str):
            raise Unsound("has the wrong type", f"give one of {listed}")
        load(value)
        if value not in known:
            raise Unsound("is no symbol of its enum", f"use one of {listed}")

    return Leaf(symbols, verify, _parse_as_is(verify), load)


def moment() -> Leaf:
    """A moment in UTC, to the microsecond, as an aware datetime."""

    def load(value: int) -> datetime:
        try:
            return _EPOCH + timedelta(0, 0, value)
        except OverflowError:
            raise Unsound("is out of range", "use years 1 to 9999") from None

    def verify(value: object) -> None:
        if not isinstance(value, datetime):
            raise Unsound("has the wrong type", "give a datetime")
        if value.utcoffset() is None:
            raise Unsound("has no time zone", "give an aware datetime")
        try:
            value.astimezone(UTC)
        except OverflowError:
            raise Unsound("is no possible time", "use years 1 to 9999 in UTC") from None

    def dump(value: datetime) -> int:
        return (value - _EPOCH) // _MICROSECOND

    def render(value: datetime) -> str:
        return f"{value.astimezone(UTC).isoformat()[:-6]}Z"  # without "+00:00"

    return Leaf("number", verify, _parse_moment, load, dump, render)


def _parse_moment(value: Json) -> datetime:
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        raise Unsound("is no time with an offset", "write it as 2018-05-07T14:30:00Z")
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unsound("is no possible time", "use a date that exists, years 1 to 9999") from None


def day() -> Leaf:
    """A calendar date without a time zone."""

    def load(value: int) -> date:
        try:
            return date.fromordinal(value + _EPOCH_DAY)
        except (ValueError, OverflowError):
            raise Unsound("is out of range", "use years 1 to 9999") from None

    def verify(value: object) -> None:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise Unsound("has the wrong type", "give a date")

    def dump(value: date) -> int:
        return value.toordinal() - _EPOCH_DAY

    return Leaf("number", verify, _parse_day, load, dump, date.isoformat)


def _parse_day(value: Json) -> date:
    if not isinstance(value, str) or _DATE.fullmatch(value) is None:
        raise Unsound("is no date", "write it as 2018-05-07")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Unsound("is no possible date", "use a date that exists, years 1 to 9999") from None


def exact(precision: int, scale: int) -> Leaf:
    """A decimal number with at most `scale` places; Avro's unscaled big-endian bytes."""
    limit = 10**precision
    hint = f"use at most {precision} digits, {scale} of them after the point"

    def unscale(value: Decimal) -> int:
        sign, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int) or not -scale <= exponent <= precision:
            raise Unsound("is out of range", hint)
        unscaled: int = int("".join(map(str, digits))) * 10 ** (exponent + scale)
        if unscaled >= limit:
            raise Unsound("is out of range", hint)
        return -unscaled if sign else unscaled

    def load(value: bytes) -> Decimal:
        unscaled = int.from_bytes(value, "big", signed=True)
        if abs(unscaled) >= limit:
            raise Unsound("is out of range", hint)
        # Built from its digits: arithmetic would round to the context's precision.
        return Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale))

    def verify(value: object) -> None:
        if not isinstance(value, Decimal):
            raise Unsound("has the wrong type", "give a Decimal")
        unscale(value)

    def dump(value: Decimal) -> bytes:
        unscaled = unscale(value)
        return unscaled.to_bytes(unscaled.bit_length() // 8 + 1, "big", signed=True)

    def parse(value: Json) -> Decimal:
        if not isinstance(value, str) or _DECIMAL.fullmatch(value) is None:
            raise Unsound("is no decimal as text", 'write it as "12.50"')
        number = Decimal(value)
        unscale(number)
        return number

    return Leaf("bytes", verify, parse, load, dump, "{:f}".format)


def _parse_as_is(verify: Callable[[object], None]) -> Callable[[Json], object]:
    """Return a parser for values that are the same in plain JSON."""

    def parse(value: Json) -> object:
        verify(value)
        return value

    return parse
