"""Writes the golden file of each schema that has none yet:

    python -m tests.contract.golden_files

A golden file holds the bytes of the schema's example, as hex. It is written once, when a version
is released, and never changes: those bytes lie on topics that are kept for ever.
"""

from __future__ import annotations

from bus.codec.encoding import encode
from bus.codec.schemas import Schema
from tests.contract.payloads import GOLDEN, example, released, stem

WIDTH = 64


def golden_bytes(schema: Schema) -> bytes:
    """Return the pinned bytes of the schema's example."""
    return bytes.fromhex((GOLDEN / f"{stem(schema)}.hex").read_text())


def write_missing() -> list[str]:
    """Write what is missing; return the names of the files written."""
    written = []
    for schema in released():
        path = GOLDEN / f"{stem(schema)}.hex"
        if not path.exists():
            digits = encode(schema, example(schema)).hex()
            lines = [digits[start : start + WIDTH] for start in range(0, len(digits), WIDTH)]
            path.write_text("\n".join(lines) + "\n")
            written.append(path.name)
    return written


if __name__ == "__main__":
    print("\n".join(write_missing()) or "nothing is missing")
