"""`bus explain`: which records caused what is shown?"""

from __future__ import annotations

import asyncio
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.arguments import parse_id
from bus.cli.output import AsJson, end_unknown, print_json, print_record, print_table

if TYPE_CHECKING:
    from bus.explaining.explanation import Explanation
    from bus.explaining.rows import Row
    from bus.settings import Settings

Id = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="Of an event, dead letter, finding, gate answer or message; or a policy's name.",
    ),
]

HEADINGS = {
    "clearance": "Clearance now",
    "reasons": "Reasons, with the fact behind each",
    "facts": "Facts, and where each record stands",
    "versions": "How the clearance came so, with the event that caused each version",
    "findings": "Findings",
    "finding": "Finding",
    "dead_letter": "Dead letter",
    "requests": "What officers asked for",
    "gate_answer": "Answer of the gate",
    "clearances_caused": "Clearances that it changed",
    "due": "What falls due by time alone",
    "messages": "Messages to offices",
    "tries": "Tries to deliver them",
    "published": "Published",
    "standing": "Standing with each group",
}
"""The sections, in the order in which people read them."""

BENEATH = ("dimensions", "reasons", "positions")
"""What has more than one value."""


def explain(identifier: Id, as_json: AsJson = False) -> None:
    """Show which records caused what is known of an id, and where each stands.

    Of an event: its place in its outbox and in Kafka, what became of it with each group, and
    which clearances and findings rest on it. Of a finding or a dead letter: the records behind
    it. Of a policy: its clearance and every fact that it was derived from. No content is shown.
    Exit 4 if nobody has heard of it.

        bus explain doj/2018/zero-tolerance
    """
    from bus.settings import load_settings

    explanation = asyncio.run(_explain(load_settings(), identifier))
    if not explanation.sections:
        end_unknown(f"nobody has heard of {identifier}", as_json=as_json)
    if as_json:
        print_json({"id": explanation.identifier, **explanation.sections})
    else:
        print_explanation(explanation)


async def _explain(settings: Settings, identifier: str) -> Explanation:
    from bus.explaining.explanation import explain_id, explain_policy
    from bus.simulation import refuse_real_cluster
    from bus.tracker.contents import is_policy_id

    await refuse_real_cluster(settings)
    if is_policy_id(identifier):
        return await explain_policy(settings, identifier, settings.clock().now())
    return await explain_id(settings, parse_id(identifier))


def print_explanation(explanation: Explanation) -> None:
    """Print the sections for people: one thing as a list of its values, several as a table."""
    names = [name for name in HEADINGS if name in explanation.sections]
    for name in names:
        if name != names[0]:
            typer.echo("")
        typer.echo(f"{HEADINGS[name]}:")
        _print_section(explanation.sections[name])


def _print_section(rows: list[Row]) -> None:
    if len(rows) == 1:
        _print_one(rows[0])
    else:
        _print_several(rows)


def _print_one(row: Row) -> None:
    """Print a thing's values; what an answer of the gate rests on stands below in small tables."""
    lines = {name: value for name, value in row.items() if name not in BENEATH}
    dimensions = row.get("dimensions")
    print_record({**lines, **(dimensions if isinstance(dimensions, dict) else {})}, as_json=False)
    if reasons := dicts_of(row.get("reasons")):
        typer.echo("")
        print_table(
            ("reason", "fact", "office"),
            [[each["code"], each["fact"], each["office"]] for each in reasons],
        )
    if positions := dicts_of(row.get("positions")):
        typer.echo("")
        print_table(("topic", "next offset, by partition"), offsets_by_topic(positions))


def dicts_of(value: object) -> list[Row]:
    """Return the objects that a value of JSON lists; none if it lists none."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def offsets_by_topic(positions: list[Row]) -> list[tuple[str, str]]:
    """Return a line for each topic, with the offset to be read next in each partition."""
    return [
        (str(topic), ", ".join(f"{each['partition']}: {each['next_offset']}" for each in parts))
        for topic, parts in groupby(positions, key=itemgetter("topic"))
    ]


def _print_several(rows: list[Row]) -> None:
    columns = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    print_table(columns, [[row[name] for name in columns] for row in rows])
