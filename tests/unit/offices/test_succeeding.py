"""Which notices take the place of an older policy, and which are baselines."""

from __future__ import annotations

import pytest

from bus.errors import UsageError
from bus.events import Mode
from bus.notices.facts import AnyFact, NoticeFact, Stage
from bus.offices.baseline import as_baseline, refuse_no_baseline
from bus.offices.succeeding import Successor, refuse_void_succession, warnings_of_succession
from tests.unit.notices.stories import (
    POLICY,
    agreement,
    announced_story,
    cancel,
    day,
    notice,
)
from tests.unit.offices.known import known

NEWER = "doj/2018/newer"


def newer(**details: object) -> NoticeFact:
    """Return a notice that takes the old policy's place on day 100."""
    given = {"policy_id": NEWER, "effective": 100, "supersedes": POLICY, **details}
    return notice(**given)  # type: ignore[arg-type]


def test_a_newer_policy_ends_an_older_one_whether_it_is_announced_or_not() -> None:
    old = known(announced_story())

    refuse_void_succession(newer(), old)
    (warning,) = warnings_of_succession(newer(), old)

    assert "ends at 2018-04-11T00:00:00+00:00, whether this is announced by then or not" in warning


def test_a_proposal_replaces_nothing_and_says_so() -> None:
    (warning,) = warnings_of_succession(newer(stage=Stage.PROPOSED), known(announced_story()))

    assert "goes on until a FINAL notice" in warning


def test_a_notice_in_another_mode_ends_nothing() -> None:
    with pytest.raises(UsageError, match="publish in mode ACTUAL"):
        refuse_void_succession(newer(mode=Mode.EXERCISE), known(announced_story()))


@pytest.mark.parametrize(
    "ending",
    [cancel(99), newer(policy_id="doj/2018/other", effective=90)],
    ids=["cancelled", "superseded"],
)
def test_what_has_ended_before_is_replaced_by_nothing(ending: AnyFact) -> None:
    with pytest.raises(UsageError, match="has ended by"):
        refuse_void_succession(newer(), known([*announced_story(), ending]))


def test_a_newer_policy_may_have_a_second_revision() -> None:
    refuse_void_succession(newer(revision=2), known([*announced_story(), newer()]))


def test_the_file_and_the_option_name_one_older_policy() -> None:
    content = Successor(content={"title": "t"}, of=POLICY).completed
    with pytest.raises(UsageError, match="leave one of them out"):
        _ = Successor(content={"supersedes": NEWER}, of=POLICY).completed

    assert content == {"title": "t", "supersedes": POLICY}


def test_a_baseline_is_in_force_already_and_older_than_any_agreement() -> None:
    old = notice(effective=5, instrument="BASELINE")

    refuse_no_baseline(old, [], [agreement(begins=6)], day(10))
    with pytest.raises(UsageError, match="isn't in force yet"):
        refuse_no_baseline(old, [], [], day(5))
    with pytest.raises(UsageError, match="under agreement hhs-doj"):
        refuse_no_baseline(old, [], [agreement(begins=4)], day(10))


def test_a_baseline_was_not_announced_otherwise_and_claims_no_emergency() -> None:
    old = notice(effective=5, instrument="BASELINE")
    urgent = notice(effective=5, instrument="BASELINE", emergency_ends=40)

    with pytest.raises(UsageError, match="announced otherwise"):
        refuse_no_baseline(old, [notice(effective=5)], [], day(10))
    with pytest.raises(UsageError, match="leave `emergency` out"):
        refuse_no_baseline(urgent, [], [], day(10))


def test_a_file_that_names_another_instrument_is_no_baseline() -> None:
    with pytest.raises(UsageError, match="bus notice publish"):
        as_baseline({"instrument": "RULE"})
    assert as_baseline({}) == {"instrument": "BASELINE"}
