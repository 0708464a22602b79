"""Hawaii, 2018: a mistaken notice, and how long it takes to take it back."""

from __future__ import annotations

from datetime import UTC, datetime

from bus.events import Mode
from bus.notices.facts import CancelCause
from bus.offices.policy_steps import cancellation
from bus.scenarios.story import Act, Sight, Step, Story
from producers.scenarios.acts import announces, is_refused, reports_families, says
from producers.scenarios.cast import COUNSEL, doj_notice
from producers.scenarios.questions import Wanted, clearance_is, found, gate_says

POLICY = "doj/2018/rehearsal-sent-as-real"
SENT = datetime(2018, 1, 13, 18, 7, tzinfo=UTC)
MISTAKEN, AS_AN_EXERCISE = (
    doj_notice(
        POLICY,
        title="Prosecution of every improper entry",
        summary="The text of a rehearsal.",
        effective_at=SENT,
        mode=mode,
    )
    for mode in (Mode.ACTUAL, Mode.EXERCISE)
)

story = Story(
    name="hawaii",
    title="A notice sent by mistake",
    happened=(
        "On 13 January 2018, at 08:07, a drill in Hawaii sent a real warning of a missile to "
        "phones all over the state. The correction came at 08:45, 38 minutes later, for nobody "
        "had prepared how to take a warning back (Federal Communications Commission, report on "
        "the false alert, April 2018). The story gives the same mistake to a policy notice, at "
        "the same minutes; that is made up."
    ),
    steps=(
        Step(
            SENT,
            "08:07 in Hawaii: the text of a rehearsal goes out as real.",
            acts=(Act("DOJ", "publishes the notice, in force at once", announces(MISTAKEN)),),
            sights=(
                Sight(
                    "HHS",
                    "the notice is there, far too late, and nobody has answered it",
                    clearance_is(POLICY, lead="SHORT", answer="PENDING", announced=False),
                ),
                Sight(
                    "everyone",
                    "a late notice is on record",
                    found(Wanted(kind="LATE_NOTICE", policy_id=POLICY)),
                ),
                Sight(
                    "the gate",
                    "no: a notice that nobody accepted opens nothing",
                    gate_says("NOT_CLEAR", POLICY),
                ),
            ),
        ),
        Step(
            SENT.replace(minute=9),
            "08:09: the mistake is noticed.",
            acts=(
                Act(
                    "DOJ",
                    "takes the notice back: one officer, one action, nobody has to agree",
                    says(
                        POLICY,
                        COUNSEL,
                        lambda known: cancellation(known, COUNSEL, CancelCause.MISTAKEN, None),
                    ),
                ),
            ),
            sights=(
                Sight("HHS", "the policy has ended", clearance_is(POLICY, force="ENDED")),
                Sight("the gate", "still no", gate_says("NOT_CLEAR", POLICY)),
            ),
        ),
        Step(
            SENT.replace(minute=45),
            "08:45: in Hawaii the correction came only now.",
            acts=(
                Act(
                    "DHS",
                    "reports a family, under the policy that was taken back",
                    reports_families(1, policy_id=POLICY, sector="El Paso"),
                ),
                Act("DOJ", "publishes the notice once more", announces(MISTAKEN)),
            ),
            sights=(
                Sight(
                    "everyone",
                    "an event acted on a cancelled policy",
                    found(
                        Wanted(kind="CITED_NOT_CLEAR", policy_id=POLICY, reason="CANCELLED"),
                    ),
                ),
                Sight(
                    "everyone",
                    "a notice of a cancelled policy counts for nothing",
                    found(Wanted(kind="VOID_NOTICE", policy_id=POLICY, reason="CANCELLED")),
                ),
                Sight(
                    "DOJ",
                    "is refused the same policy as an exercise: what was once real stays real",
                    is_refused(announces(AS_AN_EXERCISE), "has mode ACTUAL for ever"),
                ),
            ),
        ),
    ),
    remains=(
        "The bus can't notice a mistake: somebody must. It reaches offices that read the bus, and "
        "recalls nobody who acted in the two minutes between; their events are on record."
    ),
)
