"""`bus serve` of a consuming service that counts nothing: what `metrics_cost` compares with."""

from __future__ import annotations

from bus.cli import main
from bus.consuming.observing import BatchObserver
from bus.publishing import outbox


def count_nothing(*_: object) -> None:
    """Take what is told, and forget it."""


for name in ("applied", "amended", "watched"):
    setattr(BatchObserver, name, count_nothing)
outbox.note_published = count_nothing

if __name__ == "__main__":
    main()
