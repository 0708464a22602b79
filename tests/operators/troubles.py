"""What is broken on purpose, which alert has to tell whom of it, and how it is mended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.integration.tracker.world import acknowledgement_data, new_policy
from tests.operators.bench import Bench
from tests.records import custody_data, raw_record

OPERATORS = ("--officer", "operator:o-4", "--reason", "a test of the alerts")
INSPECTOR = ("--office", "hhs.oig", "--officer", "inspector:h-40")
PAGES = {"hhs-duty-officer/page", "operators/page"}


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One thing that goes wrong. `breaking` gives what `mending` has to know."""

    alert: str
    labels: dict[str, str] = field(default_factory=dict)
    told: set[str]
    breaking: Callable[[Bench], str]
    mending: Callable[[Bench, str], object]

    @property
    def name(self) -> str:
        """The alert, with the mode where it isn't real."""
        return "-".join([self.alert, *(["EXERCISE"] if "mode" in self.labels else [])])


def act_on_unannounced_policy(bench: Bench) -> str:
    """Let DHS separate a family under a policy of which nobody has told; return the policy."""
    policy_id = new_policy()
    basis = {"kind": "POLICY", "ground": None}
    bench.world.publish("dhs.custody-event.v1", custody_data(policy_id=policy_id, basis=basis))
    return policy_id


def take_findings(bench: Bench, policy_id: str) -> None:
    """Let the inspector general take every finding about the policy."""
    for each in json.loads(bench.bus("findings", "list", "--policy", policy_id, "--json")):
        bench.bus("findings", "take", each["finding_id"], *INSPECTOR)


def announce_too_late(bench: Bench) -> str:
    """Announce a policy that is in force since yesterday; return it."""
    policy_id = new_policy()
    bench.world.announce(policy_id, days=-1)
    return policy_id


def cancel(bench: Bench, policy_id: str) -> None:
    """Let its issuer take the policy back."""
    office = ("--office", "doj.oag", "--officer", "counsel:d-7")
    bench.bus("policy", "cancel", policy_id, "--rescinded", *office, "--yes")


def poison(bench: Bench) -> str:
    """Write a record that nobody can read on HHS's topic of acknowledgements."""
    data = acknowledgement_data(new_policy(), "0" * 64)
    record = raw_record(data, topic="hhs.acknowledgement.v1", sequence=1, value=b"\x00\xff")
    bench.world.produce([record])
    return ""


def discard(bench: Bench, _: str) -> None:
    """Let two officers close every dead letter that is open."""
    letters = json.loads(bench.bus("deadletters", "list", "--state", "OPEN", "--json"))
    identifiers = [each["dead_letter_id"] for each in letters]
    approved = ("--approver", "supervisor:s-2", "--yes")
    bench.bus("deadletters", "discard", *identifiers, *OPERATORS, *approved)


def observe_in_exercise(bench: Bench) -> str:
    """Let an office report a policy in an exercise; return the policy."""
    policy_id = new_policy()
    bench.bus(
        "observe", "--office", "hhs.orr.director", "--officer", "deputy:h-3", "--agency", "doj",
        "--channel", "NEWS", "--description", "an exercise", "--policy", policy_id,
        "--mode", "EXERCISE",
    )  # fmt: skip
    return policy_id


def stopping(name: str) -> Callable[[Bench], str]:
    """Stop a process of services."""

    def stop(bench: Bench) -> str:
        bench.stop(name)
        return name

    return stop


TROUBLES = (
    # Before the group that it stops is started again, and has to become ready.
    Trouble(
        alert="BreakerOpen",
        labels={"group": "hhs-intake"},
        told=PAGES,
        breaking=lambda bench: bench.bus("breaker", "open", "hhs-intake", *OPERATORS),
        mending=lambda bench, _: bench.bus("breaker", "close", "hhs-intake", *OPERATORS),
    ),
    Trouble(
        alert="ConsumerStopped",
        labels={"group": "hhs-intake"},
        told=PAGES,
        breaking=stopping("hhs-intake"),
        mending=Bench.start,
    ),
    Trouble(alert="GateUnavailable", told=PAGES, breaking=stopping("gate"), mending=Bench.start),
    Trouble(
        alert="UnannouncedPolicy",
        labels={"kind": "UNANNOUNCED_POLICY"},
        told={"hhs-duty-officer/page"},
        breaking=act_on_unannounced_policy,
        mending=take_findings,
    ),
    Trouble(
        alert="PolicyInForceUnannounced",
        told={"hhs-duty-officer/page"},
        breaking=announce_too_late,
        mending=cancel,
    ),
    Trouble(
        alert="DeadLettersArriving",
        labels={"group": "tracker", "topic": "hhs.acknowledgement.v1"},
        told={"operators/ticket"},
        breaking=poison,
        mending=lambda _, __: None,  # no more come: that is all that it tells
    ),
    Trouble(
        alert="GateClosedByDeadLetter",
        labels={"topic": "hhs.acknowledgement.v1"},
        told=PAGES,
        breaking=lambda _: "",  # by the same record
        mending=discard,
    ),
    Trouble(
        alert="UnannouncedPolicy",
        labels={"kind": "OBSERVED_POLICY", "mode": "EXERCISE"},
        told={"exercises"},
        breaking=observe_in_exercise,
        mending=take_findings,
    ),
)
