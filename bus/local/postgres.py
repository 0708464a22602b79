"""One Postgres server of our own, from the wheel's programs.

Postgres refuses to run as root, and `initdb` refuses a user without an entry in the password
database. So for root it runs as `nobody`, from a directory of its own under /var/tmp that holds
a copy of the programs: below a directory that only root may enter, neither they nor the data
could be reached.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from bus.errors import FaultError, UnavailableError
from bus.local import processes, wheels
from bus.local.diagnosis import died
from bus.local.ports import HOST
from bus.local.processes import Account, Command, ProcessIdentity
from bus.local.waiting import wait_until

USER = "bus"
DATABASE = "bus"
READY_LIMIT_SECONDS = 60.0
STOP_LIMIT_SECONDS = 30.0
INIT_LIMIT_SECONDS = 120.0
_PROBE_SECONDS = 2
_ROOT_PLACE = Path("/var/tmp")  # noqa: S108 - mkdtemp makes the directory there, for us alone
_ROOT_PREFIX = "interagency-bus-postgres-"
ROOT_HOMES = f"{_ROOT_PLACE / _ROOT_PREFIX}*"
"""Where the programs and data of root's stacks lie, as a shell would list them."""
_UNPRIVILEGED = "nobody"
# Headers and static libraries: never needed to run a server.
_NOT_COPIED = shutil.ignore_patterns("include", "*.a", "pkgconfig")

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # compiling costs more than it saves on statements as short as ours
}
# Without fsync a commit is lost when the *machine* goes down, which no test can do. A killed
# process loses nothing: what it wrote is with the system. So `synchronous_commit` must stay on,
# or commits would wait in the server's own memory, and `full_page_writes` too, for a kill can
# cut a page in two.
_VOLATILE_SETTINGS = {"fsync": "off"}


def server_settings(port: int, is_durable: bool) -> dict[str, str]:
    """Return what the server is started with. Durable: a commit survives the machine's loss."""
    chosen = _SETTINGS | {"port": str(port)}
    return chosen if is_durable else chosen | _VOLATILE_SETTINGS


def new_password() -> str:
    """Return a random password that needs no escaping in a URL."""
    return secrets.token_urlsafe(24)


def url(port: int, password: str, database: str = DATABASE) -> str:
    """Return the address of a database of a server of ours."""
    return f"postgresql://{USER}:{password}@{HOST}:{port}/{database}"


def answers(port: int, password: str) -> bool:
    """Tell whether the server at the port lets us in."""
    try:
        with psycopg.connect(
            url(port, password, "postgres"), connect_timeout=_PROBE_SECONDS
        ) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def ensure_database(port: int, password: str) -> None:
    """Create the stack's database, unless it is there."""
    with psycopg.connect(url(port, password, "postgres"), autocommit=True) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)
        ).fetchone()
        if found is None:
            statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE))
            connection.execute(statement)


def new_home(directory: Path) -> Path:
    """Make the directory for the programs and data: in `directory`, or elsewhere for root."""
    if os.geteuid() != 0:
        home = directory / "postgres"
        home.mkdir(parents=True, exist_ok=True)
        return home
    home = Path(tempfile.mkdtemp(prefix=_ROOT_PREFIX, dir=_ROOT_PLACE))
    _give_away(home)
    return home


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(_UNPRIVILEGED)
    except KeyError:
        raise UnavailableError(
            f"Postgres can't run as root, and there is no user {_UNPRIVILEGED!r} to run it as. "
            "Run the command as another user than root."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def _give_away(tree: Path) -> None:
    """Make the unprivileged user the owner, whatever modes root's umask has left."""
    account = _account()
    if account is None:
        return
    for path in (tree, *tree.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def require_account() -> None:
    """Raise UnavailableError when there is no user that Postgres could run as."""
    if _account() is not None:
        return
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        raise UnavailableError(
            f"Postgres can't be set up by user {os.geteuid()}, who has no entry in the password "
            "database. Add one (in a container: a line in /etc/passwd), or run as another user."
        ) from None


@dataclass(frozen=True, slots=True)
class Postgres:
    """The server below one directory."""

    home: Path
    log: Path
    is_durable: bool

    @property
    def _data(self) -> Path:
        return self.home / "data"

    def initialize(self, password: str) -> None:
        """Make the data directory, unless a whole one is there already."""
        if self._data.exists():
            return
        arriving = self.home / "data.new"
        shutil.rmtree(arriving, ignore_errors=True)
        password_file = self.home / "password"
        self._write_private(password_file, password)
        try:
            self._initdb(arriving, password_file)
        finally:
            password_file.unlink()
        arriving.rename(self._data)

    def launch(self, port: int) -> ProcessIdentity:
        """Start the server, without waiting until it answers."""
        self._clear_remains_of_the_dead()
        self.log.write_bytes(b"")
        settings = server_settings(port, self.is_durable)
        options = (part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        return processes.spawn(self._command("postgres", "-D", str(self._data), *options))

    def stop(self, process: ProcessIdentity) -> bool:
        """End all sessions and the server; return whether it went without SIGKILL."""
        return processes.stop(process, signal.SIGINT, STOP_LIMIT_SECONDS)

    def _initdb(self, data: Path, password_file: Path) -> None:
        arguments = (
            f"--pgdata={data}",
            f"--username={USER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        )
        durability = () if self.is_durable else ("--no-sync",)
        command = self._command("initdb", *arguments, *durability)
        if processes.run(command, INIT_LIMIT_SECONDS) != 0:
            raise died("Postgres's initdb", self.log)

    def _write_private(self, path: Path, text: str) -> None:
        path.unlink(missing_ok=True)
        path.touch(0o600)
        path.write_text(text)
        _give_away(path)

    def _clear_remains_of_the_dead(self) -> None:
        """Make sure that nothing of a killed server is in the way of the next.

        Its backends end by themselves within moments. Its pid file is an obstacle while the
        killed server is a zombie that nobody reaps, or when its pid was given to another
        process: Postgres takes either for the old server. With nobody in the data directory,
        and our own lock held, the file is worth nothing.
        """
        if not wait_until(lambda: not processes.has_inhabitants(self._data), STOP_LIMIT_SECONDS):
            raise FaultError(
                f"processes of an earlier Postgres still use {self._data}; stop them, then run "
                "the command again"
            )
        (self._data / "postmaster.pid").unlink(missing_ok=True)

    def _command(self, program: str, *arguments: str) -> Command:
        account = _account()
        return Command(
            arguments=(str(self._programs() / program), *arguments),
            directory=self.home,
            environment={"LANG": "C.UTF-8", "TZ": "UTC", "HOME": str(self.home)},
            log=self.log,
            account=account,
        )

    def _programs(self) -> Path:
        """Return the directory of the programs, copied to where `nobody` may enter if need be."""
        installation, libraries = wheels.postgres_parts()
        if _account() is None:
            return installation / "bin"
        copy = self.home / f"programs-{wheels.postgres_version()}"
        if not copy.exists():
            self._copy_programs(copy, installation, libraries)
        return copy / installation.parent.name / installation.name / "bin"

    def _copy_programs(self, copy: Path, installation: Path, libraries: Path) -> None:
        arriving = self.home / "programs.new"
        shutil.rmtree(arriving, ignore_errors=True)
        target = arriving / installation.parent.name / installation.name
        shutil.copytree(installation, target, ignore=_NOT_COPIED, symlinks=True)
        shutil.copytree(libraries, arriving / libraries.name)
        _give_away(arriving)
        arriving.rename(copy)
