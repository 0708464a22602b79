"""Which owners' schemas a command looks into."""

from __future__ import annotations

from bus.errors import UnknownNameError
from bus.topics import GROUPS


def owner_of(group: str) -> str:
    """Return in whose schema the group's state is; raise UnknownNameError with those there are."""
    if group not in GROUPS:
        raise UnknownNameError(f"there is no group {group!r}; there are: {', '.join(GROUPS)}")
    return GROUPS[group]


def consuming_owners(group: str | None) -> list[str]:
    """Return the owner of this group, or every owner that has one."""
    return sorted(set(GROUPS.values())) if group is None else [owner_of(group)]
