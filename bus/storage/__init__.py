"""Postgres: connections, migrations, SQL. One schema an owner; each may be its own server."""
