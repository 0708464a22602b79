"""What a user is told when the machine is in the way."""

from __future__ import annotations

import errno
from collections import namedtuple
from pathlib import Path

import pytest

from bus.errors import UnavailableError
from bus.local import diagnosis

Usage = namedtuple("Usage", "total used free")


def test_the_last_lines_of_a_dead_server_are_shown(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))

    message = str(diagnosis.died("Kafka", log))

    assert message.startswith(f"Kafka did not start. The last lines of {log}:\n  line 85\n")
    assert message.endswith("  line 99")


@pytest.mark.parametrize(
    ("last_words", "advice"),
    [
        ("java.io.IOException: No space left on device", "disk is full"),
        ('could not bind IPv4 address "127.0.0.1": Address already in use', "port"),
        ("os::commit_memory failed; error='Cannot allocate memory'", "memory"),
    ],
)
def test_known_last_words_come_with_advice(tmp_path: Path, last_words: str, advice: str) -> None:
    log = tmp_path / "log"
    log.write_text(last_words)

    assert advice in str(diagnosis.died("Kafka", log)).splitlines()[-1]


def test_a_server_that_said_nothing_is_told_of_all_the_same(tmp_path: Path) -> None:
    assert "(it printed nothing)" in str(diagnosis.died("Kafka", tmp_path / "log"))


def test_a_disk_that_is_too_full_is_named_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis.shutil, "disk_usage", lambda _: Usage(0, 0, 100 * 2**20))

    with pytest.raises(UnavailableError, match=rf"disk is full: {tmp_path} has 100 MB free"):
        diagnosis.require_space(tmp_path)


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "may not use")]
)
def test_the_systems_refusals_say_what_to_do(tmp_path: Path, number: int, said: str) -> None:
    refusal = OSError(number, "refused", str(tmp_path / "file"))

    with (
        pytest.raises(UnavailableError, match=f"{said}.*") as caught,
        diagnosis.system_errors(tmp_path),
    ):
        raise refusal

    assert str(tmp_path / "file") in str(caught.value)
    assert caught.value.exit_code == 5
