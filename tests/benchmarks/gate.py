"""How long an answer of the gate takes, and how many acknowledgements the tracker takes.

`python -m tests.benchmarks.gate` is what `make bench-gate` runs. Policies come through the real
topics; to have ten thousand large ones, what the tracker has stored of one is copied.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bus.clock import SystemClock
from bus.codec.schemas import packaged
from bus.events import Draft
from bus.local.service_process import ServiceProcess
from bus.publishing.outbox import Outbox
from bus.storage.connections import connect
from bus.topic_admin import create_topics
from bus.topics import Names, catalogue
from tests.benchmarks.contenders import settings_of
from tests.benchmarks.copies import copy_policy, require_derivable
from tests.benchmarks.ground import Ground, ground
from tests.benchmarks.report import machine, table
from tests.integration.tracker.world import acknowledgement_data, notice_data

PREFIX = "gate."
RESULTS = Path(__file__).with_name("GATE.md")
LIMIT_SECONDS = 300.0
ACCEPTED_PER_TRANSACTION = 500
DERIVED = 20
"""So many copies are derived from their facts: they must come to what was copied."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Milliseconds of one question after another, so many at once."""

    at_once: int
    asked: int
    p50: float
    p99: float
    worst: float


@dataclass(frozen=True, slots=True)
class Taken:
    """So many acknowledgements of so many policies, and how many a second the tracker applied."""

    policies: int
    acknowledgements: int
    per_second: float


def offices(count: int) -> list[str]:
    """Return names of HHS's offices."""
    return [f"hhs.field.o{number:03}" for number in range(count)]


class Bench:
    """A bus with relay, hhs-intake, tracker and gate, each its own process."""

    def __init__(self, own: Ground, url: str) -> None:
        self._url = url
        settings = settings_of(own, url, PREFIX)
        names = (["relay"], ["hhs-intake"], ["tracker"], ["gate"])
        self._services = [
            ServiceProcess(settings, each, own.directory / f"gate-{each[0]}.log") for each in names
        ]
        for each in self._services:
            each.await_ready()
        self.gate = self._services[-1].url

    def stop(self) -> None:
        """Stop every process."""
        for each in self._services:
            each.stop()

    def publish(self, owner: str, drafts: Sequence[Draft]) -> None:
        """Publish through an outbox, some hundred in a transaction."""
        asyncio.run(self._publish(owner, drafts))

    async def _publish(self, owner: str, drafts: Sequence[Draft]) -> None:
        outbox = Outbox(owner, SystemClock(), packaged())
        async with await connect(self._url, owner) as connection:
            for start in range(0, len(drafts), ACCEPTED_PER_TRANSACTION):
                async with connection.transaction():
                    part = drafts[start : start + ACCEPTED_PER_TRANSACTION]
                    await outbox.publish(connection, part)

    def query(self, statement: str, *values: object) -> Any:
        """Return the single value of a query."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            row = connection.execute(statement.encode(), values).fetchone()
        return row[0] if row else None

    def until(self, statement: str, expected: object) -> None:
        """Wait until a query gives this value."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while (found := self.query(statement)) != expected:
            assert time.monotonic() < deadline, f"{statement}: {found}, not {expected}"
            time.sleep(0.02)

    def announce(self, policy_ids: Iterable[str], required: Sequence[str]) -> None:
        """Publish a notice of each policy, and wait until the tracker has its receipt."""
        addressees = [{"office": office, "required": True} for office in required]
        wanted = list(policy_ids)
        before = self.query("SELECT count(*) FROM bus.fact_receipt")
        drafts = [
            Draft(topic="doj.policy-notice.v1", data=notice_data(each, addressees=addressees))
            for each in wanted
        ]
        self.publish("doj", drafts)
        self.until("SELECT count(*) FROM bus.fact_receipt", before + len(wanted))

    def accept(self, policy_ids: Iterable[str], accepting: Sequence[str]) -> Taken:
        """Let each office accept each policy; measure until the last is applied."""
        wanted = list(policy_ids)
        digests = {
            each: self.query(
                "SELECT state ->> 'material_digest' FROM bus.standing WHERE policy_id = %s", each
            )
            for each in wanted
        }
        drafts = [
            Draft(
                topic="hhs.acknowledgement.v1",
                data=acknowledgement_data(each, digests[each], office=office),
            )
            for each in wanted
            for office in accepting
        ]
        count = "SELECT count(*) FROM bus.fact WHERE kind = 'ACKNOWLEDGEMENT'"
        before = self.query(count)
        began = time.monotonic()
        self.publish("hhs", drafts)
        self.until(count, before + len(drafts))
        return Taken(len(wanted), len(drafts), len(drafts) / (time.monotonic() - began))

    def copy(self, policy_id: str, count: int) -> list[str]:
        """Store what is known of a policy again, under so many other ids."""
        copies = copy_policy(self._url, policy_id, count)
        require_derivable(self._url, copies, min(count, DERIVED))
        return copies

    def ask(self, policy_ids: Sequence[str], asked: int, at_once: int) -> Answers:
        """Ask about policies at random, so many at once."""
        return asyncio.run(self._ask(policy_ids, asked, at_once))

    async def _ask(self, policy_ids: Sequence[str], asked: int, at_once: int) -> Answers:
        chosen = iter(random.Random(asked).choices(policy_ids, k=asked))
        milliseconds: list[float] = []

        async def one_after_another(client: httpx.AsyncClient) -> None:
            for policy_id in chosen:
                began = time.perf_counter()
                said = await client.get(f"{self.gate}/v1/gate/{policy_id}")
                milliseconds.append((time.perf_counter() - began) * 1000)
                assert said.json()["announced"], said.text[:500]

        async with httpx.AsyncClient(timeout=30) as client:
            await asyncio.gather(*(one_after_another(client) for _ in range(at_once)))
        measured = sorted(milliseconds[asked // 10 :])
        return Answers(
            at_once,
            len(measured),
            statistics.median(measured),
            measured[int(len(measured) * 0.99)],
            measured[-1],
        )


def main() -> int:
    """Measure, print the page, and write it."""
    options = parse()
    with ground() as own, own.database() as url:
        create_topics(own.bootstrap, Names(PREFIX), list(catalogue().values()))
        bench = Bench(own, url)
        try:
            taken, answers = measure(bench, options)
        finally:
            bench.stop()
    command = " ".join(["python -m tests.benchmarks.gate", *sys.argv[1:]])
    text = page(command, options, taken, answers)
    options.results.write_text(text, "utf-8")
    sys.stdout.write(text)
    return 0


def measure(bench: Bench, options: argparse.Namespace) -> tuple[list[Taken], list[Answers]]:
    """Let acknowledgements come, then ask."""
    small = [f"doj/2026/small-{number:05}" for number in range(options.small)]
    two = ["hhs.orr.intake", "hhs.orr.director"]
    bench.announce(small, two)
    taken = [bench.accept(small, two)]
    large = "doj/2026/large"
    many = offices(options.offices)
    bench.announce([large], many)
    taken.append(bench.accept([large], [*two, *many]))
    others = bench.copy(large, options.policies)
    return taken, [bench.ask(others, options.asked, at_once) for at_once in (1, 8)]


def parse() -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.gate", description=__doc__)
    parser.add_argument(
        "--policies", type=int, default=10_000, help="that the gate may be asked of"
    )
    parser.add_argument("--offices", type=int, default=298, help="of each, beside HHS's own two")
    parser.add_argument("--small", type=int, default=2_000, help="policies of two offices")
    parser.add_argument("--asked", type=int, default=4_000, help="questions")
    parser.add_argument("--results", type=Path, default=RESULTS, help="where to write the page")
    return parser.parse_args()


def page(
    command: str, options: argparse.Namespace, taken: Sequence[Taken], answers: Sequence[Answers]
) -> str:
    """Return GATE.md."""
    of_taken = [
        (f"{t.policies:,}", f"{t.acknowledgements:,}", f"{t.per_second:,.0f}") for t in taken
    ]
    of_answers = [
        (str(a.at_once), f"{a.asked:,}", f"{a.p50:.1f}", f"{a.p99:.1f}", f"{a.worst:.1f}")
        for a in answers
    ]
    return "\n\n".join(
        [
            "# The gate's answers, and acknowledgements at the tracker",
            f"Written by `{command}` on {machine()}.",
            "Acknowledgements, from the first that is published until the last is applied and each "
            "policy derived; relay, hhs-intake, tracker and gate run on the same cores.",
            table(("policies", "acknowledgements", "a second"), of_taken),
            f"Answers over HTTP, each recorded before it is given, about one of "
            f"{options.policies:,} policies of {options.offices + 2} offices, chosen at random. "
            "The asker runs on the same cores. The target is 20 ms at the 99th percentile.",
            table(("at once", "asked", "p50 ms", "p99 ms", "worst ms"), of_answers),
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
