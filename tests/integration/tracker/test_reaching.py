"""From a notice that nobody answers to a reminder in a mailbox and a ladder step at a machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bus.clock import FileClock
from tests.integration.tracker.world import INTAKE, World, new_policy
from tests.receivers import SECRET, Receiver, receiving_mail, receiving_webhooks

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
OFFICES = ("hhs.orr.director", "hhs.acf.assistant-secretary", "hhs.ios", "hhs.oig")


@contextmanager
def reachable(
    world: World, folder: Path, cluster_id: str
) -> Iterator[tuple[World, Receiver, Receiver]]:
    """Give a simulated bus whose intake office has a mailbox, and every other office a webhook."""
    (folder / "secret").write_text(SECRET)
    contacts = folder / "contacts.yaml"
    FileClock(folder / "clock").advance(START)
    with receiving_mail() as mail, receiving_webhooks() as hooks:
        hook = f"[{{webhook: 'http://127.0.0.1:{hooks.port}/', secret_file: {folder / 'secret'}}}]"
        lines = [f"  {INTAKE}: [email: intake@hhs.example]", *(f"  {o}: {hook}" for o in OFFICES)]
        contacts.write_text("\n".join(["offices:", *lines]))
        settings = world.settings.model_copy(
            update={
                "clock_file": folder / "clock",
                "local_cluster_id": cluster_id,
                "contacts_file": contacts,
                "mail_host": "127.0.0.1",
                "mail_port": mail.port,
                "mail_from": "bus@bus.example",
                "mail_security": "none",
            }
        )
        yield World(settings), mail, hooks


@pytest.mark.promise("P1")
def test_a_silent_office_is_written_to_and_its_ladder_too_until_it_decides(
    world: World, tmp_path: Path, cluster_id: str
) -> None:
    policy = new_policy()
    with reachable(world, tmp_path, cluster_id) as (bus, mail, hooks):
        clock = FileClock(tmp_path / "clock")
        with bus.serving("tracker", "hhs-intake", "relay"):
            bus.announce(policy, effective_at=START + timedelta(days=60))
            bus.until_state(policy, lead="KEPT")
            clock.advance(START + timedelta(days=20))
            mail.until(f"Reminder: {policy}")
            turned = f"Turned to you: {INTAKE} is silent on {policy}"
            hooks.until(turned, 4)
            bus.accept(policy)
            bus.until(
                "SELECT count(*) FROM due_action WHERE state = 'WAITING' AND office = %s", 0, INTAKE
            )
            clock.advance(START + timedelta(days=40))
            hooks.until(f"Overdue: {policy}")
            simulated = {
                "BUS_CLOCK_FILE": str(tmp_path / "clock"),
                "BUS_LOCAL_CLUSTER_ID": cluster_id,
            }
            bus.bus("gate", policy, **simulated)
            lines = bus.bus("timeline", policy, "--json").json

    assert not [subject for subject in mail.subjects() if subject.startswith("Overdue")]
    assert hooks.subjects().count(turned) == 4
    assert len({each.message_id for each in mail.received}) == len(mail.received)
    assert {"TRY", "GATE"} <= {each["what"] for each in lines}
    recorded = [datetime.fromisoformat(each["recorded_at"]) for each in lines]
    assert START <= min(recorded) <= max(recorded) == START + timedelta(days=40)
