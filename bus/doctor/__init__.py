"""`bus doctor`: what is wrong with a bus, and how to mend it.

    checks.py     what a check tells
    broker.py     the broker, its topics, its clock
    databases.py  each owner's database or spool: reachable, up to date, permitted, in time, read
    groups.py     each consumer group: somebody works in it, and nothing stops it
    machine.py    this process: schemas, disk

It only looks. Each check says one thing; one that can't be made because of another says so.
"""

from bus.doctor.checks import Check, State
from bus.doctor.examination import examine

__all__ = ["Check", "State", "examine"]
