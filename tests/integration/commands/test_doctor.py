"""`bus doctor`: each thing that is wrong is found, with words that mend it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from bus.clock import SystemClock
from bus.codec.schemas import packaged
from bus.deadletters.breakers import open_breaker
from bus.doctor import Check, State, examine
from bus.events import Draft
from bus.local.waiting import wait_until
from bus.publishing.spool import Spool
from bus.settings import Settings
from bus.storage.connections import connect
from bus.topics import GROUPS, OWNERS
from tests.integration.commands.conftest import CUSTODY, Worked, command_on
from tests.integration.tracker.world import World
from tests.records import custody_data

NOWHERE = "postgresql://bus:s3cret@127.0.0.1:1/bus"


def wrongs(settings: Settings) -> dict[str, Check]:
    """Return what is wrong, by what was looked at."""
    return {each.what: each for each in checks(settings) if each.state is State.WRONG}


def checks(settings: Settings) -> Sequence[Check]:
    return asyncio.run(examine(settings))


def test_a_bus_at_work_is_sound(world: World) -> None:
    with world.serving(*GROUPS, "relay") as services:
        assert wait_until(lambda: not any(each.unready() for each in services), 30)
        found = checks(world.settings)

    assert {each.state for each in found} == {State.SOUND}
    assert {each.what for each in found} >= {"broker", "topics", "schemas", "members of tracker"}


def test_whatever_is_wrong_is_told_with_what_mends_it_and_ends_with_1(worked: Worked) -> None:
    outcome = worked.world.shell("doctor")

    assert outcome.code == 1
    assert "members of hhs-intake: bus serve hhs-intake" in outcome.out
    assert "dead letters of hhs-intake: bus deadletters list --group hhs-intake" in outcome.out
    assert "4 wrong" in outcome.err


def test_json_has_every_check(
    worked: Worked, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = command_on(worked.world.settings, monkeypatch, capsys)

    found = command("doctor", "--json").json

    states = {each["what"]: (each["state"], each["mend"]) for each in found}
    assert states["broker"] == ("SOUND", None)
    assert states["members of tracker"] == ("WRONG", "bus serve tracker")


def test_a_broker_that_is_away_hides_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bus.topic_admin.TIMEOUT_SECONDS", 1.0)
    away = world.settings.model_copy(update={"bootstrap": "127.0.0.1:1"})

    found = {each.what: each for each in checks(away)}

    assert found["broker"].state is State.WRONG
    assert "BUS_BOOTSTRAP" in str(found["broker"].mend)
    assert {found[f"members of {group}"].state for group in GROUPS} == {State.UNKNOWN}
    assert {found[f"outbox of {owner}"].state for owner in OWNERS} == {State.SOUND}


def test_a_database_that_is_away_is_named_without_its_password(world: World) -> None:
    away = world.settings.model_copy(update={"database_url_hhs": NOWHERE})

    found = wrongs(away)

    told = found["database of hhs"]
    assert "BUS_DATABASE_URL_HHS" in str(told.mend)
    assert "s3cret" not in f"{told.found} {told.mend}"
    assert "database of bus" not in found


def test_a_schema_that_is_not_up_to_date_is_told(world: World) -> None:
    world.query("DELETE FROM migration WHERE name ~ '0001' RETURNING name", owner="dhs")

    told = wrongs(world.settings)["migrations of dhs"]

    assert told.mend == "bus migrate --owner dhs"


def test_a_migration_that_changed_after_it_ran_is_told(world: World) -> None:
    world.query("UPDATE migration SET digest = 'other' RETURNING name", owner="doj")

    assert "changed after they ran" in wrongs(world.settings)["migrations of doj"].found


def test_missing_topics_are_told(world: World) -> None:
    empty = world.settings.model_copy(update={"topic_prefix": "nobody-made-these."})

    assert wrongs(empty)["topics"].mend == "bus topics apply"


def test_an_open_breaker_is_told_with_its_reason(world: World) -> None:
    async def stop() -> None:
        connection = await connect(world.settings.database_url, "hhs")
        async with connection:
            await open_breaker(connection, "hhs-intake", "operator:o-4", "a schema is unknown")

    asyncio.run(stop())

    told = wrongs(world.settings)["breaker of hhs-intake"]
    assert "a schema is unknown" in told.found


def test_an_outbox_that_nobody_sends_is_told(world: World) -> None:
    world.publish(CUSTODY, custody_data())
    assert "outbox of dhs" not in wrongs(world.settings)
    world.query(
        "UPDATE outbox SET stored_at = now() - interval '5 minutes' RETURNING 1", owner="dhs"
    )

    assert "bus serve relay" in str(wrongs(world.settings)["outbox of dhs"].mend)


def test_tables_that_may_not_be_read_are_told(world: World) -> None:
    role = f"reader_{world.settings.topic_prefix.strip('.')}"
    address = urlsplit(world.settings.database_url)
    reader = address._replace(netloc=f"{role}:a-word@{address.netloc.rpartition('@')[2]}")
    settings = world.settings.model_copy(update={"database_url_hhs": urlunsplit(reader)})

    with psycopg.connect(world.settings.database_url, autocommit=True) as server:
        server.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'a-word'".encode())
        server.execute(f"GRANT USAGE ON SCHEMA hhs TO {role}".encode())
        server.execute(f"GRANT SELECT ON hhs.migration TO {role}".encode())
        try:
            told = wrongs(settings)["permissions of hhs"]
        finally:
            server.execute(f"DROP OWNED BY {role}".encode())
            server.execute(f"DROP ROLE {role}".encode())

    assert "custody_event" in told.found
    assert "GRANT" in str(told.mend)


def test_a_spool_is_looked_at_in_place_of_a_database(world: World, tmp_path: Path) -> None:
    path = tmp_path / "dhs.spool"
    settings = world.settings.model_copy(update={"spool_dhs": path})
    assert "BUS_SPOOL_DHS" in str(wrongs(settings)["spool of dhs"].mend)

    spool = Spool(path, "dhs", SystemClock(), packaged())
    connection = spool.connect()
    with connection.transaction():
        spool.publish(connection, [Draft(topic=CUSTODY, data=custody_data())])
    connection.close()

    found = {each.what: each for each in checks(settings)}
    assert found["spool of dhs"].found == "whole, 1 to be sent"
    assert found["disk under dhs's spool"].state is State.SOUND
