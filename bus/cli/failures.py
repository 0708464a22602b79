"""What an error means for who ran the command: a message, and an exit code.

Errors of ours say both themselves. Of errors that no part of the bus has translated, the text
stays out: it may quote what stood in a row or a record.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass

import typer

from bus.cli.exits import ExitCode
from bus.cli.output import note, print_error
from bus.errors import (
    BusError,
    FieldFault,
    InvalidEventError,
)

KAFKA_CLIENTS = ("aiokafka", "cimpl", "confluent_kafka")
DATABASE_CLIENTS = ("psycopg", "psycopg_pool")


@dataclass(frozen=True, slots=True)
class Failure:
    """How a command ended that could not do its work."""

    kind: str
    message: str
    exit_code: int
    faults: tuple[FieldFault, ...] = ()

    def tell(self, *, as_json: bool) -> None:
        """Print it on stderr."""
        print_error(self.kind, self.message, self.exit_code, faults=self.faults, as_json=as_json)


def tell_failure(error: Exception, arguments: Sequence[str], *, as_json: bool) -> int:
    """Print what went wrong on stderr; return the exit code."""
    if isinstance(error, typer.TyperException) and error.format_message().startswith("Usage:"):
        note(error.format_message())  # a command is missing: the message is the group's help
        return ExitCode.USAGE
    failure = describe(error, arguments)
    failure.tell(as_json=as_json)
    return failure.exit_code


def describe(error: Exception, arguments: Sequence[str]) -> Failure:
    """Return what to tell of an error."""
    kind = type(error).__name__
    if isinstance(error, BusError):
        faults = error.faults if isinstance(error, InvalidEventError) else ()
        return Failure(kind, str(error), error.exit_code, faults)
    if isinstance(error, typer.Abort):
        return Failure("Aborted", "stopped: nothing was done", ExitCode.FAULT)
    if isinstance(error, typer.TyperException):
        message = f"{error.format_message()}\nSee `{help_of(arguments)}`."
        return Failure("UsageError", message, ExitCode.USAGE)
    return _describe_foreign(error, kind)


def help_of(arguments: Sequence[str]) -> str:
    """Return the command that tells how to use what was asked for."""
    words = [word for word in arguments[:1] if not word.startswith("-")]
    return " ".join(["bus", *words, "--help"])


def _describe_foreign(error: Exception, kind: str) -> Failure:
    library = type(error).__module__.partition(".")[0]
    if library in KAFKA_CLIENTS:
        return Failure(
            "UnavailableError",
            f"the broker gives no answer ({kind}); is it running, and is BUS_BOOTSTRAP right? "
            "`bus local up` starts one on this machine and prints its address",
            ExitCode.UNAVAILABLE,
        )
    if library in DATABASE_CLIENTS and _is_of_the_connection(error):
        return Failure(
            "UnavailableError",
            f"the database gives no answer ({kind}); is it running, and is BUS_DATABASE_URL right? "
            "`bus local up` starts one on this machine and prints its address",
            ExitCode.UNAVAILABLE,
        )
    if library in DATABASE_CLIENTS:
        return Failure(
            "FaultError",
            f"the database refused a statement ({kind}, {getattr(error, 'sqlstate', None)}) "
            f"at {_place(error)}: a defect of the bus; report this line",
            ExitCode.FAULT,
        )
    return Failure(
        "FaultError",
        f"{kind} at {_place(error)}: a defect of the bus; report this line",
        ExitCode.FAULT,
    )


def _is_of_the_connection(error: Exception) -> bool:
    """Tell whether the database is away. Only storage knows psycopg, so its classes go by name."""
    names = {base.__name__ for base in type(error).__mro__}
    return bool(names & {"OperationalError", "PoolTimeout"})


def _place(error: Exception) -> str:
    """Return the line outside of libraries that the error came through last."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename]
    return f"{ours[-1].filename}:{ours[-1].lineno}"
