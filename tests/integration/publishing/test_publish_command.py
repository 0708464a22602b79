"""`bus publish` as a person runs it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from uuid import UUID

import pytest

from bus.cli.app import run
from bus.codec.plain import to_plain
from bus.codec.schemas import packaged
from bus.events import Draft
from bus.topics import find_topic
from tests.integration.publishing.harness import TOPIC, Rig, custody
from tests.unit.publishing.drafts import sound


@pytest.fixture
def environment(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """Let the command meet the test's broker, prefix and database."""
    monkeypatch.setenv("BUS_BOOTSTRAP", rig.bootstrap)
    monkeypatch.setenv("BUS_DATABASE_URL", rig.database_url)
    monkeypatch.setenv("BUS_TOPIC_PREFIX", rig.names.prefix)
    return rig


def line(draft: Draft, source: str = "dhs.e3") -> str:
    """Return the line that says this draft."""
    schema = packaged().latest(find_topic(draft.topic).schema)
    content = {
        "topic": draft.topic,
        "source": source,
        "mode": draft.mode.value,
        "data": to_plain(schema, draft.data),
    }
    return json.dumps(content)


def sound_lines(count: int) -> list[str]:
    """Return lines of custody events."""
    return [line(draft) for draft in custody(count)]


def write(folder: Path, lines: list[str]) -> str:
    """Write the lines to a file, and return its path."""
    path = folder / "events.ndjson"
    path.write_text("\n".join(lines))
    return str(path)


async def test_a_file_is_published_whole_with_a_line_for_each_event(
    environment: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, [*sound_lines(3), "", line(sound("doj.policy-notice.v1"), "doj")])

    code = await asyncio.to_thread(run, ["publish", path, "--json"])

    printed = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert [each["line"] for each in printed] == [1, 2, 3, 5]
    assert [each["sequence"] for each in printed] == [1, 2, 3, 1]
    assert [each["topic"] for each in printed] == [TOPIC] * 3 + ["doj.policy-notice.v1"]
    assert all(UUID(each["event_id"]).version == 7 for each in printed)
    assert await environment.number("SELECT count(*) FROM dhs.outbox") == 3
    assert await environment.number("SELECT count(*) FROM doj.outbox") == 1


async def test_for_people_a_line_is_id_topic_and_sequence(
    environment: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, sound_lines(1))

    await asyncio.to_thread(run, ["publish", path])

    event_id, topic, sequence = capsys.readouterr().out.split()
    assert UUID(event_id).version == 7
    assert (topic, sequence) == (TOPIC, "1")


async def test_one_faulty_line_refuses_the_file_and_names_every_fault(
    environment: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, [*sound_lines(2), "{", line(sound(TOPIC, agency="hhs.orr"))])

    code = await asyncio.to_thread(run, ["publish", path])

    told = capsys.readouterr().err
    assert code == 2
    assert "line 3: (the line)" in told
    assert "line 4: data.agency" in told
    assert await environment.number("SELECT count(*) FROM dhs.outbox") == 0


async def test_keep_going_publishes_the_sound_lines_and_exits_1(
    environment: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, ["{", *sound_lines(2)])

    code = await asyncio.to_thread(run, ["publish", path, "--keep-going", "--json"])

    printed = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert code == 1
    assert [each["line"] for each in printed] == [1, 2, 3]
    assert [fault["path"] for fault in printed[0]["faults"]] == ["(the line)"]
    assert await environment.number("SELECT count(*) FROM dhs.outbox") == 2


@pytest.mark.promise("P2")
async def test_when_one_owners_database_is_away_no_line_is_published(
    environment: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUS_DATABASE_URL_DOJ", "postgresql://bus@127.0.0.1:1/bus")
    path = write(tmp_path, [*sound_lines(1), line(sound("doj.policy-notice.v1"), "doj")])

    code = await asyncio.to_thread(run, ["publish", path])

    assert code == 5
    assert await environment.number("SELECT count(*) FROM dhs.outbox") == 0


async def test_wait_returns_when_kafka_has_every_event(environment: Rig, tmp_path: Path) -> None:
    path = write(tmp_path, sound_lines(30))

    async with environment.relaying():
        code = await asyncio.to_thread(run, ["publish", path, "--wait"])

    assert code == 0
    assert len(environment.read()) == 30


async def test_wait_without_a_relay_ends_with_5_and_the_events_stay_stored(
    environment: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, sound_lines(2))

    code = await asyncio.to_thread(run, ["publish", path, "--wait", "--timeout", "0.2"])

    assert code == 5
    assert "2 of 2 events" in capsys.readouterr().err
    assert await environment.number("SELECT count(*) FROM dhs.outbox") == 2


async def test_a_simulated_clock_cannot_publish_to_a_real_bus(
    environment: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUS_CLOCK_FILE", str(tmp_path / "clock"))
    path = write(tmp_path, sound_lines(1))

    code = await asyncio.to_thread(run, ["publish", path])

    assert code == 2
    assert await environment.number("SELECT count(*) FROM dhs.outbox") == 0
