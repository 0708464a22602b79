"""What outbox and spool both promise: to those who publish, and to the relay."""

from __future__ import annotations

import asyncio
import json
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bus.errors import FaultError, FencedError, InvalidEventError, UsageError
from bus.events import Draft, Mode, new_event_id
from bus.publishing import entries as entries_module
from bus.publishing.entries import Published
from bus.publishing.sessions import PublishingSession, open_relay_store, open_session
from bus.publishing.spool.connections import connect as connect_spool
from bus.publishing.store import Placement, RelayStore, StoredRecord
from bus.settings import Settings
from bus.storage.connections import connect
from tests.integration.publishing.harness import TOPIC, custody, until
from tests.unit.publishing.drafts import sound

OWNER = "dhs"
NOTICES = "dhs.policy-notice.v1"


def notice() -> Draft:
    """Return a notice of DHS."""
    return sound(NOTICES, policy_id="dhs/2018/referrals", issuing_office="dhs.plcy")


class UndoneError(Exception):
    """What a caller's own statements may raise."""


def undo() -> None:
    """Make a transaction roll back."""
    raise UndoneError


@dataclass(frozen=True, slots=True)
class Store:
    """A store of either kind; `events` and `confirmations` are its tables."""

    settings: Settings
    events: str
    confirmations: str

    @asynccontextmanager
    async def session(self) -> AsyncIterator[PublishingSession]:
        """Publish in a session of its own."""
        session = await open_session(self.settings, OWNER)
        try:
            yield session
        finally:
            await session.close()

    async def publish(self, drafts: Sequence[Draft]) -> list[Published]:
        """Publish in a session and a transaction of their own."""
        async with self.session() as session, session.transaction():
            return await session.publish(drafts)

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[RelayStore]:
        """Relay in a session of its own."""
        store = await open_relay_store(self.settings, OWNER)
        try:
            yield store
        finally:
            await store.close()

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return what a statement gives; it is committed."""
        spool = self.settings.spool_of(OWNER)
        if spool is not None:
            with closing(connect_spool(spool, OWNER)) as opened:
                return list(opened.execute(query).fetchall())
        async with await connect(self.settings.database_url_of(OWNER), OWNER) as connection:
            cursor = await connection.execute(query.encode())
            return list(await cursor.fetchall()) if cursor.description else []

    async def stored(self) -> int:
        """Return how many events are stored, sent or not."""
        return len(await self.rows(f"SELECT 1 FROM {self.events}"))


@pytest.fixture(params=["outbox", "spool"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Give an empty store of each kind; only one of them needs a database."""
    if request.param == "spool":
        settings = Settings(spool_dhs=tmp_path / "events.spool")
        return Store(settings, "spool_event", "spool_confirmation")
    settings = Settings(database_url=request.getfixturevalue("database_url"))
    return Store(settings, "outbox", "outbox_confirmation")


def placements(records: Sequence[StoredRecord]) -> list[Placement]:
    """Return where Kafka might have put these records."""
    return [
        Placement(record.source, record.sequence, partition=3, offset=100 + index)
        for index, record in enumerate(records)
    ]


# To those who publish.


async def test_events_are_numbered_from_one_for_each_source_and_topic(store: Store) -> None:
    first = await store.publish(custody(2) + custody(1, system="dhs.e3"))
    second = await store.publish([*custody(1), notice()])

    assert [each.sequence for each in first] == [1, 2, 1]
    assert [each.sequence for each in second] == [3, 1]
    assert {each.source.partition("/")[0] for each in first} == {"dhs", "dhs.e3"}
    assert len({each.source.partition("/")[2] for each in first + second}) == 1


@pytest.mark.promise("P2")
async def test_a_transaction_that_rolls_back_publishes_nothing_and_takes_no_number(
    store: Store,
) -> None:
    (before,) = await store.publish(custody(1))

    with suppress(UndoneError):
        async with store.session() as session, session.transaction():
            await session.publish(custody(3))
            undo()
    (after,) = await store.publish(custody(1))

    assert (after.source, after.sequence) == (before.source, 2)
    assert await store.stored() == 2


async def test_publishing_outside_a_transaction_is_refused(store: Store) -> None:
    async with store.session() as session:
        with pytest.raises(UsageError, match="open transaction"):
            await session.publish(custody(1))

    assert await store.stored() == 0


async def test_publishing_nothing_takes_no_number(store: Store) -> None:
    assert await store.publish([]) == []

    (published,) = await store.publish(custody(1))

    assert published.sequence == 1


async def test_one_event_in_fault_refuses_all_and_every_fault_is_told(store: Store) -> None:
    drafts = custody(3)
    drafts[0] = sound(TOPIC, agency="hhs.orr")
    drafts[2] = sound(TOPIC, event_kind="DANCED", subject_id="nobody")

    async with store.session() as session, session.transaction():
        with pytest.raises(InvalidEventError) as refusal:
            await session.publish(drafts)

    assert {fault.path for fault in refusal.value.faults} == {
        "[0].data.agency",
        "[2].data.event_kind",
        "[2].data.subject_id",
    }
    assert await store.stored() == 0


async def test_what_kafka_would_not_take_is_refused(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries_module, "MAX_VALUE_BYTES", 20)

    with pytest.raises(InvalidEventError, match="size"):
        await store.publish(custody(1))


async def test_several_calls_in_one_transaction_go_on_counting(store: Store) -> None:
    async with store.session() as session, session.transaction():
        first = await session.publish(custody(2))
        second = await session.publish(custody(1))

    assert [each.sequence for each in first + second] == [1, 2, 3]


@pytest.mark.promise("P2")
async def test_publishers_at_once_leave_no_hole_and_no_double(store: Store) -> None:
    async def publish_often(seed: int) -> list[Published]:
        chance = random.Random(seed)
        published = []
        async with store.session() as session:
            for _ in range(10):
                drafts = [*custody(2), *custody(2, system="dhs.e3"), notice()]
                chance.shuffle(drafts)
                with suppress(UndoneError):
                    async with session.transaction():
                        these = await session.publish(drafts)
                        if chance.random() < 0.3:
                            undo()
                    published += these
        return published

    def publisher(seed: int) -> list[Published]:
        return asyncio.run(publish_often(seed))

    found = await asyncio.gather(*(asyncio.to_thread(publisher, seed) for seed in range(5)))

    numbers = defaultdict(list)
    for each in (each for published in found for each in published):
        numbers[each.topic, each.source].append(each.sequence)
    assert len(numbers) == 3
    for taken in numbers.values():
        assert sorted(taken) == list(range(1, len(taken) + 1))


# To the relay.


async def test_the_backlog_tells_what_waits_and_since_when(store: Store) -> None:
    began = datetime.now(UTC) - timedelta(seconds=1)
    await store.publish([*custody(3), *custody(2, system="dhs.e3"), notice()])

    async with store.relaying() as relay:
        backlog = await relay.backlog()

    assert {each.topic: each.depth for each in backlog} == {TOPIC: 5, NOTICES: 1}
    assert all(began < each.oldest < began + timedelta(seconds=60) for each in backlog)


@pytest.mark.promise("P2")
async def test_what_is_not_committed_is_not_relayed(store: Store) -> None:
    async with store.relaying() as relay, store.session() as session:
        async with session.transaction():
            await session.publish(custody(2))
            during = await relay.lowest_unconfirmed(TOPIC, 10)
        after = await relay.lowest_unconfirmed(TOPIC, 10)

    assert during == []
    assert [each.sequence for each in after] == [1, 2]


async def test_a_record_has_every_header_of_its_event(store: Store) -> None:
    cause = new_event_id()
    draft = Draft(
        topic=TOPIC,
        system="dhs.e3",
        mode=Mode.EXERCISE,
        data=custody(1)[0].data,
        causation_id=cause,
        headers=(("note", "größer"),),
    )
    (published,) = await store.publish([draft])

    async with store.relaying() as relay:
        (record,) = await relay.lowest_unconfirmed(TOPIC, 10)

    headers = {name: value.decode() for name, value in record.headers}
    assert [name for name, _ in record.headers] == [
        "ce_sequence",
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_time",
        "ce_subject",
        "ce_dataschema",
        "ce_recordedtime",
        "ce_mode",
        "content-type",
        "ce_causationid",
        "note",
    ]
    assert headers["ce_id"] == str(published.event_id)
    assert headers["ce_source"] == record.source == published.source
    assert headers["ce_sequence"] == "0000000000000000001"
    assert headers["ce_subject"] == record.key.decode() == draft.data["family_group_id"]
    assert (headers["ce_mode"], headers["note"]) == ("EXERCISE", "größer")
    assert headers["ce_causationid"] == str(cause)
    assert record.value[:2] == b"\xc3\x01"


@pytest.mark.promise("P4")
async def test_records_come_in_order_and_sources_share_the_limit(store: Store) -> None:
    await store.publish(custody(50))
    await store.publish(custody(3, system="dhs.e3"))

    async with store.relaying() as relay:
        records = await relay.lowest_unconfirmed(TOPIC, 10)

    numbers = defaultdict(list)
    for record in records:
        numbers[record.source.partition("/")[0]].append(record.sequence)
    assert numbers == {"dhs": [1, 2, 3, 4, 5], "dhs.e3": [1, 2, 3]}


async def test_what_is_confirmed_is_past_and_kept_with_its_place(store: Store) -> None:
    (first, *_) = await store.publish([*custody(5), notice()])

    async with store.relaying() as relay:
        records = await relay.lowest_unconfirmed(TOPIC, 3)
        await relay.confirm(TOPIC, placements(records))
        following = await relay.lowest_unconfirmed(TOPIC, 10)
        backlog = await relay.backlog()
    async with store.session() as session:
        reached = await session.confirmed_sequences([TOPIC])

    assert [each.sequence for each in following] == [4, 5]
    assert {each.topic: each.depth for each in backlog} == {TOPIC: 2, NOTICES: 1}
    assert reached == {(TOPIC, first.source): 3}
    assert await store.stored() == 6
    assert sorted(
        await store.rows(f"SELECT sequence, partition, kafka_offset FROM {store.confirmations}")
    ) == [(1, 3, 100), (2, 3, 101), (3, 3, 102)]


async def test_when_all_is_confirmed_nothing_waits(store: Store) -> None:
    await store.publish([*custody(2), *custody(2, system="dhs.e3")])

    async with store.relaying() as relay:
        await relay.confirm(TOPIC, placements(await relay.lowest_unconfirmed(TOPIC, 10)))

        assert await relay.backlog() == []
        assert await relay.lowest_unconfirmed(TOPIC, 10) == []


@pytest.mark.promise("P2")
async def test_what_another_relay_has_confirmed_is_confirmed_once(store: Store) -> None:
    await store.publish(custody(3))

    async with store.relaying() as relay, store.relaying() as late:
        records = await late.lowest_unconfirmed(TOPIC, 10)
        await relay.confirm(TOPIC, placements(records[:2]))
        with pytest.raises(FencedError):
            await late.confirm(TOPIC, placements(records[::-1]))
        left = await late.lowest_unconfirmed(TOPIC, 10)

    assert [each.sequence for each in left] == [3]
    assert len(await store.rows(f"SELECT 1 FROM {store.confirmations}")) == 2


@pytest.mark.promise("P2")
async def test_nothing_is_given_past_a_hole(store: Store) -> None:
    await store.publish(custody(5))
    await store.rows(f"DELETE FROM {store.events} WHERE sequence = 3")

    async with store.relaying() as relay:
        with pytest.raises(FaultError, match="lacks event 3"):
            await relay.lowest_unconfirmed(TOPIC, 10)


@pytest.mark.promise("P4")
async def test_a_topic_has_one_relay_until_that_one_ends(store: Store) -> None:
    async with store.relaying() as waiting:
        async with store.relaying() as working:
            held = [await working.try_lock(TOPIC), await working.try_lock(NOTICES)]
            refused = await waiting.try_lock(TOPIC)
        await until(lambda: waiting.try_lock(TOPIC))

    assert held == [True, True]
    assert not refused


async def test_headers_are_json_in_the_store(store: Store) -> None:
    await store.publish(custody(1))

    ((headers,),) = await store.rows(f"SELECT CAST(headers AS text) FROM {store.events}")

    assert ["ce_mode", "ACTUAL"] in json.loads(str(headers))
