"""What services log: only names that deploy/logs.md explains, and nothing that an event says."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import NamedTuple

import pytest
import structlog

from bus.consuming.attempt import FailedRecord, Standing
from bus.consuming.failure_log import LINES_AT_ONCE, log_failures
from bus.consuming.records import Partition, Rejected, StoredRecord
from bus.errors import PoisonError, UnavailableError, safe_text
from bus.events import new_event_id
from bus.logconfig import TOLD_BY_A_LIBRARY, configure_logging, message_of
from bus.reasons import Reason

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "deploy" / "logs.md"
LOGGERS = {"log", "logger"}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
MARKER = "Maria-of-the-test"


class Said(NamedTuple):
    """A name that is logged, how loudly, and which keys stand with it."""

    name: str
    level: str
    keys: frozenset[str]


def said_in(path: Path) -> Iterator[Said]:
    """Give each call of a logger in a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=logger), attr=level), args=[name, *rest]
            ) if logger in LOGGERS and level in LEVELS:
                place = f"{path}:{node.lineno}"
                assert isinstance(name, ast.Constant), f"{place}: a name is written out"
                assert not rest, f"{place}: values are keys"
                keys = {word.arg for word in node.keywords}
                assert None not in keys, f"{place}: keys are written out"
                keys |= {"exception"} if level == "exception" else set()
                level = "error" if level == "exception" else level
                yield Said(str(name.value), level, frozenset(map(str, keys)))


def said_in_code() -> set[Said]:
    """Return everything that the code logs."""
    folders = ("bus", "consumers", "producers")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return {said for path in files for said in said_in(path)}


def explained() -> dict[str, Said]:
    """Return what the page explains, by name."""
    row = re.compile(r"^\| `([a-z._]+)` \| ([a-z, ]+) \| ([a-z_, `-]+) \| (.+\.) \|$", re.MULTILINE)
    return {
        name: Said(name, level, frozenset(re.findall(r"`(\w+)`", keys)))
        for name, level, keys, _ in row.findall(PAGE.read_text(encoding="utf-8"))
    }


def test_each_name_that_is_logged_is_explained_with_its_keys_and_no_other_is() -> None:
    page = explained()
    ours = {said.name: said for said in said_in_code()}

    assert page.keys() == ours.keys() | {TOLD_BY_A_LIBRARY}
    assert {name: page[name] for name in ours} == ours


def test_a_name_is_logged_at_one_level_and_with_the_same_keys_everywhere() -> None:
    said = said_in_code()

    assert len({each.name for each in said}) == len(said)


def test_a_name_says_of_whom_and_what() -> None:
    names = {said.name for said in said_in_code()}

    assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", name) for name in names)


@pytest.fixture
def printed() -> Iterator[io.StringIO]:
    """Give what is logged, as a service logs it."""
    before, handlers = structlog.get_config(), logging.root.handlers[:]
    level = logging.root.level
    logging.root.handlers.clear()
    with redirect_stderr(io.StringIO()) as stderr:
        configure_logging("json")
        yield stderr
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def fail() -> None:
    """Raise what quotes a person, because of what does so too."""
    raise RuntimeError(f"no such child as {MARKER}") from ValueError(f"the row of {MARKER}")


@pytest.mark.promise("P9")
def test_of_an_exception_kinds_and_places_are_logged_and_never_its_text(
    printed: io.StringIO,
) -> None:
    try:
        fail()
    except RuntimeError:
        structlog.get_logger().exception("schedule.failed")

    line = json.loads(printed.getvalue())
    assert "ValueError" in line["exception"]
    assert "RuntimeError" in line["exception"]
    assert "test_logs.py" in line["exception"]
    assert MARKER not in printed.getvalue()


@pytest.mark.promise("P9")
def test_a_library_is_heard_in_our_form_and_quotes_nothing(printed: io.StringIO) -> None:
    library = logging.getLogger("aiokafka.consumer")

    library.warning("node %d is away: %s", 3, ConnectionError(MARKER))
    library.warning("odd bytes: %s", MARKER.encode())
    try:
        fail()
    except RuntimeError:
        library.exception("a routine failed\n%s", MARKER)

    lines = [json.loads(line) for line in printed.getvalue().splitlines()]
    assert [line["message"] for line in lines] == [
        "node 3 is away: ConnectionError",
        f"odd bytes: {len(MARKER)} bytes",
        "a routine failed",
    ]
    assert {line["event"] for line in lines} == {TOLD_BY_A_LIBRARY}
    assert {line["library"] for line in lines} == {"aiokafka.consumer"}
    assert MARKER not in printed.getvalue()


def test_a_library_that_gives_the_wrong_values_is_heard_by_its_own_words() -> None:
    assert message_of("aiokafka", "no %s and no %s", ("value",)) == "no %s and no %s"


@pytest.mark.promise("P9")
def test_a_task_that_nobody_waited_for_is_heard_without_what_it_raised(
    printed: io.StringIO,
) -> None:
    logging.getLogger("asyncio").error(
        f"Task exception was never retrieved\nfuture: <Task exception=ValueError('{MARKER}')>"
    )
    logging.getLogger("asyncio").error(f"Exception in callback handle('{MARKER}')")

    lines = [json.loads(line) for line in printed.getvalue().splitlines()]
    assert [line["message"] for line in lines] == [
        "Task exception was never retrieved",
        "Exception in callback handle",
    ]


@pytest.mark.promise("P9")
def test_what_a_handler_says_of_a_record_is_not_for_logs() -> None:
    assert safe_text(PoisonError("HANDLER_REFUSED", MARKER)) == "PoisonError: HANDLER_REFUSED"
    assert safe_text(PoisonError(MARKER)) == "PoisonError: HANDLER_REFUSED"
    assert safe_text(UnavailableError("the broker is away")) == "the broker is away"


def test_a_failed_record_is_logged_with_where_it_stands_and_what_it_is_part_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    event_id, correlation_id, causation_id = (new_event_id() for _ in range(3))
    headers = [
        ("ce_correlationid", str(correlation_id).encode()),
        ("ce_causationid", str(causation_id).encode()),
        ("ce_causationid", MARKER.encode()),
    ]

    log_failures("hhs-intake", Standing(failed=[failed(event_id, headers)]))

    [one, many] = caplog.messages
    assert "consumer.record_failed" in one
    for value in (event_id, correlation_id, causation_id, "dhs.custody-event.v1", "UNDECODABLE"):
        assert str(value) in one
    assert MARKER not in one
    assert "consumer.dead_lettered" in many


def test_of_many_failed_records_some_are_named_and_all_are_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    count = LINES_AT_ONCE + 30

    log_failures("hhs-intake", Standing(failed=[failed(None, []) for _ in range(count)]))

    assert len(caplog.messages) == LINES_AT_ONCE + 1
    assert str(count) in caplog.messages[-1]


def failed(event_id: object, headers: list[tuple[str, bytes | None]]) -> FailedRecord:
    """Return a record that can't be decoded."""
    record = StoredRecord(7, 0, b"key", MARKER.encode(), headers)
    rejected = Rejected(
        Partition("dhs.custody-event.v1", 0),
        record,
        Reason.UNDECODABLE,
        "cut off",
        event_id=event_id,  # type: ignore[arg-type]
    )
    return FailedRecord(1, rejected, is_transient=False)
