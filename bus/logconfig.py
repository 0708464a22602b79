"""Logs: one event name for each thing that happens, values as keys, no payload ever.

JSON where a machine reads, colours where a person does. Libraries that log through `logging`
(aiokafka, uvicorn, asyncio) come out in the same form, each line as `library.told`; what they say
below WARNING is left out. Of an exception only kinds and places are shown: its text may quote a
record or a row, and so may what a library makes of it. deploy/logs.md says what each name means.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bus.errors import safe_text

TOLD_BY_A_LIBRARY = "library.told"

QUOTED = re.compile(r"[(\n].*", re.DOTALL)
"""What asyncio quotes after its own words: a task, or a callback with its arguments."""


def configure_logging(log_format: str = "auto") -> None:
    """Set up logs on stderr. `log_format` is "json", "console", or "auto" for what suits it."""
    as_json = log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
    renderer: Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[*SHARED, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[library_handler(renderer)], force=True)


def library_handler(renderer: Processor) -> logging.Handler:
    """Return what writes the lines of libraries on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[name_library, *SHARED],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            use_get_message=False,
            pass_foreign_args=True,
        )
    )
    return handler


def name_library(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Give a library's line our form: one name for all, and its own words under `message`."""
    record: logging.LogRecord = event["_record"]
    event["message"] = message_of(record.name, str(record.msg), event.pop("positional_args"))
    event["library"] = record.name
    event["event"] = TOLD_BY_A_LIBRARY
    return event


def message_of(library: str, template: str, values: object) -> str:
    """Return what a library says, of exceptions only the kind, of bytes only how many."""
    if library == "asyncio":
        return QUOTED.sub("", template).strip()
    if isinstance(values, Mapping):
        values = {name: shown(value) for name, value in values.items()}
    elif isinstance(values, tuple):
        values = tuple(shown(value) for value in values)
    try:
        message = template % values if values else template
    except (TypeError, ValueError):  # told with the wrong values: its own words are enough
        message = template
    return message.strip().partition("\n")[0]


def shown(value: object) -> object:
    """Return what may be shown of a value that a library tells."""
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value)} bytes"
    return value


def tell_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Put an exception's kinds and places in its place."""
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event["exception"] = "".join(lines_of(error))
    return event


def lines_of(error: BaseException) -> Iterator[str]:
    """Give the traceback of an error and of what caused it, without any of their texts."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from lines_of(cause)
    yield from traceback.format_tb(error.__traceback__)
    yield f"{safe_text(error)}\n"


SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    tell_exception,
)
"""What every line goes through, ours and those of libraries."""
