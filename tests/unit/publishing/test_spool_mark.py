"""When a spool can go on under its store id."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from bus.publishing.spool.mark import Mark, MarkFile, State, find_break

OURS, ANOTHERS = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize("seen", [0, 6, 7])
def test_a_spool_that_has_all_that_its_mark_has_seen_goes_on(seen: int) -> None:
    assert find_break(State(OURS, 7), Mark(OURS, seen)) is None


@pytest.mark.promise("P2")
@pytest.mark.parametrize(
    ("state", "mark"),
    [
        (State(None, 0), None),
        (State(None, 0), Mark(OURS, 0)),
        (State(OURS, 7), None),
        (State(OURS, 7), Mark(OURS, 8)),
        (State(OURS, 7), Mark(ANOTHERS, 7)),
        (State(OURS, 7), Mark(ANOTHERS, 0)),
    ],
)
def test_any_other_takes_an_id_of_its_own(state: State, mark: Mark | None) -> None:
    assert find_break(state, mark)


def test_a_mark_never_takes_back_what_it_has_seen(tmp_path: Path) -> None:
    spool = tmp_path / "events.spool"
    spool.touch()
    mark = MarkFile(spool)
    mark.begin(Mark(OURS, 5))

    for state in (State(OURS, 9), State(OURS, 8), State(ANOTHERS, 12)):
        mark.advance(state)

    assert mark.read() == Mark(OURS, 9)


def test_only_a_publisher_begins_a_mark(tmp_path: Path) -> None:
    mark = MarkFile(tmp_path / "events.spool")

    mark.advance(State(OURS, 9))

    assert mark.read() is None
    assert list(tmp_path.iterdir()) == []
