"""What the local stack remembers between two commands: `.local/state.json`."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from bus.errors import FaultError, UsageError
from bus.local import postgres
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


@dataclass(frozen=True, slots=True)
class _OneBrokerState:
    """The memory of a stack from before there could be several brokers.

    Its servers may run, and its database lies where nothing else says.
    """

    uid: int
    cluster_id: str
    postgres_home: str
    postgres_password: str
    kafka_port: int
    kafka_controller_port: int
    postgres_port: int
    kafka: ProcessIdentity | None
    postgres: ProcessIdentity | None
    is_kafka_formatted: bool

    def upgraded(self) -> State:
        """Return the same as it is remembered now."""
        broker = BrokerState(
            1,
            port=self.kafka_port,
            controller_port=self.kafka_controller_port,
            is_formatted=self.is_kafka_formatted,
            process=self.kafka,
        )
        return State(
            uid=self.uid,
            cluster_id=self.cluster_id,
            postgres_home=self.postgres_home,
            postgres_password=self.postgres_password,
            brokers=(broker,),
            postgres_port=self.postgres_port,
            postgres=self.postgres,
        )


_ADAPTER: TypeAdapter[State | _OneBrokerState] = TypeAdapter(
    Annotated[State | _OneBrokerState, Field(union_mode="left_to_right")]
)
_HOME = re.compile(r'"postgres_home": *"(/[^"\\]+)"')


def load_state(path: Path) -> State | None:
    """Return what was saved, or None when nothing was.

    Raises FaultError when the file can't be read as a state.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    try:
        found = _ADAPTER.validate_json(text)
    except ValidationError:  # its text may quote the password
        raise FaultError(_how_to_remove(path, text)) from None
    return found.upgraded() if isinstance(found, _OneBrokerState) else found


def _how_to_remove(path: Path, text: str) -> str:
    """Return what to do by hand where the stack's memory is lost."""
    stated = _HOME.search(text)
    home = stated[1] if stated else postgres.ROOT_HOMES
    hint = "" if stated else ", unless another stack's state.json names it"
    return (
        f"{path} can't be read as the state of a local stack. Stop its Kafka and Postgres by hand "
        f"if they run (`ps -ef | grep -e {path.parent} -e {home.removesuffix('*')}`), remove "
        f"{path.parent}, and {home} too if it is there{hint}, and start again."
    )


def save_state(path: Path, state: State) -> None:
    """Save the state in one step; only its owner may read it, since a password is in it."""
    arriving = path.with_suffix(".new")
    descriptor = os.open(arriving, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(state), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    arriving.replace(path)
