"""An agreement, a deputy and a condition: how it goes when everybody does their part."""

from __future__ import annotations

from bus.gate.client import gate
from bus.notices.facts import Answer, CoordinationKind
from bus.notices.gate import Act as AskedAct
from bus.offices.conditions import Reply, answering
from bus.offices.delegating import delegating
from bus.offices.known_policy import KnownPolicy
from bus.offices.observing import Step as Statement
from bus.scenarios.stage import Stage
from bus.scenarios.story import Act, Sight, Step, Story
from producers.scenarios.acts import accepts, announces, is_refused, reports_families, says
from producers.scenarios.cast import (
    COUNSEL,
    DIRECTOR,
    INTAKE,
    ON_DUTY,
    PRINCIPAL,
    THE_DEPUTY,
    THE_DIRECTOR,
    day,
    doj_notice,
)
from producers.scenarios.paper import approves, is_agreed, publishes, writes
from producers.scenarios.questions import (
    Wanted,
    clearance_is,
    everything_arrived,
    found,
    gate_says,
    holds,
    http_says_no,
    http_says_yes,
    is_stated,
)

FILE = "doj-hhs.yaml"

POLICY, NEVER_TOLD = "doj/2028/agreed", "doj/2028/never-told"
EFFECT = "2028-04-03"
NOTICE = doj_notice(
    POLICY,
    title="Prosecution of every improper entry",
    summary="Prosecute every referred improper entry, also of adults with children.",
    effective_at=day(2028, 4, 3, hour=0),
    places_needed=200,
    addressees=(INTAKE, DIRECTOR),
)
SEPARATING = AskedAct(sector="Yuma", event_kind="SEPARATED")
CITED = "SELECT count(*) FROM fact WHERE kind = 'CITATION' AND policy_id = %s"
FOR_THE_DIRECTOR = accepts(POLICY, THE_DEPUTY, on_behalf_of=DIRECTOR)


def with_ten_days(text: str) -> str:
    """Return the agreement's text with a shorter lead time."""
    return text.replace("lead_time: 30 CALENDAR_DAYS", "lead_time: 10 CALENDAR_DAYS")


def the_delegation(known: KnownPolicy) -> Statement:
    """Return that the deputy may decide for two weeks, on this policy alone."""
    return delegating(known, THE_DIRECTOR, THE_DEPUTY.office, None, "2028-02-22")


def the_answer(known: KnownPolicy) -> Statement:
    """Return that DOJ agrees to fewer places."""
    return answering(
        known, COUNSEL, Reply(office=INTAKE, condition_id="capacity", answer=Answer.AGREED)
    )


async def refers_families(stage: Stage) -> None:
    """Report families from inside the gate: nothing is reported where it isn't clear."""
    async with gate(POLICY, stage.services.url, SEPARATING):
        await reports_families(2, policy_id=POLICY, sector="Yuma")(stage)


story = Story(
    name="agreement",
    title="An agreement, a deputy and a condition",
    happened=(
        "This story is made up. In 2018 no official word of the policy came to HHS from DOJ or "
        "DHS, though there were channels, and there were too few beds for the children who came "
        "(HHS OIG, OEI-BL-18-00510). Here both sides agree beforehand on what they owe each other, "
        "and keep it."
    ),
    steps=(
        Step(
            day(2028, 1, 10),
            "DOJ and HHS write down what they owe each other.",
            acts=(
                Act("DOJ", "writes that ten days ahead are enough", writes(FILE, with_ten_days)),
                Act("DOJ", "approves that text", approves(FILE, COUNSEL)),
                Act("HHS", "makes thirty days of it", writes(FILE)),
            ),
            sights=(
                Sight(
                    "the bus",
                    "the agreement isn't published: DOJ approved another text, HHS none",
                    is_refused(publishes(FILE), "the text was changed after the approval"),
                ),
            ),
        ),
        Step(
            day(2028, 1, 12),
            "Both approve the same text.",
            acts=(
                Act("HHS", "approves the text", approves(FILE, PRINCIPAL)),
                Act("DOJ", "approves it, too", approves(FILE, COUNSEL)),
                Act("the bus", "publishes the agreement", publishes(FILE)),
            ),
            sights=(Sight("everyone", "the agreement is on record", is_agreed("doj-hhs")),),
        ),
        Step(
            day(2028, 2, 7),
            "DOJ tells HHS of a policy, eight weeks ahead, that needs 200 places.",
            acts=(Act("DOJ", "publishes the notice for 3 April", announces(NOTICE)),),
            sights=(
                Sight(
                    "HHS",
                    "the notice came in time, and waits for answers",
                    clearance_is(POLICY, lead="KEPT", answer="PENDING"),
                ),
                Sight(
                    "HHS's deputy director",
                    "is refused to answer for the director: nobody said so",
                    is_refused(FOR_THE_DIRECTOR, "doesn't let hhs.orr.deputy decide"),
                ),
            ),
        ),
        Step(
            day(2028, 2, 8),
            "HHS's director is away for two weeks.",
            acts=(
                Act(
                    "HHS's director",
                    "lets the deputy decide on this policy",
                    says(POLICY, THE_DIRECTOR, the_delegation),
                ),
            ),
            sights=(
                Sight(
                    "everyone",
                    "the deputy may decide on this policy, until 22 February",
                    is_stated(POLICY, CoordinationKind.DELEGATION),
                ),
            ),
        ),
        Step(
            day(2028, 2, 10),
            "HHS's two offices answer.",
            acts=(
                Act("HHS's deputy director", "accepts for the director", FOR_THE_DIRECTOR),
                Act(
                    "HHS intake",
                    "accepts, and has 150 places of the 200",
                    accepts(POLICY, ON_DUTY, places=150),
                ),
            ),
            sights=(
                Sight(
                    "DOJ",
                    "the director's office has accepted, and intake's condition is open",
                    clearance_is(POLICY, answer="PENDING", announced=False),
                ),
                Sight(
                    "a program of DHS",
                    "no, asked over HTTP whether it may separate families in Yuma on 3 April: "
                    "there are too few places",
                    http_says_no(POLICY, SEPARATING, 200, "CAPACITY_SHORT", at=EFFECT),
                ),
            ),
        ),
        Step(
            day(2028, 2, 14),
            "DOJ plans for the 150 places that there are.",
            acts=(Act("DOJ", "agrees to intake's condition", says(POLICY, COUNSEL, the_answer)),),
            sights=(
                Sight(
                    "everyone",
                    "the policy is announced",
                    clearance_is(POLICY, answer="ACCEPTED", lead="KEPT", announced=True),
                ),
                Sight("the gate", "yes, asked for 3 April", gate_says("CLEAR", POLICY, at=EFFECT)),
                Sight(
                    "a program of DHS",
                    "no, asked over HTTP whether it may do so today: the day hasn't come",
                    http_says_no(POLICY, SEPARATING, 200, "NOT_YET_EFFECTIVE"),
                ),
            ),
        ),
        Step(
            day(2028, 4, 3),
            "The policy takes effect.",
            sights=(
                Sight(
                    "a program of DHS",
                    "yes, over HTTP, for five seconds; it states that what was agreed was done, "
                    "and neither confers nor denies legal authority",
                    http_says_yes(POLICY, SEPARATING),
                ),
                Sight(
                    "a program of DHS",
                    "no, over HTTP, to a policy of which there is no notice",
                    http_says_no(NEVER_TOLD, SEPARATING, 404),
                ),
            ),
        ),
        Step(
            day(2028, 4, 4),
            "DHS acts on it.",
            acts=(
                Act("a program of DHS", "asks the gate, and reports two families", refers_families),
            ),
            sights=(
                Sight("HHS", "each child is on record", everything_arrived),
                Sight(
                    "everyone",
                    "two referrals and two separations cite the policy",
                    holds("bus", CITED, 4, POLICY),
                ),
                Sight(
                    "everyone",
                    "nothing is found: no event acted on a policy that wasn't clear",
                    found(Wanted(kind="CITED_NOT_CLEAR", policy_id=POLICY), 0),
                ),
            ),
        ),
    ),
    remains=(
        "The agreement is that of `deploy/agreements/doj-hhs.yaml`. Whether 150 places are enough "
        "for the children who come, only the count of places can tell, and the bus doesn't count "
        "them. Nothing makes a program ask the gate: one that doesn't is found by what it reports."
    ),
)
