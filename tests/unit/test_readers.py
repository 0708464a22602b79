"""Who may read what, by the catalogue."""

from __future__ import annotations

from bus.topics import CUSTODY_EVENT, topics_of


def test_custody_events_are_read_by_hhs_the_bus_and_the_agency_that_writes_them() -> None:
    readers = {topic.owner: topic.readers for topic in topics_of(CUSTODY_EVENT)}

    assert readers == {owner: {"hhs", "bus", owner} for owner in ("doj", "dhs", "hhs")}
