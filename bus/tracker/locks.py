"""Which policies' derivations wait for each other.

Two transactions that concern one policy must not both derive from a state that lacks the other's
facts: the second would never be told. So each takes, in this order and each group sorted,

1. the inputs: policies whose facts it writes, notices that it writes or receipts, agreements;
   then it inserts, and looks up which policies that concerns;
2. the states: all policies that it will derive;
3. once a day, and alone, the row that says how far practice was judged;
4. the findings that it may tell, or that a disposition among its facts names;
5. rows that many batches add to: the numbers of sources, then the days' counts of practice.

They last until the transaction ends. Since nobody takes an earlier one after a later, nobody waits
in a circle. Derivations read in statements of their own (READ COMMITTED), after the locks.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from bus.storage.connections import Connection

INPUTS = 1_846_204_537
STATES = 1_846_204_538
FINDINGS = 1_846_204_540
"""Seeds of the groups of lock numbers; arbitrary, and used by nobody else."""

AGREEMENTS = "agreements"

TAKE = """
SELECT pg_advisory_xact_lock(number)
FROM (SELECT DISTINCT hashtextextended(name, %s) AS number
      FROM unnest(%s::text[]) AS name ORDER BY number OFFSET 0) AS ordered
"""


async def lock_inputs(connection: Connection, names: Iterable[str]) -> None:
    """Wait for whoever writes facts of these policies, or of these notices."""
    await _take(connection, INPUTS, names)


async def lock_states(connection: Connection, policy_ids: Iterable[str]) -> None:
    """Wait for whoever derives these policies."""
    await _take(connection, STATES, policy_ids)


async def lock_findings(connection: Connection, finding_ids: Iterable[UUID]) -> None:
    """Wait for whoever tells these findings, or reads what became of them."""
    await _take(connection, FINDINGS, map(str, finding_ids))


async def lock_agreements(connection: Connection, *, shared: bool) -> None:
    """Wait for new agreements (shared: notices do), or for whoever writes notices too."""
    suffix = "_shared" if shared else ""
    await connection.execute(
        f"SELECT pg_advisory_xact_lock{suffix}(hashtextextended(%s, %s))", [AGREEMENTS, INPUTS]
    )


async def _take(connection: Connection, seed: int, names: Iterable[str]) -> None:
    wanted = list(names)
    if wanted:
        await connection.execute(TAKE, [seed, wanted])


async def try_lock_state(connection: Connection, policy_id: str) -> bool:
    """Take the lock of a policy's state if nobody has it; don't wait."""
    return await _try(connection, STATES, policy_id)


async def try_lock_finding(connection: Connection, finding_id: UUID) -> bool:
    """Take the lock of a finding if nobody has it; don't wait."""
    return await _try(connection, FINDINGS, str(finding_id))


async def _try(connection: Connection, seed: int, name: str) -> bool:
    cursor = await connection.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, %s))", [name, seed]
    )
    row = await cursor.fetchone()
    return bool(row and row[0])
