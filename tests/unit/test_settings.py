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
