"""What Postgres is started with."""

from __future__ import annotations

from bus.local.postgres import server_settings


def test_a_durable_server_keeps_every_guard_against_a_crash() -> None:
    settings = server_settings(5432, is_durable=True)

    assert not {"fsync", "synchronous_commit", "full_page_writes"} & settings.keys()


def test_no_socket_and_no_other_address_is_listened_on() -> None:
    settings = server_settings(5432, is_durable=True)

    assert settings["listen_addresses"] == "127.0.0.1"
    assert settings["unix_socket_directories"] == ""


def test_the_tests_server_loses_nothing_to_a_kill() -> None:
    settings = server_settings(5432, is_durable=False)

    assert not {"synchronous_commit", "full_page_writes"} & settings.keys()
