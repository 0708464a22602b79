"""A signed HTTP request, as Standard Webhooks says (https://www.standardwebhooks.com).

The receiver checks `webhook-signature` over id, timestamp and body with the secret that both
share, refuses what is older than some minutes, and drops what has a `webhook-id` that it knows.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime

import httpx
from standardwebhooks import Webhook

from bus.channels.channel import LIMIT_SECONDS, Outcome, Result
from bus.channels.message import Message

MAY_PASS = frozenset({408, 425, 429})
SERVER_ERRORS_FROM = 500


class WebhookChannel:
    """Posts to one address. Follows no redirection: the address was agreed on."""

    def __init__(
        self,
        name: str,
        address: str,
        secret: str,
        *,
        wall: Callable[[], datetime],
        limit_seconds: float = LIMIT_SECONDS,
    ) -> None:
        self.name = name
        self._address = address
        self._signer = Webhook(secret)
        self._wall = wall
        self._limit_seconds = limit_seconds

    async def deliver(self, message: Message) -> Result:
        """Post the message; any 2xx is a delivery."""
        body = body_of(message)
        try:
            async with (
                asyncio.timeout(self._limit_seconds),
                httpx.AsyncClient(timeout=self._limit_seconds) as client,
                client.stream(
                    "POST", self._address, content=body, headers=self._headers(message, body)
                ) as response,
            ):
                return _by_status(response)
        except (TimeoutError, httpx.TimeoutException):
            return Result(Outcome.UNREACHABLE, "timeout")
        except httpx.HTTPError as error:
            return Result(Outcome.UNREACHABLE, type(error).__name__)

    def _headers(self, message: Message, body: str) -> dict[str, str]:
        moment = self._wall()
        identifier = str(message.message_id)
        return {
            "content-type": "application/json",
            "webhook-id": identifier,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": self._signer.sign(identifier, moment, body),
        }


def body_of(message: Message) -> str:
    """Return what is posted: the text for people, and the facts for machines.

    It doesn't depend on the try: a repeat has the same body.
    """
    return json.dumps(
        {
            "type": f"bus.{message.kind.value.lower()}",
            "timestamp": message.at.isoformat(),
            "data": {
                "mode": message.mode.value,
                "office": message.office,
                "policy_id": message.policy_id,
                "subject": message.words.subject,
                "text": message.words.text,
                **message.words.facts,
            },
        }
    )


def _by_status(response: httpx.Response) -> Result:
    status = response.status_code
    if response.is_success:
        return Result(Outcome.DELIVERED, f"HTTP {status}")
    may_pass = status in MAY_PASS or status >= SERVER_ERRORS_FROM
    return Result(Outcome.UNREACHABLE if may_pass else Outcome.REFUSED, f"HTTP {status}")
