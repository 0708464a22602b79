"""What the environment may say."""

from __future__ import annotations

import pytest

from bus.errors import UsageError
from bus.settings import load_settings

SECONDS = (
    "BUS_SESSION_TIMEOUT",
    "BUS_REBALANCE_TIMEOUT",
    "BUS_MAX_POLL_INTERVAL",
    "BUS_BACKOFF_LIMIT",
    "BUS_FRESHNESS_LIMIT",
)


@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "1e300", "86401", "soon"])
def test_a_number_of_seconds_that_makes_no_sense_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(UsageError, match=name):
        load_settings()


@pytest.mark.parametrize("value", ["0", "100001", "1e300", str(2**70)])
def test_a_batch_that_no_worker_could_hold_is_refused(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("BUS_BATCH_RECORDS", value)

    with pytest.raises(UsageError, match="BUS_BATCH_RECORDS"):
        load_settings()


def test_every_bad_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUS_FRESHNESS_LIMIT", "1e300")
    monkeypatch.setenv("BUS_HTTP_PORT", "70000")

    with pytest.raises(UsageError, match=r"(?s)BUS_HTTP_PORT.*BUS_FRESHNESS_LIMIT"):
        load_settings()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://127.0.0.1:5432/bus",
        "postgres://bus@db.example/bus?sslmode=require",
        "postgresql://bus:a%40b:c#d@[::1]:5432/bus",
        "postgresql://bus:secret@one:1,two:2/bus",
        "postgresql:///bus?host=/var/run/postgresql",
    ],
)
def test_an_address_of_a_database_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("BUS_DATABASE_URL", url)

    assert load_settings().database_url_of("hhs") == url


@pytest.mark.promise("P9")
@pytest.mark.parametrize("name", ["BUS_DATABASE_URL", "BUS_DATABASE_URL_HHS"])
@pytest.mark.parametrize(
    "url",
    [
        "s3cret",
        "host=127.0.0.1 password=s3cret",
        "mysql://bus:s3cret@127.0.0.1/bus",
        "postgresql://bus:s3cret@[::1/bus",
        "postgresql://bus:s3cret@127.0.0.1:port/bus",
        "postgresql://bus:s3cret%zz@127.0.0.1/bus",
        "postgresql://bus:s3@cret@127.0.0.1/bus",
        "postgresql://bus:s3/cret@127.0.0.1/bus",
        "postgresql://bus:s3cret@127.0.0.1/bus ",
    ],
)
def test_what_is_no_address_is_refused_by_name_with_the_form_and_without_the_password(
    monkeypatch: pytest.MonkeyPatch, name: str, url: str
) -> None:
    monkeypatch.setenv(name, url)

    with pytest.raises(UsageError) as refused:
        load_settings()

    assert f"{name}: write postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in str(refused.value)
    assert "cret" not in f"{refused.value} {refused.value.__cause__}"


def test_an_owner_whose_own_address_is_empty_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUS_DATABASE_URL", "postgresql://one/bus")
    monkeypatch.setenv("BUS_DATABASE_URL_HHS", "")

    assert load_settings().database_url_of("hhs") == "postgresql://one/bus"


def test_an_empty_address_for_every_owner_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUS_DATABASE_URL", "")

    with pytest.raises(UsageError, match="BUS_DATABASE_URL: write"):
        load_settings()


def test_no_setting_shows_a_password_when_it_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BUS_DATABASE_URL", "BUS_DATABASE_URL_BUS"):
        monkeypatch.setenv(name, "postgresql://bus:s3cret@127.0.0.1/bus")

    assert "s3cret" not in repr(load_settings())
