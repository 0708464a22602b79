"""What the file of contacts may say, and how its faults are told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bus.channels.directory import Directory, load_directory
from bus.errors import UsageError
from bus.settings import Settings
from tests.receivers import SECRET

BOTH = """
offices:
  hhs.orr.intake:
    - webhook: https://hooks.example.gov/bus
      secret_file: {secret}
    - email: intake@hhs.example
  hhs.orr.director:
    - email: director@hhs.example
"""


def load(folder: Path, text: str, secret: str = SECRET, **settings: object) -> Directory | None:
    path, secret_path = folder / "contacts.yaml", folder / "secret"
    secret_path.write_text(secret)
    path.write_text(text.format(secret=secret_path))
    mail = {"mail_host": "127.0.0.1", "mail_from": "bus@bus.example"}
    found = Settings(contacts_file=path, **(mail | settings))  # type: ignore[arg-type]
    return load_directory(found, lambda: datetime.now(UTC))


def fault(folder: Path, text: str, secret: str = SECRET, **settings: object) -> str:
    with pytest.raises(UsageError) as raised:
        load(folder, text, secret, **settings)
    return str(raised.value)


def test_channels_are_named_by_their_place_and_kind(tmp_path: Path) -> None:
    directory = load(tmp_path, BOTH)

    assert directory is not None
    assert {office: [each.name for each in channels] for office, channels in directory.items()} == {
        "hhs.orr.intake": ["1 webhook", "2 email"],
        "hhs.orr.director": ["1 email"],
    }


def test_json_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "contacts.json"
    path.write_text('{"offices": {"hhs.oig": [{"email": "oig@hhs.example"}]}}')
    settings = Settings(contacts_file=path, mail_host="127.0.0.1", mail_from="bus@bus.example")

    directory = load_directory(settings, lambda: datetime.now(UTC))

    assert list(directory or ()) == ["hhs.oig"]


def test_without_a_file_nobody_is_written_to() -> None:
    assert load_directory(Settings(), lambda: datetime.now(UTC)) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- phone: 555", r"offices.hhs.oig[0]: write email: ADDRESS, or webhook"),
        ("- {{email: a@b.example, webhook: https://b.example}}", r"offices.hhs.oig[0]: write"),
        ("- email: nobody", "offices.hhs.oig[0].email"),
        ("- webhook: https://hooks.example/x", "offices.hhs.oig[0].secret_file: Field required"),
        ("- {{webhook: 'http://hooks.example/x', secret_file: s}}", "write https://HOST/PATH"),
        ("- {{email: a@b.example, phone: 5}}", "offices.hhs.oig[0].phone"),
        ("[]", "offices.hhs.oig"),
    ],
)
def test_a_fault_is_told_by_its_place(tmp_path: Path, line: str, expected: str) -> None:
    assert expected in fault(tmp_path, f"offices:\n  hhs.oig:\n    {line}\n")


def test_every_fault_is_told_at_once_and_no_address_is_quoted(tmp_path: Path) -> None:
    text = "offices:\n  hhs.oig: [email: not-an-address]\n  nobody: [email: also-none]\n"

    told = fault(tmp_path, text)

    assert "hhs.oig[0].email" in told
    assert "nobody" in told
    assert "not-an-address" not in told
    assert "also-none" not in told


def test_an_office_that_stands_twice_is_refused(tmp_path: Path) -> None:
    text = "offices:\n  hhs.oig: [email: a@b.example]\n  hhs.oig: [email: c@d.example]\n"

    assert "line 3, column 3" in fault(tmp_path, text)


def test_what_is_no_yaml_is_told_by_line_and_column(tmp_path: Path) -> None:
    assert "line 2" in fault(tmp_path, "offices:\n  - ]\n")


def test_a_file_that_is_not_there_names_the_setting(tmp_path: Path) -> None:
    settings = Settings(contacts_file=tmp_path / "nowhere.yaml")

    with pytest.raises(UsageError, match="BUS_CONTACTS_FILE"):
        load_directory(settings, lambda: datetime.now(UTC))


def test_faults_of_secrets_and_of_the_mail_server_are_told_together(tmp_path: Path) -> None:
    told = fault(tmp_path, BOTH, secret="whsec_c2hvcnQ=", mail_host=None, mail_username="bus")

    assert "offices.hhs.orr.intake[0].secret_file" in told
    assert "BUS_MAIL_HOST" in told
    assert "BUS_MAIL_PASSWORD_FILE" in told
    assert "c2hvcnQ" not in told


def test_a_simulated_run_writes_to_nobody_beyond_this_machine(tmp_path: Path) -> None:
    assert "BUS_CLOCK_FILE" in fault(tmp_path, BOTH, clock_file=tmp_path / "clock")


def test_a_password_is_read_from_its_file_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("open sesame\n")

    directory = load(tmp_path, BOTH, mail_username="bus", mail_password_file=tmp_path / "password")

    assert "sesame" not in repr(directory)
