"""Whatever happens to a spool and its copies, no number of a source names two events."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bus.publishing.entries import Published
from tests.integration.publishing.harness import custody
from tests.integration.publishing.spool.spools import SpoolFile, numbers_up_to


class UndoneError(Exception):
    """What a caller's own statements may raise."""


class History(RuleBasedStateMachine):
    """One file in use, copied, restored in every way, and moved."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="spool"))
        self.present = SpoolFile(self.folder / "events.spool")
        self.backups: list[Path] = []
        self.given: dict[tuple[str, int], Published] = {}
        self.moves = 0
        self.publish(1)

    def teardown(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.folder)

    @rule(count=st.integers(1, 3))
    def publish(self, count: int) -> None:
        """Publish, and check that each number is new, and the next of its source."""
        for each in self.present.publish(count):
            assert (each.source, each.sequence) not in self.given
            assert each.sequence == 1 or (each.source, each.sequence - 1) in self.given
            self.given[each.source, each.sequence] = each

    @rule()
    def roll_back(self) -> None:
        """Publish in a transaction that comes to nothing."""
        spool = self.present.spool()
        with (
            closing(spool.connect()) as connection,
            suppress(UndoneError),
            connection.transaction(),
        ):
            spool.publish(connection, custody(2))
            raise UndoneError

    @rule()
    def back_up(self) -> None:
        """Copy the spool and its mark."""
        folder = self.folder / f"backup-{len(self.backups)}"
        folder.mkdir()
        shutil.copy2(self.present.mark, folder / "mark")
        self.backups.append(Path(shutil.copy2(self.present.path, folder / "spool")))

    @precondition(lambda self: self.backups)
    @rule(choice=st.integers(0, 99), anew=st.booleans(), with_mark=st.booleans())
    def restore(self, choice: int, anew: bool, with_mark: bool) -> None:
        """Bring a backup back, over the file or in a new one; a mark only into a new one."""
        backup = self.backups[choice % len(self.backups)]
        if anew:
            self.present.path.unlink()
        if anew and with_mark:
            self.present.mark.unlink()
            shutil.copyfile(backup.with_name("mark"), self.present.mark)
        shutil.copyfile(backup, self.present.path)

    @rule(with_mark=st.booleans())
    def move(self, with_mark: bool) -> None:
        """Call the file by another name, with its mark or without."""
        self.moves += 1
        moved = SpoolFile(self.folder / f"events-{self.moves}.spool")
        self.present.path.rename(moved.path)
        if with_mark:
            self.present.mark.rename(moved.mark)
        self.present = moved
        self.publish(1)  # and with it a mark, to be backed up

    @rule()
    def lose_the_mark(self) -> None:
        """Remove the mark, as the instructions say after a restoration."""
        self.present.mark.unlink()
        self.publish(1)

    @invariant()
    def every_source_is_whole(self) -> None:
        """No source has a hole in what the file holds of it."""
        for numbers in self.present.stored().values():
            assert numbers == numbers_up_to(len(numbers))


History.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.promise("P2")
class TestAnyHistory(History.TestCase):
    """No number is used twice, in any history."""
