"""What a full disk, a damaged file and the like do: a clear error, and nothing half-written."""

from __future__ import annotations

import os
import resource
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from bus.audit.faults import FaultKind
from bus.audit.spool import audit_spool
from bus.errors import FaultError, UnavailableError, UsageError
from bus.publishing import entries
from bus.publishing.spool.connections import SpoolConnection, connect
from bus.publishing.spool.relaying import SpoolStore
from bus.publishing.spool.schema import migrate, migrations
from tests.integration.publishing.harness import TOPIC, custody
from tests.integration.publishing.spool.spools import SpoolFile, numbers_up_to

NOBODY = 65534


# A disk that is full.


def allow_no_growth(connection: SpoolConnection) -> None:
    """Let the file take no page more than it has."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")


@pytest.mark.promise("P2")
def test_on_a_full_disk_nothing_is_stored_and_no_number_is_lost(spool_file: SpoolFile) -> None:
    (before,) = spool_file.publish()
    spool = spool_file.spool()
    with closing(spool.connect()) as connection:
        allow_no_growth(connection)

        with pytest.raises(UnavailableError, match="no room left"), connection.transaction():
            spool.publish(connection, custody(500))
        connection.execute("PRAGMA max_page_count = 1000000")
        with connection.transaction():
            (after,) = spool.publish(connection, custody(1))

    assert (after.source, after.sequence) == (before.source, 2)
    assert spool_file.stored() == {before.source: [1, 2]}


@pytest.mark.promise("P2")
def test_a_caller_who_goes_on_after_a_full_disk_has_stored_no_part_of_the_events(
    spool_file: SpoolFile,
) -> None:
    (before,) = spool_file.publish()
    spool = spool_file.spool()
    with closing(spool.connect()) as connection:
        connection.execute("CREATE TABLE own (note TEXT)")
        allow_no_growth(connection)

        with suppress(UsageError), connection.transaction():
            connection.execute("INSERT INTO own VALUES ('before')")
            with pytest.raises(UnavailableError, match="no room left"):
                spool.publish(connection, custody(500))

    assert spool_file.stored() == {before.source: [1]}
    assert last_numbers(spool_file) == [1]


@pytest.mark.promise("P2")
def test_events_that_fail_halfway_leave_no_number_taken_when_the_caller_commits(
    spool_file: SpoolFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    (before,) = spool_file.publish()
    spool = spool_file.spool()
    monkeypatch.setattr(entries, "new_event_id", lambda: before.event_id)
    with closing(spool.connect()) as connection:
        connection.execute("CREATE TABLE own (note TEXT)")

        with connection.transaction():
            connection.execute("INSERT INTO own VALUES ('kept')")
            with pytest.raises(sqlite3.IntegrityError):
                spool.publish(connection, custody(3))
        kept = connection.execute("SELECT note FROM own").fetchall()

    assert kept == [("kept",)]
    assert last_numbers(spool_file) == [1]
    assert spool_file.stored() == {before.source: [1]}


def last_numbers(spool_file: SpoolFile) -> list[int]:
    """Return the last number that each stream has given."""
    with spool_file.looked_into() as connection:
        return [last for (last,) in connection.execute("SELECT last_sequence FROM spool_stream")]


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """Let this process write no file beyond a size: a write then fails as on a bad disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.promise("P2")
def test_when_the_commit_can_not_be_written_nothing_is_stored(spool_file: SpoolFile) -> None:
    (before,) = spool_file.publish()
    spool = spool_file.spool()
    with closing(spool.connect()) as connection:
        with (
            files_limited_to(20_000),
            pytest.raises(UnavailableError, match=r"can't be read or written|no room left"),
            connection.transaction(),
        ):
            spool.publish(connection, custody(200))
        with connection.transaction():
            (after,) = spool.publish(connection, custody(1))

    assert (after.source, after.sequence) == (before.source, 2)
    assert spool_file.stored() == {before.source: [1, 2]}


# A file that isn't what it should be.


@pytest.mark.parametrize("content", [b"not a database, whatever it is " * 200, os.urandom(8192)])
def test_what_is_no_database_is_refused_and_left_as_it_is(
    spool_file: SpoolFile, content: bytes
) -> None:
    spool_file.path.write_bytes(content)

    with pytest.raises(UnavailableError, match="damaged, or isn't a spool"):
        spool_file.publish()

    assert spool_file.path.read_bytes() == content


def test_another_programs_database_is_refused(spool_file: SpoolFile) -> None:
    with spool_file.looked_into() as connection:
        connection.execute("PRAGMA user_version = 7")

    with pytest.raises(UsageError, match="another program"):
        spool_file.publish()


def test_another_owners_spool_is_refused(spool_file: SpoolFile) -> None:
    spool_file.publish()

    with pytest.raises(UsageError, match="is that of dhs"):
        connect(spool_file.path, "doj")


def flip(path: Path, offset: int, count: int = 64) -> None:
    """Turn every bit of some bytes of a file around."""
    content = bytearray(path.read_bytes())
    content[offset : offset + count] = bytes(byte ^ 0xFF for byte in content[offset:][:count])
    path.write_bytes(content)


def root_page(spool_file: SpoolFile, name: str) -> int:
    """Return where in the file a table or an index begins."""
    with spool_file.looked_into() as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (page,) = connection.execute(query, [name]).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    return int((page - 1) * size)


@pytest.mark.promise("P2")
@pytest.mark.parametrize("table", ["spool_stream", "spool_event", "spool_state"])
def test_a_damaged_page_stops_publishing_and_is_found_by_the_audit(
    spool_file: SpoolFile, table: str
) -> None:
    spool_file.publish(200)
    flip(spool_file.path, root_page(spool_file, table))

    with pytest.raises(UnavailableError, match="is damaged"):
        spool_file.publish()

    assert is_found_damaged(spool_file)


def is_found_damaged(spool_file: SpoolFile) -> bool:
    """Whether the audit says that the file is damaged, or can't even open it for that reason."""
    try:
        _, faults = audit_spool(spool_file.path, "dhs")
    except UnavailableError as error:
        return "is damaged" in str(error)
    return [fault.kind for fault in faults] == [FaultKind.DAMAGED]


@pytest.mark.promise("P2")
async def test_an_event_whose_bytes_changed_is_not_sent(spool_file: SpoolFile) -> None:
    spool_file.publish(3)
    with spool_file.looked_into() as connection:
        (value,) = connection.execute("SELECT value FROM spool_event WHERE sequence = 2").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    flip(spool_file.path, spool_file.path.read_bytes().index(value) + 20, count=1)

    relay = await SpoolStore.open(spool_file.path, "dhs")
    with pytest.raises(FaultError, match=r"event 2 of .* is damaged"):
        await relay.lowest_unconfirmed(TOPIC, 10)
    await relay.close()

    _, (fault,) = audit_spool(spool_file.path, "dhs")
    assert (fault.kind, fault.ranges) == (FaultKind.CHANGED, ((2, 3),))


# A power cut. None can be made here, so the settings that outlast one are looked at.


def test_a_commit_is_on_disk_when_it_returns(spool_file: SpoolFile) -> None:
    with closing(spool_file.spool().connect()) as connection:
        settings = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous")
        ]

    assert settings == ["wal", 2]


# A version that isn't ours.


def test_a_later_version_is_refused(spool_file: SpoolFile) -> None:
    spool_file.publish()
    with spool_file.looked_into() as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(UnavailableError, match="version 99"):
        spool_file.publish()


def test_an_earlier_version_is_brought_forward_with_all_that_it_holds(
    spool_file: SpoolFile,
) -> None:
    spool_file.publish(3)
    steps = [*migrations(), "CREATE TABLE spool_more (a TEXT);\nALTER TABLE spool_more ADD b TEXT;"]

    with spool_file.looked_into() as connection:
        migrate(connection, spool_file.path, steps)
        migrate(connection, spool_file.path, steps)
        version = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("INSERT INTO spool_more (a, b) VALUES ('', '')")

    assert version == (len(steps),)
    assert list(spool_file.stored().values()) == [numbers_up_to(3)]


def test_a_step_that_fails_leaves_the_version_before_it(spool_file: SpoolFile) -> None:
    spool_file.publish()
    steps = [*migrations(), "CREATE TABLE spool_more (a TEXT);\nINSERT INTO nowhere VALUES (1);"]

    with spool_file.looked_into() as connection:
        with pytest.raises(sqlite3.OperationalError):
            migrate(connection, spool_file.path, steps)
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'spool_more'")
        left = tables.fetchall()

    assert left == []
    assert spool_file.publish()[0].sequence == 2


# A place that can't be used.


@contextmanager
def unwritable(folder: Path) -> Iterator[None]:
    """Take away the right to write there; root gives up its rights meanwhile."""
    folder.chmod(0o555)
    was_root = os.geteuid() == 0
    if was_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if was_root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_directory_that_can_not_be_written_is_named() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            unwritable(folder),
            pytest.raises(UnavailableError, match=r"Permission denied.*to be written by this user"),
        ):
            SpoolFile(folder / "events.spool").publish()

        assert list(folder.iterdir()) == []


def test_a_directory_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "missing"

    with pytest.raises(UnavailableError, match="No such file or directory"):
        SpoolFile(missing / "events.spool").publish()

    assert not missing.exists()


# A caller's own statements.


def test_a_callers_own_rows_stand_or_fall_with_the_events(spool_file: SpoolFile) -> None:
    spool = spool_file.spool()
    with closing(spool.connect()) as connection:
        connection.execute("CREATE TABLE own (note TEXT)")
        with connection.transaction():
            connection.execute("INSERT INTO own VALUES ('kept')")
            (published,) = spool.publish(connection, custody(1))
        with suppress(sqlite3.OperationalError), connection.transaction():
            connection.execute("INSERT INTO own VALUES ('undone')")
            spool.publish(connection, custody(1))
            connection.execute("INSERT INTO nowhere VALUES (1)")
        kept = connection.execute("SELECT note FROM own").fetchall()

    assert kept == [("kept",)]
    assert spool_file.stored() == {published.source: [1]}


def test_a_transaction_that_a_caller_began_otherwise_is_refused(spool_file: SpoolFile) -> None:
    spool = spool_file.spool()
    with closing(spool.connect()) as connection:
        connection.execute("BEGIN IMMEDIATE")

        with pytest.raises(UsageError, match=r"with connection\.transaction"):
            spool.publish(connection, custody(1))
        with pytest.raises(UsageError, match="open already"), connection.transaction():
            pass

    assert spool_file.stored() == {}


def test_a_transaction_that_a_caller_ended_within_its_block_is_told(spool_file: SpoolFile) -> None:
    with (
        closing(spool_file.spool().connect()) as connection,
        pytest.raises(UsageError, match="ended before its block did"),
        connection.transaction(),
    ):
        connection.execute("ROLLBACK")


def test_another_process_that_writes_for_too_long_is_told(
    spool_file: SpoolFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool_file.publish()
    with (
        closing(spool_file.spool().connect()) as connection,
        spool_file.looked_into() as other,
    ):
        connection.execute("PRAGMA busy_timeout = 50")
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(UnavailableError, match="has been busy"), connection.transaction():
            pass
