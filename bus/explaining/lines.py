"""One line of a policy's timeline."""

from __future__ import annotations

from bus.explaining.rows import Row


def line(  # noqa: PLR0917 - the columns of a line, in their order
    recorded_at: object,
    event_at: object,
    what: str,
    office: object = None,
    officer: object = None,
    detail: str = "",
    identifier: object = None,
) -> Row:
    return {
        "recorded_at": recorded_at,
        "event_at": event_at,
        "what": what,
        "office": office,
        "officer": officer,
        "detail": detail,
        "id": identifier,
    }
