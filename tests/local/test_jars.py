"""Kafka's jars are what the committed list says, or they aren't used."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bus.errors import FaultError, UnavailableError
from bus.local import jars as jars_module
from bus.local.jars import class_path, ensure_jars, expected_jars, fetch_environment, unsound

VICTIM = "pcollections-4.0.2.jar"


def say_nothing(_message: str) -> None:
    pass


@pytest.fixture
def copied_jars(jars: Path, tmp_path: Path) -> Path:
    """Give a copy that may be broken, with the download that it came from."""
    return Path(shutil.copytree(jars, tmp_path / "jars"))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")


def test_the_list_names_one_version_of_everything_that_kafka_needs() -> None:
    names = expected_jars()

    assert "kafka_2.13-4.3.1.jar" in names
    assert [name for name in names if name.startswith("kafka-clients-")] == [
        "kafka-clients-4.3.1.jar"
    ]
    assert all(len(digest) == 64 for digest in names.values())


def test_missing_and_changed_jars_are_noticed(tmp_path: Path) -> None:
    (tmp_path / "whole.jar").write_bytes(b"")
    (tmp_path / "changed.jar").write_bytes(b"x")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    wrong = unsound(tmp_path, {"whole.jar": empty, "changed.jar": empty, "missing.jar": empty})

    assert wrong == ["changed.jar", "missing.jar"]


def test_a_jar_that_is_not_in_the_list_is_not_on_the_class_path(tmp_path: Path) -> None:
    (tmp_path / "stray.jar").write_bytes(b"")

    assert "stray.jar" not in class_path(tmp_path)


@pytest.mark.usefixtures("no_network")
def test_a_half_written_jar_is_repaired(copied_jars: Path) -> None:
    victim = copied_jars / VICTIM
    victim.write_bytes(victim.read_bytes()[:1000])

    ensure_jars(copied_jars, say_nothing)

    assert unsound(copied_jars, expected_jars()) == []


def test_a_half_download_is_not_taken_for_whole(copied_jars: Path) -> None:
    [download] = (copied_jars / "download" / "maven").rglob(VICTIM)
    download.write_bytes(download.read_bytes()[:1000])

    jars_module._forget_unsound(copied_jars / "download", expected_jars())

    assert not download.exists()
    assert (
        len(list((copied_jars / "download" / "maven").rglob("*.jar"))) == len(expected_jars()) - 1
    )


@pytest.mark.usefixtures("no_network")
def test_without_a_network_the_error_says_what_to_check(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="could not be fetched from Maven Central") as caught:
        ensure_jars(tmp_path, say_nothing)

    assert "HTTPS_PROXY" in str(caught.value)
    assert (tmp_path / "download" / "jgo.log").stat().st_size > 0


@pytest.mark.usefixtures("no_network")
def test_jars_that_stay_wrong_are_refused(
    copied_jars: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = expected_jars() | {VICTIM: "0" * 64}
    monkeypatch.setattr(jars_module, "expected_jars", lambda: other)
    monkeypatch.setattr(jars_module, "_forget_unsound", lambda work, expected: None)

    with pytest.raises(FaultError, match=VICTIM):
        ensure_jars(copied_jars, say_nothing)


def test_the_download_keeps_off_the_users_home_and_keeps_the_proxy(tmp_path: Path) -> None:
    inherited = {
        "HOME": "/home/user",
        "M2_REPO": "/home/user/.m2",
        "HTTPS_PROXY": "http://proxy",
        "REQUESTS_CA_BUNDLE": "/certificates",
    }

    environment = fetch_environment(tmp_path, inherited)

    assert environment["HOME"] == str(tmp_path)
    assert environment["HTTPS_PROXY"] == "http://proxy"
    assert environment["REQUESTS_CA_BUNDLE"] == "/certificates"
    assert "M2_REPO" not in environment


def test_a_percent_sign_in_the_path_is_no_trouble_to_jgo() -> None:
    assert "cache_dir=/a%%b/cache\n" in jars_module.settings_of_jgo(Path("/a%b"))
