"""What every channel promises, against real servers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest

from bus.channels.channel import Channel, Outcome
from bus.channels.mail import MailChannel, MailSecurity, MailServer
from bus.channels.message import Message, MessageKind
from bus.channels.webhook import WebhookChannel
from bus.channels.wording import Matter, reminder
from bus.events import Mode
from tests.receivers import SECRET, Behaviour, Receiver, receiving_mail, receiving_webhooks

LIMIT_SECONDS = 0.3


def wall() -> datetime:
    return datetime.now(UTC)


def message(mode: Mode = Mode.ACTUAL) -> Message:
    matter = Matter(
        policy_id="doj/2018/zero-tolerance",
        mode=mode,
        office="hhs.orr.intake",
        revision=2,
        due_at=datetime(2018, 5, 6, 12, tzinfo=UTC),
    )
    return Message(
        message_id=UUID(int=7),
        kind=MessageKind.REMINDER,
        mode=mode,
        office="hhs.orr.intake",
        policy_id=matter.policy_id,
        at=datetime(2018, 5, 4, tzinfo=UTC),
        words=reminder(matter, 50),
    )


def channel_to(kind: str, port: int) -> Channel:
    if kind == "webhook":
        address = f"http://127.0.0.1:{port}/bus"
        return WebhookChannel("1 webhook", address, SECRET, wall=wall, limit_seconds=LIMIT_SECONDS)
    server = MailServer(
        host="127.0.0.1", port=port, sender="bus@bus.example", security=MailSecurity.NONE
    )
    address = "intake@hhs.example"
    return MailChannel("1 email", server, address, wall=wall, limit_seconds=LIMIT_SECONDS)


@dataclass
class Rig:
    channel: Channel
    receiver: Receiver


@pytest.fixture(params=["email", "webhook"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    server = receiving_mail() if request.param == "email" else receiving_webhooks()
    with server as receiver:
        yield Rig(channel_to(request.param, receiver.port), receiver)


async def test_a_message_arrives_with_its_id_and_its_whole_text(rig: Rig) -> None:
    sent = message()

    result = await rig.channel.deliver(sent)

    (arrived,) = rig.receiver.received
    assert result.outcome is Outcome.DELIVERED
    assert arrived.message_id == str(sent.message_id)
    assert arrived.subject == sent.words.subject
    assert arrived.text.split() == sent.words.text.split()


async def test_a_repeat_has_the_same_id(rig: Rig) -> None:
    await rig.channel.deliver(message())
    await rig.channel.deliver(message())

    first, second = rig.receiver.received
    assert first == second


@pytest.mark.promise("P8")
@pytest.mark.parametrize("mode", [Mode.EXERCISE, Mode.TEST])
async def test_what_is_not_real_says_so_in_its_first_word(rig: Rig, mode: Mode) -> None:
    await rig.channel.deliver(message(mode))

    (arrived,) = rig.receiver.received
    assert arrived.subject.split()[0] == mode.value
    assert arrived.text.startswith(mode.value)
    assert arrived.data.get("mode", mode.value) == mode.value


@pytest.mark.promise("P9")
@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour.LATER, Outcome.UNREACHABLE),
        (Behaviour.KEEP_SILENT, Outcome.UNREACHABLE),
        (Behaviour.REFUSE, Outcome.REFUSED),
    ],
)
async def test_a_failure_is_told_by_a_code_and_never_in_the_servers_words(
    rig: Rig, behaviour: Behaviour, outcome: Outcome
) -> None:
    rig.receiver.behaviour = behaviour

    result = await rig.channel.deliver(message())

    assert result.outcome is outcome
    assert result.reason
    assert "@" not in result.reason
    assert rig.receiver.received == []


@pytest.mark.parametrize("kind", ["email", "webhook"])
async def test_a_server_that_is_away_may_come_back(kind: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        result = await channel_to(kind, port).deliver(message())

    assert result.outcome is Outcome.UNREACHABLE


async def test_a_mail_server_without_the_encryption_asked_for_gets_nothing() -> None:
    with receiving_mail() as receiver:
        server = MailServer(
            host="127.0.0.1",
            port=receiver.port,
            sender="bus@bus.example",
            security=MailSecurity.STARTTLS,
        )
        channel = MailChannel("1 email", server, "intake@hhs.example", wall=wall)

        result = await channel.deliver(message())

    assert not result.is_delivered
    assert receiver.received == []
