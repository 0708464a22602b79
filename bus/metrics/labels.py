"""What each label names. None has more values than are known when a process starts, but offices:
those that agreements name, and OTHER_OFFICES for whoever else a notice is addressed to.
"""

from __future__ import annotations

from enum import StrEnum

OTHER_OFFICES = "other"
"""Any office that no agreement names: addressees are written by whoever announces a policy."""


class Standing(StrEnum):
    """Where a policy stands, as one word: the first that holds."""

    UNREADABLE = "unreadable"  # a record of it can't be read, or one identity has two contents
    ENDED = "ended"  # cancelled, superseded or expired
    CLEAR = "clear"  # announced and in force: its gate opens, if it is real
    IN_FORCE_UNANNOUNCED = "in_force_unannounced"
    REJECTED = "rejected"
    ANNOUNCED = "announced"
    PENDING = "pending"  # waits for acceptances, or its lead time was cut short


class Refusal(StrEnum):
    """Why an event was refused: the kind of rule that its first fault breaks."""

    TOPIC = "topic"  # the catalogue has no such topic
    AUTHORISED = "authorised"  # somebody else writes or says this
    SIZE = "size"  # the broker wouldn't take it
    CONTENT = "content"  # any other rule of the schema or of its fields


UNKNOWN_TOPIC = "unknown"
"""Stands for every name that the catalogue hasn't got."""


class Redrive(StrEnum):
    """What became of a dead letter that an operator had tried again."""

    APPLIED = "applied"
    FAILED_AGAIN = "failed_again"


class Part(StrEnum):
    """A part of the monitor's work, which succeeds or fails by itself."""

    BROKER = "broker"
    DATABASE = "database"
    CANARY = "canary"


class Dependency(StrEnum):
    """What every service needs."""

    KAFKA = "kafka"
    POSTGRES = "postgres"


LABELS = {
    "owner": "who owns a store: doj, dhs, hhs, bus",
    "agency": "who announces a policy: doj, dhs, hhs",
    "topic": f"a topic of `bus topics list`; of a refusal also {UNKNOWN_TOPIC}",
    "partition": "its partition",
    "group": "a consumer group: hhs-intake, tracker",
    "consumergroup": "the same, under the name that stock dashboards know",
    "reason": "why: of a dead letter, a code of `bus/reasons.py`; of a refusal "
    f"the kind of rule: {', '.join(Refusal)}",
    "outcome": f"of a redrive {', '.join(Redrive)}; of a message what `bus/channels` tells",
    "state": "how far a dead letter's story has come, while it isn't closed",
    "verdict": "what the gate answers: CLEAR, NOT_CLEAR, UNKNOWN",
    "kind": "what was found: a code of `bus/notices/findings.py`",
    "mode": "ACTUAL, EXERCISE, TEST: alerts and boards show ACTUAL",
    "channel": "how an office is written to",
    "office": f"an office that an agreement names, or {OTHER_OFFICES}",
    "standing": f"where a policy stands: {', '.join(Standing)}",
    "dependency": f"what every service needs: {', '.join(Dependency)}",
    "part": f"a part of the monitor's work: {', '.join(Part)}",
    "place": "a disk: the name that its setting gives it",
    "version": "the version of the bus",
}
"""What each label means."""
