"""`bus timeline`: everything about a policy, in the order in which it was recorded."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bus.cli.arguments import PolicyId, require_policy_id
from bus.cli.findings import KnownAt
from bus.cli.output import AsJson, Row, end_unknown, print_rows

if TYPE_CHECKING:
    from bus.settings import Settings

COLUMNS = ("recorded_at", "event_at", "what", "office", "officer", "detail", "id")


def timeline(policy_id: PolicyId, known_at: KnownAt = None, as_json: AsJson = False) -> None:
    """Show everything about a policy: who said what, what followed, and who could know it when.

    Each line has two times: when it was recorded, and the moment that it speaks of. A time without
    an offset is read in the notice's zone. Exit 4 where nothing is on record.

        bus timeline doj/2018/zero-tolerance --known-at 2018-05-07
    """
    from bus.settings import load_settings

    require_policy_id(policy_id)
    rows = asyncio.run(_timeline(load_settings(), policy_id, known_at))
    if not rows:
        end_unknown(f"nothing is on record about {policy_id}", as_json=as_json)
    print_rows(rows, columns=COLUMNS, as_json=as_json, if_none="")


async def _timeline(settings: Settings, policy_id: str, known_at: str | None) -> list[Row]:
    from bus.codec.schemas import packaged
    from bus.explaining.timeline import timeline_of
    from bus.tracker.moments import read_moment, zone_of
    from bus.tracker.session import tracker_session

    async with tracker_session(settings) as connection:
        moment = None
        if known_at is not None:
            moment = read_moment(known_at, await zone_of(connection, policy_id))
        return list(await timeline_of(connection, policy_id, moment, packaged()))
