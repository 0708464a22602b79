"""What an expression of PromQL asks about, told without a parser: enough for what we write."""

from __future__ import annotations

import re

_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"')
_INSIDE = re.compile(r"\{[^}]*\}|\[[^\]]*\]")
_LABELS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_OFFSET = re.compile(r"\boffset\s+\S+")
_NAME = re.compile(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])")
_MATCHER = re.compile(r"([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)")
_WORDS = {"and", "or", "unless", "bool", "inf", "nan"}


def metrics_in(expression: str) -> set[str]:
    """Return the names of the metrics that an expression asks for."""
    bare = _TEXTS.sub("", expression)
    for pattern in (_INSIDE, _LABELS, _OFFSET):
        bare = pattern.sub(" ", bare)
    return set(_NAME.findall(bare)) - _WORDS


def labels_in(expression: str) -> set[str]:
    """Return the labels that an expression selects or groups by."""
    bare = _TEXTS.sub("", expression)
    grouped = {label.strip() for listed in _LABELS.findall(bare) for label in listed.split(",")}
    selected = {
        label for body in re.findall(r"\{[^}]*\}", bare) for label in _MATCHER.findall(body)
    }
    return (grouped | selected) - {""}
