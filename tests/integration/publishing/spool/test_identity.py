"""A store id names one file in one state of its life: what a copy publishes is another store's."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from bus.errors import UnavailableError
from bus.publishing.spool.mark import MarkFile
from bus.publishing.spool.relaying import SpoolStore
from tests.integration.publishing.harness import TOPIC, custody
from tests.integration.publishing.spool.spools import SpoolFile, numbers_up_to


def remember(spool_file: SpoolFile, folder: Path) -> Path:
    """Copy a spool and its mark, as a backup does; return the copy of the spool."""
    folder.mkdir()
    shutil.copy2(spool_file.mark, folder)
    return Path(shutil.copy2(spool_file.path, folder))


def test_one_file_stays_one_store_however_often_it_is_opened(spool_file: SpoolFile) -> None:
    sources = {spool_file.publish()[0].source for _ in range(5)}

    assert len(sources) == 1
    assert spool_file.stored() == {sources.pop(): numbers_up_to(5)}


@pytest.mark.promise("P2")
def test_an_old_copy_written_over_the_file_is_another_store(
    spool_file: SpoolFile, tmp_path: Path
) -> None:
    spool_file.publish(3)
    copy = remember(spool_file, tmp_path / "backup")
    (lost,) = spool_file.publish()

    spool_file.path.write_bytes(copy.read_bytes())
    (after,) = spool_file.publish()

    assert (after.sequence, after.source == lost.source) == (1, False)
    assert spool_file.stored() == {lost.source: [1, 2, 3], after.source: [1]}
    assert spool_file.reasons() == ["it is new", "it lacks what its mark has seen"]


@pytest.mark.promise("P2")
def test_an_old_copy_moved_into_the_files_place_is_another_store(
    spool_file: SpoolFile, tmp_path: Path
) -> None:
    spool_file.publish(3)
    copy = remember(spool_file, tmp_path / "backup")
    (lost,) = spool_file.publish()

    copy.replace(spool_file.path)
    (after,) = spool_file.publish()

    assert (after.sequence, after.source == lost.source) == (1, False)


@pytest.mark.promise("P2")
def test_a_backup_that_brings_its_mark_along_is_another_store(
    spool_file: SpoolFile, tmp_path: Path
) -> None:
    (before, *_) = spool_file.publish(3)
    copy = remember(spool_file, tmp_path / "backup")
    spool_file.publish()
    spool_file.path.unlink()
    spool_file.mark.unlink()

    shutil.copy2(copy, spool_file.path)
    shutil.copy2(copy.with_name(spool_file.mark.name), spool_file.mark)
    (after,) = spool_file.publish()

    assert (after.sequence, after.source == before.source) == (1, False)


@pytest.mark.promise("P2")
def test_an_old_mark_that_takes_the_inode_of_the_present_one_is_no_mark(
    spool_file: SpoolFile, tmp_path: Path
) -> None:
    (before, *_) = spool_file.publish(3)
    copy = remember(spool_file, tmp_path / "backup")
    spool_file.publish()
    mark = copy.with_name(spool_file.mark.name).read_bytes()

    spool_file.path.write_bytes(copy.read_bytes())
    spool_file.mark.unlink()
    spool_file.mark.write_bytes(mark)
    (after,) = spool_file.publish()

    assert (after.sequence, after.source == before.source) == (1, False)


@pytest.mark.promise("P2")
def test_a_copy_and_its_original_go_on_as_two_stores(spool_file: SpoolFile, tmp_path: Path) -> None:
    (first,) = spool_file.publish()
    copied = SpoolFile(remember(spool_file, tmp_path / "other"))

    (there,) = copied.publish()
    (here,) = spool_file.publish()

    assert (there.sequence, there.source == first.source) == (1, False)
    assert (here.sequence, here.source) == (2, first.source)


def test_after_its_restoration_a_store_goes_on_as_one(
    spool_file: SpoolFile, tmp_path: Path
) -> None:
    spool_file.publish()
    copy = remember(spool_file, tmp_path / "backup")
    spool_file.publish()
    spool_file.path.write_bytes(copy.read_bytes())

    after = [spool_file.publish()[0] for _ in range(3)]

    assert len({each.source for each in after}) == 1
    assert [each.sequence for each in after] == [1, 2, 3]


def test_a_file_that_was_moved_with_its_mark_goes_on(spool_file: SpoolFile, tmp_path: Path) -> None:
    (before,) = spool_file.publish()
    moved = SpoolFile(tmp_path / "elsewhere" / spool_file.path.name)

    spool_file.path.parent.rename(moved.path.parent)
    (after,) = moved.publish()

    assert (after.source, after.sequence) == (before.source, 2)


def test_a_file_that_was_moved_without_its_mark_is_another_store(
    spool_file: SpoolFile, tmp_path: Path
) -> None:
    (before,) = spool_file.publish()
    moved = SpoolFile(tmp_path / "moved.spool")

    spool_file.path.rename(moved.path)
    (after,) = moved.publish()

    assert (after.sequence, after.source == before.source) == (1, False)
    assert moved.reasons()[-1] == "its mark is missing, or is a copy"


def test_a_mark_that_is_half_written_is_no_mark(spool_file: SpoolFile) -> None:
    (before,) = spool_file.publish()
    spool_file.mark.write_bytes(spool_file.mark.read_bytes()[:100])

    (after,) = spool_file.publish()

    assert (after.sequence, after.source == before.source) == (1, False)


@pytest.mark.parametrize("replaced", [False, True], ids=["moved away", "replaced"])
def test_a_file_that_goes_while_it_is_open_takes_nothing_more(
    spool_file: SpoolFile, tmp_path: Path, replaced: bool
) -> None:
    spool, moved = spool_file.spool(), tmp_path / "moved.spool"
    with closing(spool.connect()) as connection:
        spool_file.path.rename(moved)
        if replaced:
            shutil.copy(moved, spool_file.path)

        with (
            pytest.raises(UnavailableError, match="moved or replaced while it was open"),
            connection.transaction(),
        ):
            spool.publish(connection, custody(1))
        left = connection.execute("SELECT count(*) FROM spool_event").fetchone()

    assert left == (0,)


@pytest.mark.promise("P2")
async def test_what_the_relay_sends_is_known_to_the_mark_first(
    spool_file: SpoolFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool_file.publish()
    copy = remember(spool_file, tmp_path / "backup")
    with monkeypatch.context() as failing:
        failing.setattr(MarkFile, "advance", refuse)
        (late,) = spool_file.publish()

    relay = await SpoolStore.open(spool_file.path, "dhs")
    records = await relay.lowest_unconfirmed(TOPIC, 10)
    await relay.close()
    spool_file.path.write_bytes(copy.read_bytes())
    (after,) = spool_file.publish()

    assert [each.sequence for each in records] == [1, late.sequence]
    assert (after.sequence, after.source == late.source) == (1, False)


def refuse(*_: object) -> None:
    """Fail as a disk does."""
    raise UnavailableError("the mark can't be written")


async def test_a_relay_on_a_file_that_goes_sends_nothing_more(
    spool_file: SpoolFile, tmp_path: Path
) -> None:
    spool_file.publish()
    relay = await SpoolStore.open(spool_file.path, "dhs")
    spool_file.path.rename(tmp_path / "moved.spool")

    with pytest.raises(UnavailableError, match="moved or replaced"):
        await relay.lowest_unconfirmed(TOPIC, 10)

    await relay.close()


def test_only_its_user_may_read_it(spool_file: SpoolFile) -> None:
    spool_file.publish()

    modes = {path.name: path.stat().st_mode & 0o077 for path in spool_file.path.parent.iterdir()}

    assert set(modes.values()) == {0}
    assert os.path.basename(spool_file.mark) in modes
