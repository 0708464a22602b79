"""All contenders side by side: in each round everybody once, each round in another order."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from tests.benchmarks.contenders import Load, Ours, Peer
from tests.benchmarks.filled import fill, play_filled
from tests.benchmarks.ground import Ground
from tests.benchmarks.records import (
    POISON_EVERY,
    TOPIC,
    Maker,
    produce,
    sound,
    with_poison,
)
from tests.benchmarks.rounds import Measurement, play, watch

Say = Callable[[str], None]

OURS = "hhs-intake, every guarantee on"
COPY = "confluent-kafka + fastavro + COPY, no guarantees"
LOOP = "aiokafka + fastavro + dedupe, one transaction per 1,000, by hand"
PER_MESSAGE = "FastStream per message, ACK, one insert"
QUIX = "quixstreams with its PostgreSQL sink"
FAUST = "faust-streaming, batches of 1,000"
POISON = "hhs-intake, 1 % poison"
FILLED = "hhs-intake, filled table"
TWO = "hhs-intake, 2 workers"
FOUR = "hhs-intake, 4 workers"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many records a round has: for the fast, for those that take single records, for Quix
    Streams and Faust; and how many rows fill the filled table (0 leaves it out)."""

    many: int
    few: int
    some: int
    filled: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who takes part, and how it plays a round."""

    name: str
    play: Callable[[], Measurement]


Results = dict[str, list[Measurement]]


def hold(ground: Ground, sizes: Sizes, say: Say) -> Results:
    """Play every round; return each contender's measurements, round by round."""
    with ExitStack() as kept:
        entries = Entries(ground, sizes, kept, say).all()
        results: Results = {entry.name: [] for entry in entries}
        for number in range(sizes.rounds):
            for entry in entries[number % len(entries) :] + entries[: number % len(entries)]:
                measured = entry.play()
                results[entry.name].append(measured)
                say(f"round {number + 1}: {measured.rate:9,.0f}/s  {entry.name}")
    return results


class Entries:
    """Makes the contenders and the records that they share."""

    def __init__(self, ground: Ground, sizes: Sizes, kept: ExitStack, say: Say) -> None:
        self._ground = ground
        self._sizes = sizes
        self._kept = kept
        self._say = say
        self._prefixes = (f"live{number}." for number in itertools.count())
        many = self.load("many.", sizes.many)
        few = self.load("few.", sizes.few)
        some = self.load("some.", sizes.some)
        poison = self.poisoned_load("poison.", sizes.many)
        self._entries = [
            self.entry(Peer(COPY, "copy_by_hand", "peer.copied"), many),
            self.entry(Peer(LOOP, "loop_by_hand"), many),
            self.entry(Peer(PER_MESSAGE, "faststream_per_message"), few),
            self.entry(Peer(QUIX, "quix_sink"), some),
            self.entry(Peer(FAUST, "faust_agent"), some),
            self.entry(Ours(OURS), many),
            self.entry(Ours(POISON), poison),
            Entry(TWO, lambda: self.play_live(Ours(TWO, workers=2))),
            Entry(FOUR, lambda: self.play_live(Ours(FOUR, workers=4))),
        ]

    def all(self) -> list[Entry]:
        """Return everybody."""
        if self._sizes.filled:
            self._entries.append(self.filled())
        return self._entries

    def entry(self, contender: Ours | Peer, load: Load) -> Entry:
        """Return a contender that reads what is in its topic already."""
        return Entry(contender.name, lambda: play(self._ground, contender, load))

    def load(self, prefix: str, count: int) -> Load:
        """Make topics of their own with so many sound records."""
        self._ground.make_topics(prefix)
        produce(self._ground.bootstrap, prefix + TOPIC, sound(Maker(), count))
        return Load(prefix, count)

    def poisoned_load(self, prefix: str, count: int) -> Load:
        """The same, with every hundredth record cut off."""
        self._ground.make_topics(prefix)
        produce(self._ground.bootstrap, prefix + TOPIC, with_poison(Maker(), count))
        return Load(prefix, count, poison=count // POISON_EVERY)

    def play_live(self, contender: Ours) -> Measurement:
        """Send the records once all workers hold their partitions: else the first had them all."""
        load = Load(next(self._prefixes), self._sizes.many)
        self._ground.make_topics(load.prefix)
        records = list(sound(Maker(), load.records))
        try:
            with self._ground.database() as url:
                running = contender.start(self._ground, url, load)
                produce(self._ground.bootstrap, load.prefix + TOPIC, iter(records))
                return watch(running, contender.table, url, load)
        finally:
            self._ground.remove_topics(load.prefix)

    def filled(self) -> Entry:
        """Fill a database, which every round then adds to."""
        began = time.monotonic()
        url = self._kept.enter_context(self._ground.database())
        fill(url, self._sizes.filled)
        self._say(f"stored {self._sizes.filled:,} events in {time.monotonic() - began:.0f} s")
        return Entry(FILLED, lambda: self.play_filled(url))

    def play_filled(self, url: str) -> Measurement:
        """Play a round with new records: the old ones would be duplicates."""
        load = self.load(next(self._prefixes), self._sizes.many)
        try:
            return play_filled(self._ground, url, load)
        finally:
            self._ground.remove_topics(load.prefix)
