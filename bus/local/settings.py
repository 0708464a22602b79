"""Settings of the local stack: read once from the environment (prefix `BUS_LOCAL_`)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

import bus
from bus.errors import UsageError

FREE_PORT = 0
"""Stands for "any free port"."""


def default_directory() -> Path:
    """Return `.local` of the source tree that `bus` runs from, else of the current directory."""
    tree = Path(bus.__file__).resolve().parent.parent
    home = tree if (tree / "pyproject.toml").is_file() else Path.cwd()
    return home / ".local"


class LocalSettings(BaseSettings):
    """Where the local stack lives. Every field has the name `BUS_LOCAL_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="BUS_LOCAL_", extra="ignore", frozen=True)

    dir: Path = Field(default_factory=default_directory, description="data, logs and state")
    kafka_port: int = Field(default=FREE_PORT, ge=0, le=65535, description="0 takes a free one")
    postgres_port: int = Field(default=FREE_PORT, ge=0, le=65535, description="0 takes a free one")


def load_local_settings() -> LocalSettings:
    """Read the environment; raise UsageError that names every bad variable at once."""
    try:
        return LocalSettings()
    except ValidationError as error:
        lines = "\n".join(
            f"  BUS_LOCAL_{str(fault['loc'][0]).upper()}: {fault['msg']}"
            for fault in error.errors()
        )
        raise UsageError(f"the environment is not usable:\n{lines}") from error
