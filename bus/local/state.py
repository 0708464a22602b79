"""What the local stack remembers between two commands: `.local/state.json`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bus.errors import FaultError
from bus.local.processes import ProcessIdentity


@dataclass(frozen=True, slots=True)
class State:
    """The stack's memory.

    `uid` is the user whose stack it is. `cluster_id` is Kafka's, given at formatting.
    `postgres_home` holds Postgres's programs and data; it lies outside of `.local` when the
    stack belongs to root. A port is the one last used, and is asked for again, so that
    addresses stay what they were.
    """

    uid: int
    cluster_id: str
    postgres_home: str
    postgres_password: str
    kafka_port: int = 0
    kafka_controller_port: int = 0
    postgres_port: int = 0
    kafka: ProcessIdentity | None = None
    postgres: ProcessIdentity | None = None
    is_kafka_formatted: bool = False


_ADAPTER = TypeAdapter(State)


def load_state(path: Path) -> State | None:
    """Return what was saved, or None when nothing was.

    Raises FaultError when the file can't be read as a state.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    try:
        return _ADAPTER.validate_json(text)
    except ValidationError as error:
        raise FaultError(
            f"{path} can't be read as the state of a local stack. Stop its Kafka and Postgres by "
            f"hand if they run (`ps -ef | grep {path.parent}`), remove {path.parent}, and start "
            "again."
        ) from error


def save_state(path: Path, state: State) -> None:
    """Save the state in one step; only its owner may read it, since a password is in it."""
    arriving = path.with_suffix(".new")
    descriptor = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(state), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    arriving.replace(path)
