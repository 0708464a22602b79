"""What each type of value accepts, loads, writes and shows."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.codec import leaves
from bus.codec.definitions import Json
from bus.codec.leaves import Leaf, Unrecognized, Unsound

MONEY = leaves.exact(precision=6, scale=2)
WIDE = leaves.exact(precision=60, scale=20)
EST = timezone(timedelta(hours=-5))
EAST = timezone(timedelta(hours=14))
LEAVES = {
    "text": leaves.text("^[a-z]{1,3}$", 3),
    "uuid": leaves.uuid(),
    "flag": leaves.flag(),
    "whole number": leaves.integer(1, 10, is_checked_by_avro=False),
    "symbol": leaves.choice(("A", "B", "UNRECOGNIZED")),
    "moment": leaves.moment(),
    "date": leaves.day(),
    "decimal": MONEY,
}


@pytest.mark.parametrize(
    ("leaf", "value"),
    [
        (LEAVES["text"], "abc"),
        (leaves.text(None, None), "ein Ort: Zürich, 東京 \n\t"),
        (LEAVES["uuid"], "018f4e2a-0000-7000-8000-000000000001"),
        (LEAVES["flag"], False),
        (LEAVES["whole number"], 10),
        (LEAVES["symbol"], "B"),
        (LEAVES["moment"], datetime(2018, 5, 7, tzinfo=EST)),
        (LEAVES["date"], date(1, 1, 1)),
        (MONEY, Decimal("-9999.99")),
    ],
)
def test_sound_values_are_accepted(leaf: Leaf, value: object) -> None:
    leaf.verify(value)


@pytest.mark.parametrize(
    ("leaf", "value", "rule"),
    [
        (LEAVES["text"], "abcd", "is too long"),
        (LEAVES["text"], "A", "doesn't match its pattern"),
        (LEAVES["text"], "a\n", "doesn't match its pattern"),
        (leaves.text(None, None), "a\x00b", "is text that can't be stored"),
        (leaves.text(None, None), "\ud800", "is text that can't be stored"),
        (LEAVES["text"], 3, "has the wrong type"),
        (LEAVES["text"], b"abc", "has the wrong type"),
        (LEAVES["uuid"], "018F4E2A-0000-7000-8000-000000000001", "is no canonical UUID"),
        (LEAVES["uuid"], "018f4e2a-0000-7000-8000-000000000001\n", "is no canonical UUID"),
        (LEAVES["uuid"], 7, "has the wrong type"),
        (LEAVES["flag"], 1, "has the wrong type"),
        (LEAVES["whole number"], 0, "is out of range"),
        (LEAVES["whole number"], True, "has the wrong type"),
        (LEAVES["whole number"], 3.0, "has the wrong type"),
        (LEAVES["symbol"], "C", "is no symbol of its enum"),
        (LEAVES["symbol"], "UNRECOGNIZED", "is a symbol that this schema doesn't know"),
        (LEAVES["symbol"], None, "has the wrong type"),
        (LEAVES["moment"], datetime(2018, 5, 7), "has no time zone"),  # noqa: DTZ001
        (LEAVES["moment"], datetime(1, 1, 1, tzinfo=EAST), "is no possible time"),
        (LEAVES["moment"], datetime(9999, 12, 31, 23, tzinfo=EST), "is no possible time"),
        (LEAVES["moment"], date(2018, 5, 7), "has the wrong type"),
        (LEAVES["moment"], "2018-05-07T00:00:00Z", "has the wrong type"),
        (LEAVES["date"], datetime(2018, 5, 7, tzinfo=UTC), "has the wrong type"),
        (MONEY, Decimal("10000"), "is out of range"),
        (MONEY, Decimal("0.001"), "is out of range"),
        (MONEY, Decimal("NaN"), "is out of range"),
        (MONEY, Decimal("1E+1000000"), "is out of range"),
        (MONEY, 12.5, "has the wrong type"),
    ],
)
def test_unsound_values_are_named_by_their_rule(leaf: Leaf, value: object, rule: str) -> None:
    with pytest.raises(Unsound) as caught:
        leaf.verify(value)

    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("leaf", "plain", "value"),
    [
        (LEAVES["moment"], "2018-05-07T14:30:00Z", datetime(2018, 5, 7, 14, 30, tzinfo=UTC)),
        (LEAVES["moment"], "2018-05-07t14:30z", datetime(2018, 5, 7, 14, 30, tzinfo=UTC)),
        (LEAVES["moment"], "2018-05-07 10:30:00-04:00", datetime(2018, 5, 7, 14, 30, tzinfo=UTC)),
        (
            LEAVES["moment"],
            "2018-05-07T14:30:00.000001+00:00",
            datetime(2018, 5, 7, 14, 30, 0, 1, tzinfo=UTC),
        ),
        (LEAVES["date"], "2012-02-29", date(2012, 2, 29)),
        (MONEY, "12.50", Decimal("12.50")),
        (MONEY, "-7", Decimal(-7)),
    ],
)
def test_plain_values_are_parsed(leaf: Leaf, plain: Json, value: object) -> None:
    assert leaf.parse(plain) == value


@pytest.mark.parametrize(
    ("leaf", "plain"),
    [
        (LEAVES["moment"], "2018-05-07T14:30:00"),
        (LEAVES["moment"], "2018-05-07"),
        (LEAVES["moment"], "2018-02-30T00:00:00Z"),
        (LEAVES["moment"], "2018-05-07T14:30:00.1234567Z"),
        (LEAVES["moment"], "0001-01-01T00:00:00+10:00"),
        (LEAVES["moment"], "2018-05-07T14:30:00+25:00"),
        (LEAVES["moment"], 1525703400),
        (LEAVES["date"], "20180507"),
        (LEAVES["date"], "2018-W19-1"),
        (LEAVES["date"], "2018-02-30"),
        (LEAVES["date"], None),
        (MONEY, 12.5),
        (MONEY, "1e3"),
        (MONEY, "12.505"),
        (MONEY, "Infinity"),
    ],
)
def test_plain_values_that_say_something_else_are_refused(leaf: Leaf, plain: Json) -> None:
    with pytest.raises(Unsound):
        leaf.parse(plain)


@pytest.mark.parametrize("leaf", LEAVES.values(), ids=LEAVES)
@pytest.mark.parametrize("value", [None, [], {}, math.inf, "\x00SECRET", -1, "UNRECOGNIZED"])
def test_no_fault_repeats_the_value(leaf: Leaf, value: object) -> None:
    with pytest.raises(Unsound) as caught:
        leaf.verify(value)

    assert "SECRET" not in caught.value.rule + caught.value.hint


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-9999, max_value=9999)
)
def test_decimals_come_back_from_their_bytes(number: Decimal) -> None:
    assert MONEY.load is not None
    assert MONEY.dump is not None
    assert MONEY.load(MONEY.dump(number)) == number


@given(st.integers(-(10**60) + 1, 10**60 - 1))
def test_decimals_wider_than_the_contexts_precision_are_exact(unscaled: int) -> None:
    assert WIDE.load is not None
    raw = unscaled.to_bytes(26, "big", signed=True)

    number = WIDE.load(raw)

    assert isinstance(number, Decimal)
    assert int(number.as_tuple().exponent) == -20
    assert WIDE.load(WIDE.dump(number)) == number
    assert WIDE.parse(str(WIDE.render(number))) == number


@pytest.mark.parametrize("raw", [b"\x0f\x42\x40", b"\x7f" * 1_000_000])
def test_decimal_bytes_beyond_the_precision_are_out_of_range(raw: bytes) -> None:
    assert MONEY.load is not None

    with pytest.raises(Unsound):
        MONEY.load(raw)


@given(st.datetimes(timezones=st.sampled_from([UTC, EST])).filter(lambda t: 1 < t.year < 9999))
def test_moments_come_back_to_the_microsecond(moment: datetime) -> None:
    leaf = leaves.moment()
    assert leaf.load is not None
    assert leaf.dump is not None

    assert leaf.load(leaf.dump(moment)) == moment


@pytest.mark.parametrize("micros", [-(2**63), 2**63 - 1, 253402300800000000, -62135596800000001])
def test_moments_beyond_the_calendar_are_out_of_range(micros: int) -> None:
    leaf = leaves.moment()
    assert leaf.load is not None

    with pytest.raises(Unsound):
        leaf.load(micros)


@pytest.mark.parametrize("days", [-(2**31), 2**31 - 1, 2932897, -719163])
def test_dates_beyond_the_calendar_are_out_of_range(days: int) -> None:
    leaf = leaves.day()
    assert leaf.load is not None

    with pytest.raises(Unsound):
        leaf.load(days)


def test_text_that_was_sound_once_is_still_checked_for_others() -> None:
    leaf = LEAVES["text"]
    leaf.verify("abc")

    with pytest.raises(Unsound):
        leaf.verify("ABC")


def test_the_unknown_symbol_is_told_apart_from_a_wrong_one() -> None:
    with pytest.raises(Unrecognized):
        LEAVES["symbol"].verify("UNRECOGNIZED")
