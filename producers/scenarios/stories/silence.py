"""A notice that nobody answers."""

from __future__ import annotations

from bus.scenarios.story import Act, Sight, Step, Story
from producers.scenarios.acts import reports_families
from producers.scenarios.cast import DIRECTOR, INTAKE, day, doj_notice
from producers.scenarios.questions import (
    Wanted,
    everything_arrived,
    found,
    gate_says,
    is_written_to,
)
from producers.scenarios.steps import doj_tells_in_time

POLICY = "doj/2034/unanswered"
NOTICE = doj_notice(
    POLICY,
    title="Prosecution of every improper entry",
    summary="Prosecute every referred improper entry, also of adults with children.",
    effective_at=day(2034, 3, 10, hour=0),
    places_needed=300,
)
ABOVE = ("hhs.acf.assistant-secretary", "hhs.ios", "hhs.oig")

story = Story(
    name="silence",
    title="A notice that nobody answers",
    happened=(
        "This story is made up. In 2017 and 2018 the silence was within HHS too: staff warned "
        "again and again, and senior officials didn't act (HHS OIG, OEI-BL-18-00510). So it isn't "
        "enough that a notice arrives; somebody must be turned to when it lies unanswered."
    ),
    steps=(
        doj_tells_in_time(
            day(2034, 1, 9),
            "DOJ tells HHS of a policy, sixty days ahead.",
            NOTICE,
            effect="10 March",
        ),
        Step(
            day(2034, 1, 26),
            "More than two weeks later nobody has answered.",
            sights=(
                Sight(
                    "HHS",
                    "intake and the director are reminded",
                    is_written_to(POLICY, "REMINDER", INTAKE, DIRECTOR),
                ),
                Sight(
                    "HHS",
                    "the offices above are written to, and at the end the inspector general",
                    is_written_to(POLICY, "LADDER_STEP", *ABOVE),
                ),
                Sight(
                    "the gate",
                    "no, asked for 10 March: silence isn't consent",
                    gate_says("NOT_CLEAR", POLICY, at="2034-03-10"),
                ),
            ),
        ),
        Step(
            day(2034, 2, 10),
            "The time to answer is over.",
            sights=(
                Sight(
                    "everyone",
                    "two offices are overdue, by name",
                    found(Wanted(kind="OVERDUE", policy_id=POLICY), 2),
                ),
            ),
        ),
        Step(
            day(2034, 3, 10),
            "The day comes, and DHS acts on it.",
            acts=(
                Act(
                    "DHS",
                    "reports a family under the policy",
                    reports_families(1, policy_id=POLICY, sector="El Paso"),
                ),
            ),
            sights=(
                Sight("HHS", "the child is on record all the same", everything_arrived),
                Sight(
                    "everyone",
                    "a policy is in force that wasn't announced",
                    found(Wanted(kind="IN_FORCE_NOT_ANNOUNCED", policy_id=POLICY)),
                ),
                Sight("the gate", "no", gate_says("NOT_CLEAR", POLICY)),
            ),
        ),
    ),
    remains=(
        "The bus can write to an office, and can't make it answer. Who is turned to, and when, is "
        "a built-in list where no agreement names the offices. DOJ, which told in "
        "time, waits as long as HHS is silent: that too is on record, and for people to settle."
    ),
)
