"""Settings: read once from the environment (prefix `BUS_`), validated whole, passed down."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bus.clock import Clock, FileClock, SystemClock
from bus.errors import UsageError
from bus.topics import OWNERS, Names

DAY_SECONDS = 86_400.0
MAX_BATCH_RECORDS = 100_000

Seconds = Annotated[float, Field(gt=0, le=DAY_SECONDS)]

_HOST = r"(\[[0-9A-Fa-f:.]+\]|[^\s@/?:,\[\]]*)(:\d{1,5})?"
_DATABASE_URL = re.compile(
    rf"postgres(ql)?://([^\s@/?:]*(:[^\s@/?]*)?@)?{_HOST}(,{_HOST})*(/[^\s@/?]*)?(\?\S*)?"
)
_LOOSE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def require_database_url(text: str) -> str:
    """Return the address of a database; raise if it has another form than Postgres's URLs.

    The error never holds the text: a password may be in it.
    """
    if _DATABASE_URL.fullmatch(text) is None or _LOOSE_PERCENT.search(text):
        raise PydanticCustomError(
            "database_url",
            "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE; a special character of the "
            "password as % and two digits, @ as %40",
        )
    return text


def require_own_url(text: str | None) -> str | None:
    """Return an owner's own address of a database, or None where it is empty or not set."""
    return require_database_url(text) if text else None


DatabaseUrl = Annotated[str, AfterValidator(require_database_url)]
OwnDatabaseUrl = Annotated[str | None, AfterValidator(require_own_url)]


class Settings(BaseSettings):
    """How one process of the bus runs. Every field has the name `BUS_<FIELD>`."""

    model_config = SettingsConfigDict(
        env_prefix="BUS_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    bootstrap: str = Field(default="127.0.0.1:9092", description="Kafka's bootstrap servers")
    database_url: DatabaseUrl = Field(
        default="postgresql://127.0.0.1:5432/bus",
        description="Postgres, for every owner without its own",
        repr=False,
    )
    database_url_doj: OwnDatabaseUrl = Field(default=None, description="DOJ's Postgres", repr=False)
    database_url_dhs: OwnDatabaseUrl = Field(default=None, description="DHS's Postgres", repr=False)
    database_url_hhs: OwnDatabaseUrl = Field(default=None, description="HHS's Postgres", repr=False)
    database_url_bus: OwnDatabaseUrl = Field(
        default=None, description="the tracker's Postgres", repr=False
    )
    spool_doj: Path | None = Field(default=None, description="DOJ's spool, instead of a database")
    spool_dhs: Path | None = Field(default=None, description="DHS's spool, instead of a database")
    spool_hhs: Path | None = Field(default=None, description="HHS's spool, instead of a database")
    spool_bus: Path | None = Field(
        default=None, description="the tracker's spool, instead of a database"
    )
    relay_owners: str = Field(
        default=",".join(OWNERS),
        pattern=f"^({'|'.join(OWNERS)})(,({'|'.join(OWNERS)}))*$",
        description="whose outboxes and spools this process relays, separated by commas",
    )
    topic_prefix: str = Field(
        default="", description="put before each topic and group on the broker"
    )
    http_host: str = Field(default="127.0.0.1", description="where health and metrics are served")
    http_port: int = Field(default=0, ge=0, le=65535, description="0 takes a free one and logs it")
    log_format: str = Field(
        default="auto", pattern="^(auto|json|console)$", description="logs on stderr"
    )
    clock_file: Path | None = Field(
        default=None,
        description="a simulated run's business time. DANGEROUS: only with local_cluster_id",
    )
    local_cluster_id: str | None = Field(
        default=None, description="the one cluster that a simulated clock may reach"
    )
    batch_records: int = Field(
        default=1000,
        ge=1,
        le=MAX_BATCH_RECORDS,
        description="records in one transaction at most",
    )
    session_timeout: Seconds = Field(
        default=6.0, description="seconds until a dead worker is replaced"
    )
    rebalance_timeout: Seconds = Field(default=60.0, description="seconds to drain at a rebalance")
    max_poll_interval: Seconds = Field(default=300.0, description="seconds between polls at most")
    backoff_limit: Seconds = Field(default=5.0, description="seconds between two tries at most")
    freshness_limit: Seconds = Field(default=10.0, description="seconds the tracker may be behind")

    contacts_file: Path | None = Field(
        default=None, description="which office is reached how; without it nobody is written to"
    )
    mail_host: str | None = Field(default=None, description="the server that takes every e-mail")
    mail_port: int = Field(default=587, ge=1, le=65535, description="its port")
    mail_from: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$",
        description="the sender's address",
    )
    mail_security: str = Field(
        default="starttls",
        pattern="^(starttls|tls|none)$",
        description="encryption to the mail server; none is DANGEROUS: everyone on the way reads",
    )
    mail_username: str | None = Field(default=None, description="where the mail server asks for it")
    mail_password_file: Path | None = Field(default=None, description="the file with its password")

    parked_limit: int = Field(
        default=100_000, ge=1, description="records that a group may have parked or held at most"
    )
    retry_attempts: int = Field(default=5, ge=1, description="tries until a dead letter is open")
    retry_age: Seconds = Field(default=600.0, description="seconds of tries at most")
    breaker_share: float = Field(
        default=0.2, gt=0, le=1, description="share of failed records that stops a group"
    )
    breaker_minimum: int = Field(default=200, ge=1, description="records that the share is of")
    breaker_window: Seconds = Field(default=60.0, description="seconds that the share is over")
    breaker_pause: Seconds = Field(default=30.0, description="seconds until the first trial")

    monitor_interval: Seconds = Field(default=15.0, description="seconds between two looks")
    canary_interval: Seconds = Field(default=300.0, description="seconds between two canaries")
    disks: str = Field(
        default="root=/",
        pattern=r"^([a-z][a-z0-9-]*=[^,=]+(,[a-z][a-z0-9-]*=[^,=]+)*)?$",
        description="what disks the monitor watches, each NAME=PATH, separated by commas",
    )

    @property
    def disk_places(self) -> dict[str, Path]:
        """The disks to watch, by name."""
        named = (each.partition("=") for each in self.disks.split(",") if each)
        return {name: Path(path) for name, _, path in named}

    def spool_of(self, owner: str) -> Path | None:
        """Return the file that stands for this owner's database, if there is one."""
        if owner not in OWNERS:
            raise UsageError(f"there is no owner {owner!r}; owners are {', '.join(OWNERS)}")
        spool: Path | None = getattr(self, f"spool_{owner}")
        return spool

    def database_url_of(self, owner: str) -> str:
        """Return the database of this owner; raise UsageError where a spool stands for it.

        So nothing gets into an outbox that no relay of this environment would read.
        """
        spool = self.spool_of(owner)
        if spool is not None:
            raise UsageError(
                f"{owner} keeps a spool instead of a database here, and this needs the database: "
                f"unset BUS_SPOOL_{owner.upper()} (it is {spool})"
            )
        own: str | None = getattr(self, f"database_url_{owner}")
        return own or self.database_url

    @property
    def names(self) -> Names:
        """The edge between the catalogue's names and the broker's."""
        return Names(self.topic_prefix)

    def clock(self) -> Clock:
        """Return business time: the real one, or the clock file's."""
        return FileClock(self.clock_file) if self.clock_file else SystemClock()


def load_settings() -> Settings:
    """Read the environment; raise UsageError that names every bad variable at once."""
    try:
        return Settings()
    except ValidationError as error:
        lines = "\n".join(
            f"  BUS_{'_'.join(str(part) for part in fault['loc']).upper()}: {fault['msg']}"
            for fault in error.errors()
        )
        raise UsageError(f"the environment is not usable:\n{lines}") from error
