"""The command line as a whole: its commands, its exit codes, and how errors are told.

Only the command that is asked for is imported; of the others, name and summary are enough. So
`bus --help` costs neither Kafka's client nor a codec.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module

import typer

from bus.cli.exits import ExitCode
from bus.cli.failures import tell_failure

INTERRUPTED = 130
"""128 and the number of SIGINT: what a shell expects."""

PIPE_CLOSED = 141
"""128 and the number of SIGPIPE: whoever read our output has had enough."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A command or group of commands: `attribute` of `module` is a function or a Typer."""

    name: str
    module: str
    attribute: str
    summary: str

    def mount(self, app: typer.Typer) -> None:
        """Import the command, and make it one of the app's."""
        found = getattr(import_module(self.module), self.attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=self.name)
        else:
            app.command(self.name)(found)

    def mention(self, app: typer.Typer) -> None:
        """Let the app know the command for its list, without importing it."""

        def unused() -> None:
            raise AssertionError(f"{self.name} was run without being mounted")

        app.command(self.name, help=self.summary)(unused)


COMMANDS = (
    Entry("demo", "bus.cli.demo", "demo", "Play the golden scenario on real Kafka and Postgres."),
    Entry("local", "bus.cli.local", "app", "Real Kafka and Postgres on this machine."),
    Entry("schemas", "bus.cli.schemas", "app", "The Avro schemas, and the check of a new version."),
    Entry("topics", "bus.cli.topics", "app", "The topics: the catalogue, and the broker's state."),
    Entry("migrate", "bus.cli.migrate", "migrate", "Bring the owners' schemas up to date."),
    Entry("serve", "bus.cli.serve", "serve", "Run services until they are told to stop."),
    Entry("publish", "bus.cli.publish", "publish", "Publish the events of a file, one a line."),
    Entry("notice", "bus.cli.notice", "app", "Notices: announce a policy, and see what was."),
    Entry("acknowledge", "bus.cli.acknowledge", "acknowledge", "Give an office's decision."),
    Entry("policy", "bus.cli.policy", "app", "A policy goes on: cancelled, stayed, compelled."),
    Entry("conditions", "bus.cli.conditions", "app", "What offices accept on, and answers to it."),
    Entry("offices", "bus.cli.offices", "app", "What waits for each office; who decides for whom."),
    Entry("agreements", "bus.cli.agreements", "app", "What agencies agreed on, and approved."),
    Entry("clearance", "bus.cli.clearance", "clearance", "The state of a policy at a moment."),
    Entry("gate", "bus.cli.clearance", "gate", "May this policy be acted on? Exit 3 if not."),
    Entry("findings", "bus.cli.findings", "app", "What the tracker found to be wrong."),
    Entry("observe", "bus.cli.observe", "observe", "Tell of a policy that nobody announced."),
    Entry("exercise", "bus.cli.exercise", "app", "Declare when an agency exercises."),
    Entry("timeline", "bus.cli.timeline", "timeline", "All about a policy, in order of recording."),
    Entry("contacts", "bus.cli.contacts", "app", "Which office is reached by which channels."),
    Entry("explain", "bus.cli.explain", "explain", "Which records caused what is shown."),
    Entry("events", "bus.cli.events", "app", "Look at the events of a topic."),
    Entry("deadletters", "bus.cli.deadletters", "app", "Records that could not be applied."),
    Entry("sequences", "bus.cli.sequences", "app", "Numbers that are missing and close gates."),
    Entry("breaker", "bus.cli.breaker", "app", "Stop a group by hand, or let it go on."),
    Entry("positions", "bus.cli.positions", "app", "How far each group has come; a reset."),
    Entry("tracker", "bus.cli.tracker", "app", "Make what the tracker derives anew."),
    Entry("metrics", "bus.cli.metrics", "app", "What services export for Prometheus."),
    Entry("doctor", "bus.cli.doctor", "doctor", "What is wrong with the bus, and what mends it."),
    Entry("audit", "bus.cli.audit", "audit", "Prove that every offset is accounted for."),
)

HELP = """The interagency notification bus.

Exit codes: 0 done, 1 a fault was found, 2 wrong usage, 3 not clear, 4 unknown, 5 unavailable.
Settings are environment variables, such as BUS_BOOTSTRAP and BUS_DATABASE_URL.
"""


def run(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code. Errors are told on stderr, and never raised."""
    try:
        code = invoke(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        silence_stdout()
        return PIPE_CLOSED
    except Exception as error:
        return tell_failure(error, arguments, as_json="--json" in arguments)
    return code


def invoke(arguments: Sequence[str]) -> int:
    """Run one command; return the exit code that it asks for. Raises whatever goes wrong."""
    command = typer.main.get_command(make_app(command_of(arguments)))
    try:
        with command.make_context("bus", list(arguments)) as context:
            command.invoke(context)
    except typer.Exit as ending:
        return ending.exit_code
    return ExitCode.DONE


def make_app(wanted: str | None) -> typer.Typer:
    """Return the app, in which only the command of that name can run."""
    app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
    app.callback()(_root)
    for entry in COMMANDS:
        if entry.name == wanted:
            entry.mount(app)
        else:
            entry.mention(app)
    return app


def _root() -> None:
    """Take no options: a command follows."""


def command_of(arguments: Sequence[str]) -> str | None:
    """Return the first word that isn't an option."""
    return next((word for word in arguments if not word.startswith("-")), None)


def silence_stdout() -> None:
    """Let the interpreter's last flush go nowhere, instead of complaining of the closed pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
