"""Kafka's jars: a directory that holds exactly what the committed list names.

The list (`jars.sha256`, as sha256sum writes it) is the authority: a jar that is missing, cut
short or changed is fetched again, and one that comes out different is refused.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

from bus.errors import FaultError, UnavailableError
from bus.local import wheels
from bus.local.diagnosis import advice_for
from bus.local.locks import exclusive

FETCH_LIMIT_SECONDS = 900.0
FETCH_TRIES = 3
_WORK = "download"
# Would lead jgo, or the tools under it, away from our directory.
_DROPPED_VARIABLES = ("JGO_CACHE_DIR", "M2_REPO", "CJDK_CACHE_DIR", "XDG_CACHE_HOME")


def parse_list(text: str) -> dict[str, str]:
    """Return the SHA-256 of each name."""
    pairs = (line.split() for line in text.splitlines())
    return {name: digest for digest, name in pairs}


def expected_jars() -> dict[str, str]:
    """Return the committed list: each jar's name and SHA-256."""
    return parse_list((files("bus.local") / "jars.sha256").read_text("ascii"))


def _digest(path: Path) -> str:
    with path.open("rb") as jar:
        return hashlib.file_digest(jar, "sha256").hexdigest()


def unsound(directory: Path, expected: Mapping[str, str]) -> list[str]:
    """Return the names that are missing from the directory, or not what the list says."""
    return [
        name
        for name, digest in expected.items()
        if not (directory / name).is_file() or _digest(directory / name) != digest
    ]


def class_path(directory: Path) -> str:
    """Return Java's class path: the jars of the list, and no other file that may lie there."""
    return ":".join(str(directory / name) for name in sorted(expected_jars()))


def fetch_environment(work: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for jgo: the caller's, so with its proxy and certificates, but
    every cache below `work`.
    """
    kept = {name: value for name, value in inherited.items() if name not in _DROPPED_VARIABLES}
    return kept | {
        "HOME": str(work),
        "JAVA_HOME": str(wheels.java_home()),
        "JGO_CONFIG_FILE": str(work / "jgo.conf"),
    }


def settings_of_jgo(work: Path) -> str:
    """Return jgo's configuration file. Its parser takes a lone `%` for the start of a name."""
    escaped = str(work).replace("%", "%%")
    return f"[settings]\ncache_dir={escaped}/cache\nrepo_cache={escaped}/maven\n"


def _run_jgo(work: Path) -> list[Path]:
    # An environment that a broken download left half made is accepted by the next call.
    shutil.rmtree(work / "cache", ignore_errors=True)
    (work / "jgo.conf").write_text(settings_of_jgo(work))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bus.local.fetch"],
            cwd=work,
            env=fetch_environment(work, os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FETCH_LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _unreachable(f"no end after {FETCH_LIMIT_SECONDS:.0f} s", work) from error
    (work / "jgo.log").write_text(done.stderr)
    if done.returncode != 0:
        raise _unreachable((done.stderr.strip().splitlines() or ["no message"])[-1], work)
    return [Path(line) for line in done.stdout.splitlines()]


def _unreachable(reason: str, work: Path) -> UnavailableError:
    advice = advice_for(reason)
    if advice:
        return UnavailableError(f"Kafka's jars could not be stored in {work}: {reason}\n{advice}")
    return UnavailableError(
        f"Kafka's jars could not be fetched from Maven Central: {reason}\n"
        "Check that this machine reaches it (HTTPS_PROXY names a proxy, REQUESTS_CA_BUNDLE your "
        f"own certificates), then run the command again. The whole story is in {work / 'jgo.log'}."
    )


def _forget_unsound(work: Path, expected: Mapping[str, str]) -> None:
    """Remove what an earlier download left broken, or jgo would take it for whole."""
    for jar in work.rglob("*.jar"):
        if _digest(jar) != expected.get(jar.name):
            jar.unlink()


def _place(jar: Path, directory: Path) -> None:
    """Put a jar in the directory in one step: never half of it is seen there."""
    arriving = directory / f".{jar.name}"
    arriving.unlink(missing_ok=True)
    try:
        os.link(jar, arriving)
    except OSError:  # a file system without hard links
        shutil.copyfile(jar, arriving)
    arriving.replace(directory / jar.name)


def _fetch(directory: Path, expected: Mapping[str, str]) -> None:
    work = directory / _WORK
    work.mkdir(exist_ok=True)
    _forget_unsound(work, expected)
    for jar in _run_jgo_stubbornly(work):
        if jar.name in expected:
            _place(jar, directory)


def _run_jgo_stubbornly(work: Path) -> list[Path]:
    """Try again after a passing fault of the network: what was fetched whole is kept."""
    for _ in range(FETCH_TRIES - 1):
        try:
            return _run_jgo(work)
        except UnavailableError:
            _forget_unsound(work, expected_jars())
    return _run_jgo(work)


def ensure_jars(directory: Path, say: Callable[[str], None]) -> None:
    """Make the directory hold every jar of the list, fetching what is missing or broken.

    Raises UnavailableError when Maven Central can't be reached, FaultError when what it serves
    isn't what the list says. Any number of processes may call this at once.
    """
    expected = expected_jars()
    with exclusive(directory / "lock", say):
        missing = unsound(directory, expected)
        if not missing:
            return
        say(f"fetching {len(missing)} of Kafka's {len(expected)} jars (60 MB in all)")
        _fetch(directory, expected)
        wrong = unsound(directory, expected)
    if wrong:
        raise FaultError(
            f"these of Kafka's jars are not what the committed list says: {', '.join(wrong)}. "
            f"Remove {directory} and run the command again; if it stays so, trust nothing that "
            "was fetched, and ask who serves Maven Central to this machine."
        )
