"""Each story, played on one bus, meets its expectations; its page says what it shows."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from bus.local.stack import Addresses
from bus.scenarios import load_scenarios
from bus.scenarios.page import page_of
from bus.scenarios.playing import Played, play_together
from bus.scenarios.running import Ground
from bus.scenarios.story import Story
from tests.acceptance import readme
from tests.stack import Cluster

PAGES = readme.ROOT / "deploy" / "stories"
STORIES = {
    telling.name: telling
    for scenario in load_scenarios()
    for telling in scenario.tellings
    if isinstance(telling, Story)
}


@pytest.fixture(scope="module")
def played(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    """Give what came of every story; all of them are played on one bus."""
    addresses = Addresses(cluster.bootstrap, cluster.database_url, cluster.cluster_id)
    ground = Ground(addresses, tmp_path_factory.mktemp("stories"))
    told = play_together(list(STORIES.values()), ground, lambda _: None, lambda _: None)
    return {each.telling.name: each for each in asyncio.run(told)}


@pytest.mark.promise("P1")
@pytest.mark.promise("P8")
@pytest.mark.parametrize("name", STORIES)
def test_a_story_meets_every_expectation(played: dict[str, Played], name: str) -> None:
    unmet = [line.text for line in played[name].lines if not line.is_met]

    assert unmet == []
    assert len(played[name].lines) > len(STORIES[name].steps)


def test_no_story_begins_before_another_has_ended() -> None:
    spans = sorted((story.begins, story.steps[-1].at) for story in STORIES.values())

    assert [later for (_, end), later in pairwise(spans) if later[0] <= end] == []


@pytest.mark.parametrize("name", STORIES)
def test_the_steps_of_a_story_go_on_in_time(name: str) -> None:
    moments = [step.at for step in STORIES[name].steps]

    assert all(earlier < later for earlier, later in pairwise(moments))


@pytest.mark.parametrize("name", STORIES)
def test_the_page_of_a_story_is_what_the_story_says(name: str) -> None:
    page: Path = PAGES / f"{name}.md"

    assert page.read_text(encoding="utf-8") == page_of(STORIES[name]), (
        f"write it anew: bus demo {name} --page > deploy/stories/{name}.md"
    )
