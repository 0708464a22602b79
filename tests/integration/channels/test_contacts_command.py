"""`bus contacts`, against real servers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bus.cli.app import run
from tests.receivers import SECRET, Behaviour, receiving_mail, receiving_webhooks


@pytest.fixture
def contacts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "contacts.yaml"
    (tmp_path / "secret").write_text(SECRET)
    monkeypatch.setenv("BUS_CONTACTS_FILE", str(path))
    monkeypatch.setenv("BUS_MAIL_HOST", "127.0.0.1")
    monkeypatch.setenv("BUS_MAIL_FROM", "bus@bus.example")
    monkeypatch.setenv("BUS_MAIL_SECURITY", "none")
    return path


def write(path: Path, hook_port: int) -> None:
    path.write_text(
        "offices:\n"
        "  hhs.oig:\n"
        f"    - webhook: http://127.0.0.1:{hook_port}/\n"
        f"      secret_file: {path.parent / 'secret'}\n"
        "    - email: oig@hhs.example\n"
    )


def test_trying_tells_of_each_channel_what_became_of_a_test_message(
    contacts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with receiving_mail() as mail, receiving_webhooks() as hooks:
        hooks.behaviour = Behaviour.REFUSE
        monkeypatch.setenv("BUS_MAIL_PORT", str(mail.port))
        write(contacts, hooks.port)

        code = run(["contacts", "try", "hhs.oig", "--json"])

    assert code == 1
    assert json.loads(capsys.readouterr().out) == [
        {"channel": "1 webhook", "outcome": "REFUSED", "reason": "HTTP 400"},
        {"channel": "2 email", "outcome": "DELIVERED", "reason": "taken by the mail server"},
    ]
    assert mail.subjects()[0].split()[0] == "TEST"


def test_checking_lists_channels_and_shows_no_address(
    contacts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(contacts, 9)

    code = run(["contacts", "check"])

    out = capsys.readouterr().out
    assert code == 0
    assert "webhook" in out
    assert "oig@hhs.example" not in out


def test_without_contacts_the_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("BUS_CONTACTS_FILE", raising=False)

    assert run(["contacts", "check"]) == 2
    assert "BUS_CONTACTS_FILE" in capsys.readouterr().err
