"""Will HHS be told? One number, and what speaks against a yes.

The worst objection gives the answer. Where nothing can be seen the answer is never yes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from deploy.grafana.queries import ACTUAL, oldest, remaining, stand, total

MINUTE = 60
DAY = 24 * 60 * MINUTE

MONITOR_LIMIT = 3 * MINUTE
CANARY_LIMIT = 15 * MINUTE
OUTBOX_LIMIT = 5 * MINUTE
LAG_LIMIT = MINUTE
EFFECT_LIMIT = 7 * DAY

UNTOLD = "UNANNOUNCED_POLICY|OBSERVED_POLICY|IN_FORCE_NOT_ANNOUNCED"
"""Findings that say: somebody acts, and HHS wasn't told."""


class Answer(IntEnum):
    """From the best to the worst."""

    YES = 0
    AT_RISK = 1
    CANT_TELL = 2
    NO = 3

    @property
    def words(self) -> str:
        """What the board shows."""
        return WORDS[self]


WORDS = {
    Answer.YES: "YES",
    Answer.AT_RISK: "AT RISK",
    Answer.CANT_TELL: "CAN'T TELL",
    Answer.NO: "NO",
}


@dataclass(frozen=True, slots=True)
class Objection:
    """What speaks against a yes while `condition` has any result."""

    answer: Answer
    because: str
    condition: str

    @property
    def expression(self) -> str:
        """One series while the condition holds: the answer, labelled with its words."""
        value = f"0 * max({self.condition}) + {self.answer:d}"
        named = f'label_replace({value}, "because", "{self.because}", "", "")'
        return f'label_replace({named}, "answer", "{self.answer.words}", "", "")'


def standing(*standings: str) -> str:
    """Return how many real policies stand so."""
    where = f'standing=~"{"|".join(standings)}",{ACTUAL}'
    return total("bus_policies", "standing", where)


def found(kinds: str) -> str:
    """Return how many real findings of these kinds nobody has taken."""
    return total("bus_findings_open", "kind", f'kind=~"{kinds}",{ACTUAL}')


OBJECTIONS = (
    Objection(
        Answer.NO,
        "A policy is in force that HHS has not accepted",
        f"{standing('in_force_unannounced')} > 0",
    ),
    Objection(
        Answer.NO,
        "Somebody acts on a policy that nobody announced, and no office has taken it up",
        f"{found(UNTOLD)} > 0",
    ),
    Objection(
        Answer.NO,
        "A record of a policy can not be read: its gate is closed",
        f"{standing('unreadable')} > 0",
    ),
    Objection(
        Answer.NO,
        "Notices do not arrive: no canary for 15 minutes",
        f"time() - {stand('bus_canary_last_seen_timestamp_seconds')} > {CANARY_LIMIT}",
    ),
    Objection(
        Answer.NO,
        "A breaker is open: its group consumes nothing",
        f"min by (group) ({stand('bus_breaker_closed', 'group')}) == 0",
    ),
    Objection(
        Answer.NO,
        "Nobody consumes: a group has no members",
        f"{stand('bus_consumer_members', 'group')} == 0",
    ),
    Objection(
        Answer.CANT_TELL,
        "The monitor has not looked for 3 minutes",
        f"time() - min(bus_monitor_last_success_timestamp_seconds) > {MONITOR_LIMIT}",
    ),
    Objection(
        Answer.CANT_TELL,
        "There is no monitor",
        "absent(bus_policies) or absent(bus_monitor_last_success_timestamp_seconds)",
    ),
    Objection(
        Answer.AT_RISK,
        "An office has not answered in time",
        f"{total('bus_acknowledgements_overdue', 'office', ACTUAL)} > 0",
    ),
    Objection(
        Answer.AT_RISK,
        "A policy takes effect within 7 days, and is not announced",
        f"{remaining('bus_policy_next_effective_timestamp_seconds', where=ACTUAL)}"
        f" < {EFFECT_LIMIT}",
    ),
    Objection(
        Answer.AT_RISK,
        "An agency's events wait for over 5 minutes to be sent",
        f"{oldest('bus_outbox_oldest_timestamp_seconds')} > {OUTBOX_LIMIT}",
    ),
    Objection(
        Answer.AT_RISK,
        "A group is more than a minute behind",
        f"{stand('bus_consumer_lag_seconds')} > {LAG_LIMIT}",
    ),
    Objection(
        Answer.AT_RISK,
        "Numbers are missing on a topic of facts: gates stay closed",
        f"{total('bus_sequence_gaps', 'topic')} > 0",
    ),
)


def objections() -> str:
    """Return what speaks against a yes: one series each, or nothing."""
    return " or ".join(each.expression for each in OBJECTIONS)


def answer() -> str:
    """Return the worst answer of any objection, else yes."""
    return f"max({objections()}) or vector({Answer.YES:d})"
