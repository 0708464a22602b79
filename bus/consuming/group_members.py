"""Who consumes in a group now, by what the broker says. Its answers block."""

from __future__ import annotations

from bus.topic_admin import ask, connect
from bus.topics import Names

REQUEST_SECONDS = 5.0


def count_members(bootstrap: str, names: Names, group: str) -> int:
    """Return how many members the group has; raise UnavailableError if the broker is away.

    A member that was killed counts until its session is over.
    """
    name = names.on_broker(group)
    admin = connect(bootstrap)  # one that nobody holds any more gives no answer
    answers = admin.describe_consumer_groups([name], request_timeout=REQUEST_SECONDS)
    return len(ask(bootstrap, answers[name].result).members)
