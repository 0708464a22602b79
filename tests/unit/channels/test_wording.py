"""What messages say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bus.channels.message import Words
from bus.channels.wording import (
    Matter,
    clearance_changed,
    finding,
    ladder_step,
    overdue,
    reminder,
)
from bus.events import Mode

DUE = datetime(2018, 5, 6, 12, tzinfo=UTC)


def matter(mode: Mode = Mode.ACTUAL) -> Matter:
    return Matter(
        policy_id="doj/2018/zero-tolerance",
        mode=mode,
        office="hhs.orr.intake",
        revision=2,
        material_digest="a" * 64,
        delivered_at=datetime(2018, 4, 6, 12, tzinfo=UTC),
        due_at=DUE,
        effective_at=datetime(2018, 6, 1, tzinfo=UTC),
    )


def every_kind(mode: Mode) -> dict[str, Words]:
    about = matter(mode)
    return {
        "reminder": reminder(about, 80),
        "overdue": overdue(about),
        "ladder step": ladder_step(about, "hhs.oig", 2),
        "clearance": clearance_changed(about, ["A new text is there."], owes_decision=True),
        "finding": finding(
            about, kind="LATE_NOTICE", finding_id="f-1", what="It came late.", needed="Look."
        ),
    }


@pytest.mark.parametrize("kind", every_kind(Mode.ACTUAL))
def test_every_message_names_the_policy_what_to_do_and_the_command(kind: str) -> None:
    words = every_kind(Mode.ACTUAL)[kind]

    assert "doj/2018/zero-tolerance" in words.subject
    assert "What to do: " in words.text
    assert "\n    bus " in words.text
    assert words.facts["commands"]


@pytest.mark.promise("P8")
@pytest.mark.parametrize("mode", [Mode.EXERCISE, Mode.TEST])
@pytest.mark.parametrize("kind", every_kind(Mode.ACTUAL))
def test_the_first_word_of_what_is_not_real_says_so(kind: str, mode: Mode) -> None:
    words = every_kind(mode)[kind]

    assert words.subject.split()[0] == mode.value
    assert words.text.startswith(mode.value)


@pytest.mark.parametrize("kind", ["reminder", "overdue", "ladder step"])
def test_whoever_waits_for_a_decision_says_by_when_and_how(kind: str) -> None:
    words = every_kind(Mode.ACTUAL)[kind]

    assert "2018-05-06 12:00 UTC" in words.text
    assert "bus acknowledge doj/2018/zero-tolerance --office hhs.orr.intake" in words.text
    assert words.facts["due_at"] == DUE.isoformat()
