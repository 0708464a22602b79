"""The four boards. The first answers its question at a glance; the others show why."""

from __future__ import annotations

from deploy.grafana.boards import dead_letters, delivery, findings, told
from deploy.grafana.layout import Board


def boards() -> tuple[Board, ...]:
    """Return the boards, made anew."""
    return told.board(), delivery.board(), dead_letters.board(), findings.board()
