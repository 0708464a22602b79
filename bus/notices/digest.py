"""The material digest of a notice: what an acceptance binds to.

It is the SHA-256, in 64 lower-case hex digits, of the RFC 8785 form of the notice in plain
JSON, less the fields that aren't material:

- `title` and `contacts`, which are editorial;
- `revision`, `replaces_digest`, `drafted_by` and `approved_by`, which say how the text came
  about, not what it is.

All else is material, the mode and the summary too. Plain JSON is what
`bus.codec.plain.to_plain` makes of a decoded payload: times in UTC as "2018-05-07T00:00:00Z",
with six digits of fraction where they aren't all zero; lists in their order; no wrappers around
optional fields.

Nulls and empty lists are left out, at every depth. So a notice that doesn't use an optional
field digests alike before and after the schema gains that field, and an acceptance given under
an old schema still binds under a new one.

Anyone can recompute it. `deploy/decisions/material-digest.md` has a worked example.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

import rfc8785

JsonValue = str | int | float | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]

EDITORIAL_FIELDS = frozenset({"title", "contacts"})
SALT_BYTES = 32
HISTORY_FIELDS = frozenset({"revision", "replaces_digest", "drafted_by", "approved_by"})


def material_digest(plain: Mapping[str, JsonValue]) -> str:
    """Return the digest of the notice's material text."""
    left_out = EDITORIAL_FIELDS | HISTORY_FIELDS
    return content_digest({name: value for name, value in plain.items() if name not in left_out})


def content_digest(plain: Mapping[str, JsonValue]) -> str:
    """Return the digest of everything in a payload: equal for equal contents."""
    return sha256(rfc8785.dumps(_without_blanks(plain))).hexdigest()


def sealed_digest(salt: bytes, text: bytes) -> str:
    """Return the digest by which a notice binds a text that it doesn't disclose in full.

    Without the salt, nobody can try out texts that they guess. It stays with the issuer, who
    gives it with the text to whoever may read it, and who can then recompute the digest. Raises
    ValueError for a salt of another length than SALT_BYTES, which would leave open where it ends.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} random bytes, this one {len(salt)}")
    return sha256(salt + text).hexdigest()


def is_editorial(path: str) -> bool:
    """Tell whether a field's path ("contacts[0].email") lies outside the material text."""
    return path.partition(".")[0].partition("[")[0] in EDITORIAL_FIELDS


def _without_blanks(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return {name: _without_blanks(part) for name, part in value.items() if not _is_blank(part)}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_blanks(part) for part in value]
    return value


def _is_blank(value: JsonValue) -> bool:
    return value is None or (isinstance(value, list | tuple) and not value)
