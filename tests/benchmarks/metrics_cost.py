"""What metrics cost: hhs-intake that counts, against hhs-intake that doesn't.

`python -m tests.benchmarks.metrics_cost` is what `make bench-metrics` runs. Both read the same
records, each round in another order. What is compared is CPU per event, round by round: a busy
machine changes rates more than metrics do. Exit 1 where the cost is above the limit.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from bus.local.service_process import ServiceProcess
from tests.benchmarks.contenders import Load, Ours, Running, settings_of
from tests.benchmarks.ground import Ground, ground
from tests.benchmarks.records import TOPIC, Maker, produce, sound
from tests.benchmarks.report import machine, table
from tests.benchmarks.rounds import Measurement, play

PREFIX = "cost."
RESULTS = Path(__file__).with_name("METRICS.md")
LIMIT = 0.03
ON, OFF = "metrics on", "metrics off"


@dataclass(frozen=True, slots=True)
class Unmeasured(Ours):
    """hhs-intake that counts nothing."""

    def start(self, ground: Ground, database_url: str, load: Load) -> Running:
        """Start it, and wait until it holds its partitions."""
        log = ground.directory / "unmeasured.log"
        settings = settings_of(ground, database_url, load.prefix)
        program = [sys.executable, "-m", "tests.benchmarks.unmeasured"]
        service = ServiceProcess(settings, ["hhs-intake"], log, program=program)
        running = Running([service.process], [log])
        try:
            service.await_ready()
        except BaseException:
            running.stop()
            raise
        return running


@dataclass(frozen=True, slots=True)
class Round:
    """The same records, with metrics and without."""

    on: Measurement
    off: Measurement

    @property
    def cost(self) -> float:
        """How much more CPU an event took with metrics: a share."""
        return self.on.cpu_microseconds / self.off.cpu_microseconds - 1


def measure(own: Ground, records: int, rounds: int) -> list[Round]:
    """Play the rounds; who begins changes."""
    own.make_topics(PREFIX)
    produce(own.bootstrap, PREFIX + TOPIC, sound(Maker(), records))
    load = Load(PREFIX, records)
    contenders = [Ours(ON), Unmeasured(OFF)]
    played = []
    for number in range(rounds):
        order = contenders if number % 2 == 0 else contenders[::-1]
        found = {each.name: play(own, each, load) for each in order}
        played.append(Round(found[ON], found[OFF]))
        print(f"round {number + 1}: {played[-1].cost:+.1%} CPU per event", file=sys.stderr)
    return played


def page_of(rounds: list[Round], records: int) -> str:
    """Return the results as a page."""
    {ON: [each.on for each in rounds], OFF: [each.off for each in rounds]}
    rows = [
        (
            name,
            f"{statistics.median(each.cpu_microseconds for each in found):.1f}",
            f"{statistics.median(each.rate for each in found):,.0f}",
        )
        for name, found in (
            (ON, [each.on for each in rounds]),
            (OFF, [each.off for each in rounds]),
        )
    ]
    costs = sorted(each.cost for each in rounds)
    return "\n".join(
        [
            "# What metrics cost",
            "",
            f"hhs-intake on {records:,} custody events, {len(rounds)} rounds, medians. "
            f"`make bench-metrics` wrote this. {machine()}",
            "",
            table(("", "CPU µs per event", "events/s"), rows),
            "",
            f"An event takes {statistics.median(costs):+.1%} CPU with metrics (rounds "
            f"{costs[0]:+.1%} to {costs[-1]:+.1%}); the limit is {LIMIT:.0%}.",
            "",
        ]
    )


def main() -> None:
    """Measure, write the page, and exit 1 where metrics cost too much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--no-page", action="store_true", help="print the page, write nothing")
    chosen = parser.parse_args()
    with ground() as own:
        rounds = measure(own, chosen.records, chosen.rounds)
    page = page_of(rounds, chosen.records)
    print(page)
    if not chosen.no_page:
        RESULTS.write_text(page, encoding="utf-8")
    sys.exit(statistics.median(each.cost for each in rounds) > LIMIT)


if __name__ == "__main__":
    main()
