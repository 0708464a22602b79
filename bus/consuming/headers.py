"""Headers as bytes, for dead letters: what came is kept to the letter, whatever it was.

A record's headers are a list of (name, value) in which names repeat, values are null, and
neither need be text. They are stored as a JSON list of [name, value] in Latin-1 escapes: each
byte is one character of the same code, so that nothing is lost and the column stays readable.
"""

from __future__ import annotations

import json
from collections.abc import Sequence


def pack_headers(headers: Sequence[tuple[str, bytes | None]]) -> bytes:
    """Return the headers as bytes from which `unpack_headers` restores them exactly."""
    rows = [
        [name.encode("utf-8", "surrogateescape").decode("latin-1"), decode(value)]
        for name, value in headers
    ]
    return json.dumps(rows).encode()


def unpack_headers(packed: bytes) -> list[tuple[str, bytes | None]]:
    """Return the headers that were packed."""
    return [
        (
            name.encode("latin-1").decode("utf-8", "surrogateescape"),
            None if value is None else value.encode("latin-1"),
        )
        for name, value in json.loads(packed)
    ]


def decode(value: bytes | None) -> str | None:
    """Return the value with one character for each byte."""
    return None if value is None else value.decode("latin-1")
