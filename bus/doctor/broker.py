"""The broker: is it there, and has it the topics of the catalogue?"""

from __future__ import annotations

from collections.abc import Iterator

from bus.doctor.checks import Check, sound, unknown, wrong
from bus.errors import UnavailableError
from bus.settings import Settings
from bus.topic_admin import Drift, find_drift
from bus.topics import catalogue

BROKER = "broker"
TOPICS = "topics"


def check_broker(settings: Settings) -> list[Check]:
    """Look at the broker and its topics. Blocks for seconds where nobody answers."""
    try:
        drift = find_drift(settings.bootstrap, settings.names)
    except UnavailableError as error:
        mend = f"start Kafka at {settings.bootstrap}, or set BUS_BOOTSTRAP to where it is"
        return [wrong(BROKER, str(error), mend), unknown(TOPICS, "the broker is away")]
    here = sound(BROKER, f"answers at {settings.bootstrap}")
    return [here, *(_check_drift(drift) if drift else _all_present())]


def _all_present() -> Iterator[Check]:
    yield sound(TOPICS, f"all {len(catalogue())} are as the catalogue says")


def _check_drift(drift: list[Drift]) -> Iterator[Check]:
    missing = [each.topic for each in drift if each.what == "topic" and each.found == "missing"]
    if missing:
        yield wrong(TOPICS, f"{len(missing)} missing: {', '.join(missing)}", "bus topics apply")
    for each in drift:
        if each.what != "topic":
            found = f"{each.what} is {each.found}, not {each.wanted}"
            mend = (
                f"set {each.what} of {each.topic} to {each.wanted} with Kafka's own tools, then "
                "bus topics check"
            )
            yield wrong(f"topic {each.topic}", found, mend)
        elif each.found == "exists":
            yield wrong(
                f"topic {each.topic}",
                "looks like one of the bus, and isn't in the catalogue",
                "find out who made it; delete it, or give this bus a BUS_TOPIC_PREFIX of its own",
            )
