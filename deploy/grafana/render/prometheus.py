"""A real Prometheus over a made-up day. promtool and prometheus are Debian's."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bus.errors import UnavailableError
from bus.local.ports import HOST, find_free
from deploy.grafana.render.programs import program

START_LIMIT_SECONDS = 60
CONFIGURATION = "global: {scrape_interval: 1m}\n"


@contextmanager
def prometheus_over(folder: Path, lines: Iterable[str]) -> Iterator[httpx.Client]:
    """Give a client of a Prometheus that knows the day; it ends with the block."""
    data = _blocks(folder, lines)
    configuration = folder / "prometheus.yml"
    configuration.write_text(CONFIGURATION)
    address = f"{HOST}:{find_free()}"
    server = subprocess.Popen(
        [
            program("prometheus", "prometheus"),
            f"--config.file={configuration}",
            f"--storage.tsdb.path={data}",
            "--storage.tsdb.retention.time=100y",
            f"--web.listen-address={address}",
            "--log.level=error",
        ]
    )
    try:
        with httpx.Client(base_url=f"http://{address}", timeout=30, trust_env=False) as client:
            _wait_until_ready(client, server)
            yield client
    finally:
        server.terminate()
        server.wait()


def _blocks(folder: Path, lines: Iterable[str]) -> Path:
    """Write the day into Prometheus's own files, and return where they are."""
    text, data = folder / "day.txt", folder / "data"
    with text.open("w") as file:
        file.writelines(lines)
    promtool = program("promtool", "prometheus")
    command = [
        promtool,
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        "--quiet",
        str(text),
        str(data),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return data


def _wait_until_ready(client: httpx.Client, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if client.get("/-/ready").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise UnavailableError("Prometheus did not become ready; what it said stands above")
