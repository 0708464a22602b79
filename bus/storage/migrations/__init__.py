"""Forward-only migrations, one list for each owner's schema.

`every/` holds what each owner has (outbox, consumers' state), a folder named after an owner
what only that one has. A package outside `bus` adds files for an owner by the entry point
group `bus.migrations`, whose names are owners and whose values are packages. A file runs once,
in one transaction, in the order of its list; a file that changed after it ran is an error.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.resources import files

from psycopg import sql

from bus.errors import FaultError
from bus.storage.connections import Connection, connect, translated_errors
from bus.topics import OWNERS

ENTRY_POINTS = "bus.migrations"
RAN = "SELECT name, digest FROM migration"
LOCK = 7_203_114_981  # an arbitrary number that only migrations take


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; `name` is `<package>/<file>` and its order is its place in the list."""

    name: str
    statements: str

    @property
    def digest(self) -> str:
        """SHA-256 of the text, to notice that a file changed after it ran."""
        return hashlib.sha256(self.statements.encode()).hexdigest()


def migrations_of(owner: str) -> list[Migration]:
    """Return the owner's migrations in the order in which they run."""
    return [migration for package in _packages(owner) for migration in _read(package)]


def _packages(owner: str) -> Iterator[str]:
    yield "bus.storage.migrations.every"
    if owner == "bus":
        yield "bus.storage.migrations.bus"
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.value):
        if point.name == owner:
            yield point.value


def _read(package: str) -> Iterator[Migration]:
    for file in sorted(files(package).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".sql"):
            yield Migration(f"{package}/{file.name}", file.read_text(encoding="utf-8"))


async def migrate(url: str, owners: Iterable[str] = OWNERS) -> list[str]:
    """Bring each owner's schema up to date; return the names of the migrations that ran.

    Several processes may call it at once: one works, the others wait and find nothing to do.
    """
    ran = []
    for owner in owners:
        connection = await connect(url, owner)
        async with connection:
            with translated_errors(owner):
                await connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
                ran += await _migrate_schema(connection, owner)
    return ran


async def _migrate_schema(connection: Connection, owner: str) -> list[str]:
    await connection.execute(
        sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(owner))
    )
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS migration ("
        " name text PRIMARY KEY, digest text NOT NULL, ran_at timestamptz NOT NULL DEFAULT now())"
    )
    changed, pending = await compare(connection, owner)
    if changed:
        raise FaultError(
            f"{changed[0].name} changed after it ran in schema {owner!r}; "
            "restore the file and write a new migration"
        )
    for migration in pending:
        await _run(connection, migration)
    return [f"{owner}: {migration.name}" for migration in pending]


async def compare(connection: Connection, owner: str) -> tuple[list[Migration], list[Migration]]:
    """Return which migrations changed after they ran in the owner's schema, and which haven't run.

    The schema may lack the list of those that ran: then none has.
    """
    cursor = await connection.execute("SELECT to_regclass('migration') IS NOT NULL")
    ((is_listed,),) = await cursor.fetchall()
    known: dict[str, str] = {}
    if is_listed:
        known.update(await (await connection.execute(RAN)).fetchall())
    every = migrations_of(owner)
    changed = [each for each in every if known.get(each.name, each.digest) != each.digest]
    return changed, [each for each in every if each.name not in known]


async def _run(connection: Connection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(migration.statements.encode())
        await connection.execute(
            "INSERT INTO migration (name, digest) VALUES (%s, %s)",
            [migration.name, migration.digest],
        )
