"""`bus migrate`: the owners' schemas, brought up to date."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from bus.cli.output import AsJson, print_json

if TYPE_CHECKING:
    from bus.settings import Settings

Owners = Annotated[
    list[str] | None,
    typer.Option("--owner", metavar="OWNER", help="Only this owner's schema; may be repeated."),
]


def migrate(owner: Owners = None, as_json: AsJson = False) -> None:
    """Bring the owners' schemas up to date, and print which migrations ran.

    Each owner's database is the one of BUS_DATABASE_URL_<OWNER>, else of BUS_DATABASE_URL; an
    owner with a spool has none. It may run at any time, and from several places at once.

        bus migrate --owner hhs --owner bus
    """
    from bus.settings import load_settings
    from bus.topics import OWNERS

    settings = load_settings()
    owners = owner or [each for each in OWNERS if settings.spool_of(each) is None]
    ran = asyncio.run(_migrate(settings, owners))
    if as_json:
        print_json({"ran": ran})
    elif ran:
        typer.echo("\n".join(ran))
    else:
        typer.echo("Every schema is up to date.")


async def _migrate(settings: Settings, owners: Sequence[str]) -> list[str]:
    from bus.simulation import refuse_real_cluster
    from bus.storage.migrations import migrate as migrate_owners

    await refuse_real_cluster(settings)
    urls = {owner: settings.database_url_of(owner) for owner in owners}
    return [name for owner, url in urls.items() for name in await migrate_owners(url, [owner])]
