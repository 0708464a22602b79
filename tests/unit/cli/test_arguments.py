"""Arguments that several commands take, and the exit codes that they share with errors."""

from __future__ import annotations

from uuid import UUID

import pytest

from bus.cli.arguments import parse_id, parse_officer, require_policy_id
from bus.cli.exits import ExitCode
from bus.errors import FaultError, UnavailableError, UsageError


def test_errors_end_a_command_with_the_codes_that_commands_use() -> None:
    codes = [each.exit_code for each in (FaultError, UsageError, UnavailableError)]

    assert codes == [ExitCode.FAULT, ExitCode.USAGE, ExitCode.UNAVAILABLE]


def test_an_officer_is_a_role_and_an_id() -> None:
    assert parse_officer("--actor", "operator:o-4", example="x:y") == ("operator", "o-4")


@pytest.mark.parametrize("text", ["", "operator", "operator:", ":o-4", " :o-4", "operator: "])
def test_half_an_officer_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="--actor as ROLE:ID, such as operator:o-4"):
        parse_officer("--actor", text, example="operator:o-4")


def test_an_id_is_a_uuid() -> None:
    assert parse_id(str(UUID(int=7))) == UUID(int=7)
    with pytest.raises(UsageError, match="give a UUID"):
        parse_id("7")


def test_what_is_no_policy_id_is_refused_with_its_form() -> None:
    require_policy_id("doj/2018/zero-tolerance")
    with pytest.raises(UsageError, match="agency/year/name"):
        require_policy_id("epa/2018/zero-tolerance")
