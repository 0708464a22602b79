"""What the local stack remembers between two commands: `.local/state.json`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bus.errors import FaultError, UsageError
from bus.local.ports import Detour
from bus.local.processes import ProcessIdentity


@dataclass(frozen=True, slots=True)
class BrokerState:
    """One broker, numbered from 1. `detour` is there where clients may come round by a proxy."""

    number: int
    port: int = 0
    controller_port: int = 0
    detour: Detour | None = None
    is_formatted: bool = False
    process: ProcessIdentity | None = None


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
    brokers: tuple[BrokerState, ...]
    postgres_port: int = 0
    postgres: ProcessIdentity | None = None

    def broker(self, number: int) -> BrokerState:
        """Return the broker of that number; raise UsageError if there is none."""
        for broker in self.brokers:
            if broker.number == number:
                return broker
        raise UsageError(f"there is no broker {number}: they are numbered 1 to {len(self.brokers)}")

    def with_broker(self, changed: BrokerState) -> State:
        """Return the state with this broker in the place of the one with its number."""
        brokers = (changed if each.number == changed.number else each for each in self.brokers)
        return replace(self, brokers=tuple(brokers))


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
