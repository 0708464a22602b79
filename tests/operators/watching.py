"""Real Prometheus and Alertmanager, with the committed configuration at a faster pace.

What an operator waits for minutes, a test can't. So looks are a second apart, the waits of alerts
and the windows of their expressions are shortened, and the webhooks lead to the test. Everything
else is as committed; thresholds too.
"""

from __future__ import annotations

import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bus.local import ports
from bus.local.ports import HOST
from bus.local.waiting import wait_until
from tests.operators.alerts import ROOT, RULES, load
from tests.operators.debian import program

FASTER = 60
LEAST_SECONDS = 5
START_LIMIT_SECONDS = 60.0
STOP_LIMIT_SECONDS = 15.0
COMMITTED_WEBHOOKS = "http://notifications:9096"

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WINDOW = re.compile(r"\[(\d+)([smhd])\]")
_DURATION = re.compile(r"(\d+)([smhd])")


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, and where it answers."""

    url: str
    log: Path


@contextmanager
def alertmanager(directory: Path, webhooks: str) -> Iterator[Server]:
    """Run Alertmanager with the committed routes and inhibitions until the block ends."""
    port = ports.find_free()
    config = directory / "alertmanager.yml"
    config.write_text(quick_alertmanager(webhooks))
    arguments = (
        f"--config.file={config}",
        f"--storage.path={directory / 'alertmanager'}",
        f"--web.listen-address={HOST}:{port}",
        "--cluster.listen-address=",
    )
    with _running("prometheus-alertmanager", arguments, port, directory) as server:
        yield server


@contextmanager
def prometheus(directory: Path, alerts_to: Server) -> Iterator[Server]:
    """Run Prometheus with the committed rules; `write_targets` says what it looks at."""
    port = ports.find_free()
    config = directory / "prometheus.yml"
    config.write_text(yaml.safe_dump(quick_prometheus(alerts_to)))
    (directory / "rules").mkdir()
    for file in RULES.glob("*.yml"):
        (directory / "rules" / file.name).write_text(yaml.safe_dump(quick_rules(file)))
    arguments = (
        f"--config.file={config}",
        f"--storage.tsdb.path={directory / 'prometheus'}",
        "--rules.alert.resend-delay=5s",  # what fires before Alertmanager is found, comes again
        f"--web.listen-address={HOST}:{port}",
    )
    with _running("prometheus", arguments, port, directory) as server:
        yield server


def quick_alertmanager(webhooks: str) -> str:
    """Return the committed configuration, with the waits of a test and its webhooks."""
    text = (ROOT / "deploy/alertmanager/alertmanager.yml").read_text()
    quick = re.sub(r"group_(wait|interval): \w+", r"group_\1: 1s", text)
    return quick.replace(COMMITTED_WEBHOOKS, webhooks)


def quick_prometheus(alerts_to: Server) -> dict[str, Any]:
    """Return the committed configuration, with a look each second."""
    config = load(ROOT / "deploy/prometheus/prometheus.yml")
    paces = ("scrape_interval", "scrape_timeout", "evaluation_interval")
    config["global"] = dict.fromkeys(paces, "1s")
    found = {"targets": [alerts_to.url.removeprefix("http://")]}
    config["alerting"] = {"alertmanagers": [{"static_configs": [found]}]}
    return config


def write_targets(directory: Path, urls: Sequence[str]) -> None:
    """Say where services answer, as an operator does: Prometheus notices the change by itself."""
    targets = directory / "targets"
    targets.mkdir(exist_ok=True)
    content = [{"targets": [each.removeprefix("http://") for each in urls]}]
    new = targets / "services.new"
    new.write_text(yaml.safe_dump(content))
    new.replace(targets / "services.yml")


def quick_rules(file: Path) -> dict[str, Any]:
    """Return a file's rules, with shorter windows and waits."""
    content = load(file)
    for group in content["groups"]:
        for rule in group["rules"]:
            rule["expr"] = _WINDOW.sub(lambda found: f"[{_shorter(*found.groups())}]", rule["expr"])
            if wait := _DURATION.fullmatch(rule.get("for", "")):
                rule["for"] = _shorter(*wait.groups(), least=1)
    return content


def _shorter(number: str, unit: str, least: int = LEAST_SECONDS) -> str:
    return f"{max(int(number) * _UNITS[unit] // FASTER, least)}s"


@contextmanager
def _running(name: str, arguments: Sequence[str], port: int, directory: Path) -> Iterator[Server]:
    log = directory / f"{name}.log"
    server = Server(f"http://{HOST}:{port}", log)
    with ExitStack() as ending:
        stderr = ending.enter_context(log.open("wb"))
        process = subprocess.Popen(
            [program(name), *arguments], stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr
        )
        ending.callback(_stop, process)

        def is_settled() -> bool:
            return process.poll() is not None or is_ready(server)

        assert wait_until(is_settled, START_LIMIT_SECONDS), log.read_text()[-2000:]
        assert process.poll() is None, log.read_text()[-2000:]
        yield server


def is_ready(server: Server) -> bool:
    """Tell whether the server says that it does its work."""
    try:
        with urllib.request.urlopen(f"{server.url}/-/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
