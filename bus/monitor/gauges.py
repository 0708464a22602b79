"""What was seen, as the gauges of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import product

from bus.consuming.parking import UNCLOSED
from bus.consuming.records import Partition
from bus.events import Mode
from bus.metrics import states
from bus.metrics.labels import OTHER_OFFICES, Dependency, Part, Standing
from bus.monitor.broker import BrokerState
from bus.monitor.groups import Group, GroupState
from bus.monitor.policies import Policies
from bus.monitor.showing import AnyLabels, Shown
from bus.notices.findings import FindingKind
from bus.topics import AGENCIES
from bus.tracker.named_offices import named_offices
from bus.tracker.sequences import watched_topics


class Gauges:
    """Shows what the monitor sees; makes every label set at 0 when it is made.

    But those whose 0 is an alarm: of a group that nobody has looked at yet, nothing is told.
    """

    def __init__(self, groups: Sequence[Group], places: Iterable[str]) -> None:
        self._groups = groups
        self._shown = Shown()
        self._prepare_groups()
        self._prepare_policies()
        prepare = self._shown.prepare
        for gauge in (states.DEPENDENCY_UP, states.CLOCK_SKEW):
            prepare(gauge, [(each,) for each in Dependency])
        for gauge in (states.DISK_FREE, states.DISK_SIZE):
            prepare(gauge, [(each,) for each in places])
        prepare(states.MONITOR_LAST_SUCCESS, [(each,) for each in Part])
        prepare(states.CANARY_LAST_SENT)
        prepare(states.CANARY_LAST_SEEN)

    def _prepare_groups(self) -> None:
        prepare = self._shown.prepare
        partitions = [
            (group.name, each.topic, str(each.number))
            for group in self._groups
            for each in group.partitions
        ]
        for gauge in (states.CONSUMER_LAG, states.CONSUMER_OFFSET):
            prepare(gauge, partitions)
        topics = [(group.name, topic) for group in self._groups for topic in group.topics]
        prepare(states.CONSUMER_LAG_SECONDS, topics)
        prepare(states.DEAD_LETTERS, [(*each, state) for each in topics for state in UNCLOSED])
        for gauge in (states.DEAD_LETTER_OLDEST, states.RECORDS_PARKED):
            prepare(gauge, [(group.name,) for group in self._groups])

    def _prepare_policies(self) -> None:
        prepare = self._shown.prepare
        prepare(states.POLICIES, product(Standing, Mode))
        prepare(states.POLICY_NEXT_EFFECTIVE, product(AGENCIES, Mode))
        offices = (*named_offices(()), OTHER_OFFICES)
        for gauge in (
            states.ACKNOWLEDGEMENTS_DUE,
            states.ACKNOWLEDGEMENTS_OVERDUE,
            states.ACKNOWLEDGEMENT_NEXT_DUE,
        ):
            prepare(gauge, product(offices, Mode))
        for gauge in (states.FINDINGS_OPEN, states.FINDING_OLDEST):
            prepare(gauge, product(FindingKind, Mode))
        prepare(states.SEQUENCE_GAPS, [(topic,) for topic in watched_topics()])

    def show_groups(self, seen: Mapping[str, GroupState]) -> None:
        """Show how groups stand by their databases."""
        show = self._shown.show
        letters = {
            (name, *key): count
            for name, state in seen.items()
            for key, count in state.letters.items()
        }
        show(states.DEAD_LETTERS, letters)
        oldest = {(name,): seconds(state.oldest_letter) for name, state in seen.items()}
        show(states.DEAD_LETTER_OLDEST, oldest)
        show(states.RECORDS_PARKED, {(name,): state.parked for name, state in seen.items()})
        show(states.BREAKER_CLOSED, {(name,): state.may_consume for name, state in seen.items()})
        offsets = {
            (name, each.topic, str(each.number)): reached.next_offset
            for name, state in seen.items()
            for each, reached in state.reached.items()
        }
        show(states.CONSUMER_OFFSET, offsets)

    def show_policies(self, seen: Policies) -> None:
        """Show how the announcement guarantee stands."""
        show = self._shown.show
        show(states.POLICIES, seen.places)
        show(states.POLICY_NEXT_EFFECTIVE, moments(seen.next_effects))
        show(states.ACKNOWLEDGEMENTS_DUE, seen.due)
        show(states.ACKNOWLEDGEMENTS_OVERDUE, seen.overdue)
        show(states.ACKNOWLEDGEMENT_NEXT_DUE, moments(seen.next_due))
        show(states.FINDINGS_OPEN, seen.findings)
        show(states.FINDING_OLDEST, moments(seen.oldest_findings))
        show(states.SEQUENCE_GAPS, {(topic,): count for topic, count in seen.gaps.items()})

    def show_lag(
        self,
        seen: BrokerState,
        unread: Mapping[str, Mapping[Partition, int]],
        ages: Mapping[str, Mapping[str, float]],
    ) -> None:
        """Show how far each group is behind: `unread` by partition, `ages` by topic."""
        lag = {
            (name, each.topic, str(each.number)): count
            for name, counts in unread.items()
            for each, count in counts.items()
        }
        self._shown.show(states.CONSUMER_LAG, lag)
        age = {(name, topic): each for name, by in ages.items() for topic, each in by.items()}
        self._shown.show(states.CONSUMER_LAG_SECONDS, age)
        members = {(name,): count for name, count in seen.members.items()}
        self._shown.show(states.CONSUMER_MEMBERS, members)

    def show_disks(self, usages: Mapping[str, tuple[int, int]]) -> None:
        """Show how much room disks have: free and whole."""
        self._shown.show(states.DISK_FREE, {(name,): free for name, (free, _) in usages.items()})
        self._shown.show(states.DISK_SIZE, {(name,): size for name, (_, size) in usages.items()})


def seconds(moment: datetime | None) -> float:
    """Return a moment as gauges have it: 0 is none."""
    return 0.0 if moment is None else moment.timestamp()


def moments(found: Mapping[AnyLabels, datetime]) -> dict[AnyLabels, float]:
    """Return moments as gauges have them."""
    return {labels: moment.timestamp() for labels, moment in found.items()}
