"""A policy whose text not everybody may read."""

from __future__ import annotations

from hashlib import sha256

from bus.events import Draft
from bus.scenarios.story import Act, Sight, Step, Story
from producers.doj import Restriction
from producers.scenarios.acts import accepts, announces, is_refused
from producers.scenarios.cast import ON_DUTY, THE_DIRECTOR, day, doj_notice
from producers.scenarios.questions import clearance_is, gate_says

POLICY = "doj/2032/restricted"
SALT = bytes(range(32))
"""Made up, like the texts that it seals. A real one is random, and never written down here."""


def notice(disclosure: str, text: str, summary: str | None) -> Draft:
    """Return the notice of a text, of which no more than this is disclosed."""
    sealed = sha256(SALT + text.encode()).hexdigest()
    return doj_notice(
        POLICY,
        title="A restricted instruction to U.S. Attorneys",
        summary=summary,
        effective_at=day(2032, 3, 15, hour=0),
        places_needed=50,
        restriction=Restriction(disclosure, "CUI//SP-LEI", sealed),
    )


SUMMARY = "More adults with children will be prosecuted in two districts; 50 places are needed."
FIRST, SECOND = "The first restricted text.", "The second restricted text."

story = Story(
    name="restricted",
    title="A text that not everybody may read",
    happened=(
        "This story is made up. In 2018 officials of DHS and HHS didn't know of the memorandum "
        "before its public release (GAO-19-163). That a text is sensitive is a reason to show less "
        "of it, and none to tell nobody."
    ),
    steps=(
        Step(
            day(2032, 1, 5),
            "DOJ has a sensitive text, and at first shows only that it exists.",
            acts=(
                Act(
                    "DOJ",
                    "publishes from when it applies, to whom, and how many places it needs",
                    announces(notice("EXISTENCE", FIRST, None)),
                ),
            ),
            sights=(
                Sight(
                    "HHS",
                    "a policy for 15 March that needs 50 places, ten weeks ahead",
                    clearance_is(POLICY, lead="KEPT", answer="PENDING"),
                ),
                Sight(
                    "HHS",
                    "is refused to accept it: nobody there has read anything",
                    is_refused(accepts(POLICY, ON_DUTY), "nobody can accept"),
                ),
            ),
        ),
        Step(
            day(2032, 1, 12),
            "DOJ adds a summary.",
            acts=(
                Act("DOJ", "publishes the summary", announces(notice("SUMMARY", FIRST, SUMMARY))),
            ),
            sights=(
                Sight(
                    "HHS",
                    "the second revision waits for two answers",
                    clearance_is(POLICY, revision=2, answer="PENDING"),
                ),
            ),
        ),
        Step(
            day(2032, 1, 14),
            "HHS can plan by the summary.",
            acts=(
                Act("HHS intake", "accepts what it read", accepts(POLICY, ON_DUTY)),
                Act("HHS's director", "accepts", accepts(POLICY, THE_DIRECTOR)),
            ),
            sights=(
                Sight(
                    "DOJ",
                    "the policy is announced: both accepted, bound to the sealed text",
                    clearance_is(POLICY, announced=True, lead="KEPT"),
                ),
                Sight(
                    "the gate",
                    "yes, asked for 15 March",
                    gate_says("CLEAR", POLICY, at="2032-03-15"),
                ),
            ),
        ),
        Step(
            day(2032, 1, 20),
            "DOJ changes the restricted text, and leaves the summary as it is.",
            acts=(
                Act(
                    "DOJ",
                    "publishes the seal of the new text",
                    announces(notice("SUMMARY", SECOND, SUMMARY)),
                ),
            ),
            sights=(
                Sight(
                    "HHS",
                    "the text isn't the one that was accepted, and waits for two new answers",
                    clearance_is(POLICY, revision=3, answer="PENDING", announced=False),
                ),
                Sight(
                    "the gate",
                    "no more, asked for 15 March",
                    gate_says("NOT_CLEAR", POLICY, at="2032-03-15"),
                ),
            ),
        ),
    ),
    remains=(
        "Whoever accepts by a summary trusts it: the bus can't tell whether the summary is fair. "
        "The seal shows later whether the text is the one of that day. Dates, scope and places are "
        "open to each agency on the bus; so far all three can read every notice."
    ),
)
