"""A rig on the run's broker and database."""

from __future__ import annotations

import pytest

from bus.topic_admin import create_topics
from bus.topics import Names, find_topic
from tests.integration.publishing.harness import TOPIC, Rig


@pytest.fixture
def rig(bootstrap: str, database_url: str, topic_prefix: str) -> Rig:
    """Give a rig whose one topic is that of DHS's custody events."""
    names = Names(topic_prefix)
    create_topics(bootstrap, names, [find_topic(TOPIC)])
    return Rig(bootstrap, database_url, names)
