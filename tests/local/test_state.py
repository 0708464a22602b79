"""What the stack remembers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bus.errors import FaultError, UsageError
from bus.local.ports import Detour
from bus.local.processes import ProcessIdentity
from bus.local.stack import Stack, recorded_cluster_id
from bus.local.state import BrokerState, State, load_state, save_state

PROCESSES = st.none() | st.builds(
    ProcessIdentity, pid=st.integers(1, 2**22), start_ticks=st.integers(0, 2**63)
)
PORTS = st.integers(0, 65535)
BROKERS = st.builds(
    BrokerState, process=PROCESSES, detour=st.none() | st.builds(Detour, PORTS, PORTS)
)
STATES = st.builds(State, brokers=st.lists(BROKERS).map(tuple), postgres=PROCESSES)
STATE = State(
    uid=0,
    cluster_id="the-cluster",
    postgres_home="/p",
    postgres_password="secret",
    brokers=(BrokerState(1), BrokerState(2)),
)


@given(state=STATES)
def test_a_state_comes_back_as_it_was_saved(
    tmp_path_factory: pytest.TempPathFactory, state: State
) -> None:
    path = tmp_path_factory.getbasetemp() / "state.json"

    save_state(path, state)

    assert load_state(path) == state


def test_only_the_owner_may_read_the_password(tmp_path: Path) -> None:
    save_state(tmp_path / "state.json", STATE)

    assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o600


def test_where_nothing_was_saved_there_is_no_state(tmp_path: Path) -> None:
    assert load_state(tmp_path / "state.json") is None
    assert recorded_cluster_id(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"uid": 0}'])
def test_a_file_that_is_no_state_is_named_with_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)

    with pytest.raises(FaultError, match=rf"{path}.*remove {tmp_path}"):
        load_state(path)


def one_broker_form(home: Path) -> dict[str, object]:
    """Return a state as it was written before stacks could have several brokers."""
    return {
        "uid": os.geteuid(),
        "cluster_id": "the-cluster",
        "postgres_home": str(home),
        "postgres_password": "secret",
        "kafka_port": 29454,
        "kafka_controller_port": 22738,
        "postgres_port": 28669,
        "kafka": {"pid": 11, "start_ticks": 12},
        "postgres": {"pid": 13, "start_ticks": 14},
        "is_kafka_formatted": True,
    }


def test_the_form_of_a_stack_with_one_broker_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(json.dumps(one_broker_form(tmp_path)))

    assert load_state(path) == State(
        uid=os.geteuid(),
        cluster_id="the-cluster",
        postgres_home=str(tmp_path),
        postgres_password="secret",
        brokers=(
            BrokerState(
                1,
                port=29454,
                controller_port=22738,
                is_formatted=True,
                process=ProcessIdentity(11, 12),
            ),
        ),
        postgres_port=28669,
        postgres=ProcessIdentity(13, 14),
    )


def test_a_stack_of_the_form_with_one_broker_is_removed_whole(tmp_path: Path) -> None:
    home, directory = tmp_path / "home", tmp_path / "stack"
    home.mkdir()
    (directory / "kafka").mkdir(parents=True)
    stopped = one_broker_form(home) | {"kafka": None, "postgres": None}
    (directory / "state.json").write_text(json.dumps(stopped))

    Stack(directory).reset()

    assert not home.exists()
    assert not directory.exists()


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ('{"postgres_home": "/var/tmp/interagency-bus-postgres-x1"', "-postgres-x1"),
        ("{}", r"-postgres-\*"),
    ],
)
def test_advice_on_an_unreadable_file_names_where_the_database_lies(
    tmp_path: Path, text: str, home: str
) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)

    with pytest.raises(FaultError, match=rf"/var/tmp/interagency-bus{home}"):
        load_state(path)


def test_the_recorded_cluster_can_be_asked_for(tmp_path: Path) -> None:
    save_state(tmp_path / "state.json", STATE)

    assert recorded_cluster_id(tmp_path) == "the-cluster"


def test_one_broker_changes_and_the_others_stay() -> None:
    changed = STATE.with_broker(BrokerState(2, port=9092))

    assert changed.brokers == (BrokerState(1), BrokerState(2, port=9092))


def test_a_broker_that_is_not_there_is_named() -> None:
    with pytest.raises(UsageError, match="no broker 3: they are numbered 1 to 2"):
        STATE.broker(3)
