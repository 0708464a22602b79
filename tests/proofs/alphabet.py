"""The steps that small histories are made of, by theme.

A step is what is recorded at one moment: mostly one fact, sometimes a few that belong together.
Policies take effect on day 40, 48 or 50, and the default lead time is 30 days, so that the moments
of recording (`SLOTS`) lie before, at and after each day on which something turns.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime

from bus.events import Mode
from bus.notices.durations import calendar_days
from bus.notices.facts import Answer, AnyFact, DeadLetterFact, Origin, Seat, TextRead
from bus.notices.states import ObjectionAfterEffect
from tests.unit.notices.stories import (
    DIRECTOR,
    INTAKE,
    TEXT_A,
    TEXT_B,
    accept,
    agreement,
    answer,
    both_accept,
    cancel,
    day,
    dead_letter,
    delegate,
    lift,
    notice,
    receipt,
    reject,
    stay,
    withdraw,
)

FEW_SLOTS = (0, 10, 20, 45)
SLOTS = (0, 5, 10, 20, 45, 55)
TIED_SLOTS = (0, 0, 10, 10, 45, 45)
OIG = "hhs.oig"
NEWER = "doj/2018/newer-policy"


@dataclass(frozen=True, slots=True)
class Step:
    """What is recorded at one moment."""

    name: str
    facts: tuple[AnyFact, ...]

    def at(self, moment: float) -> tuple[AnyFact, ...]:
        """Return its facts as they are when it is recorded on this day."""
        return tuple(_recorded(fact, day(moment)) for fact in self.facts)


@dataclass(frozen=True, slots=True)
class Theme:
    """Steps that have to do with each other, and few slots that suit them."""

    name: str
    steps: tuple[Step, ...]
    slots: tuple[float, ...] = FEW_SLOTS


def _recorded(fact: AnyFact, moment: datetime) -> AnyFact:
    if isinstance(fact, DeadLetterFact):
        length = fact.closed_at - fact.opened_at if fact.closed_at else None
        return replace(fact, opened_at=moment, closed_at=moment + length if length else None)
    return replace(fact, origin=replace(fact.origin, recorded_at=moment))


def turning_points(fact: AnyFact) -> set[datetime]:
    """Return every moment that a fact names: at these, time alone may change a state."""
    values = [getattr(fact, field.name) for field in fields(fact)]
    parts = [value for value in values if is_dataclass(value) and not isinstance(value, Origin)]
    inner = [getattr(part, field.name) for part in parts for field in fields(part)]
    return {value for value in values + inner if isinstance(value, datetime)}


FIRST = notice(revision=1, effective=40, text=TEXT_A)
SECOND = notice(revision=2, effective=50, text=TEXT_B, replaces=TEXT_A)
RETITLED = notice(revision=3, effective=50, text=TEXT_B, content="B with another title")
RETURNED = notice(revision=3, effective=40, text=TEXT_A, replaces=TEXT_B, content="A once more")
CONTRARY = notice(revision=1, effective=40, text=TEXT_A, content="A with another title")
SUCCESSOR = notice(
    policy_id=NEWER, effective=48, text="c" * 64, supersedes="doj/2018/zero-tolerance"
)
URGENT = notice(effective=40, text=TEXT_A, emergency_ends=60)

STAYED = stay(42)
DELIVERED = Step("the first notice comes, and is delivered", (FIRST, receipt(FIRST)))
BOTH_ACCEPT = Step("both accept the first text", tuple(both_accept()))

THEMES = (
    Theme(
        "announcing",
        (
            Step("the first notice", (FIRST,)),
            Step("a receipt for intake alone", (receipt(FIRST, office=INTAKE),)),
            Step("a receipt for all of HHS", (receipt(FIRST),)),
            Step("intake accepts", (accept(INTAKE),)),
            Step("the director accepts, and waives", (accept(DIRECTOR, waives=True),)),
            Step("intake accepts again, and waives", (accept(INTAKE, number=2, waives=True),)),
        ),
    ),
    Theme(
        "revisions",
        (
            DELIVERED,
            Step("a second revision with another text", (SECOND,)),
            Step("a third with another title alone", (RETITLED,)),
            Step("a receipt for both", (receipt(SECOND, RETITLED),)),
            BOTH_ACCEPT,
            Step(
                "both accept the second text", tuple(both_accept(number=2, revision=2, text=TEXT_B))
            ),
        ),
    ),
    Theme(
        "a text that returns",
        (
            DELIVERED,
            BOTH_ACCEPT,
            Step("a second revision with another text", (SECOND,)),
            Step("a third with the first one's text", (RETURNED,)),
            Step("a receipt for the third", (receipt(RETURNED),)),
            Step("both accept the third", tuple(both_accept(number=2, revision=3, waives=True))),
        ),
    ),
    Theme(
        "endings",
        (
            DELIVERED,
            BOTH_ACCEPT,
            Step("a cancellation from day 45", (cancel(45),)),
            Step("a stay from day 42", (stay(42),)),
            Step("a newer policy supersedes it on day 48", (SUCCESSOR,)),
            Step("the newer policy is cancelled from day 46", (cancel(46, policy_id=NEWER),)),
        ),
        (0, 10, 45, 55),
    ),
    Theme(
        "decisions",
        (
            DELIVERED,
            Step("the director accepts", (accept(DIRECTOR),)),
            Step("intake accepts", (accept(INTAKE, number=2),)),
            Step("intake has read nothing", (accept(INTAKE, number=3, read=TextRead.NOT_READ),)),
            Step("intake rejects what nobody wrote", (reject(INTAKE, number=2, text="f" * 64),)),
            Step("intake withdraws", (withdraw(INTAKE, number=4),)),
        ),
    ),
    Theme(
        "texts under one number",
        (
            DELIVERED,
            Step("a second revision, delivered", (SECOND, receipt(SECOND))),
            Step(
                "the director accepts both texts",
                (accept(DIRECTOR), accept(DIRECTOR, number=2, revision=2, text=TEXT_B)),
            ),
            Step("intake accepts the first text", (accept(INTAKE),)),
            Step("under the same number, the second", (accept(INTAKE, revision=2, text=TEXT_B),)),
            Step(
                "intake accepts the second text",
                (accept(INTAKE, number=2, revision=2, text=TEXT_B),),
            ),
        ),
    ),
    Theme(
        "objections to what nobody knows",
        (
            DELIVERED,
            BOTH_ACCEPT,
            Step("a second revision, delivered", (SECOND, receipt(SECOND))),
            Step(
                "both accept the second text", tuple(both_accept(number=3, revision=2, text=TEXT_B))
            ),
            Step(
                "intake rejects a second revision that nobody wrote",
                (reject(INTAKE, number=2, revision=2, text="f" * 64),),
            ),
            Step(
                "intake withdraws from the second text, of a revision that nobody wrote",
                (withdraw(INTAKE, number=4, revision=9, text=TEXT_B),),
            ),
        ),
    ),
    Theme(
        "conditions",
        (
            DELIVERED,
            Step("the director accepts", (accept(DIRECTOR),)),
            Step("intake accepts on a condition", (accept(INTAKE, conditions=("beds",)),)),
            Step("the issuer agrees", (answer("beds"),)),
            Step("the issuer refuses", (answer("beds", Answer.REFUSED),)),
            Step("intake accepts without it", (accept(INTAKE, number=2),)),
        ),
    ),
    Theme(
        "conditions under two numbers",
        (
            Step(
                "the first notice comes, is delivered, and the director accepts",
                (FIRST, receipt(FIRST), accept(DIRECTOR)),
            ),
            Step("intake accepts on a condition", (accept(INTAKE, conditions=("beds",)),)),
            Step(
                "intake accepts on it under the next number",
                (accept(INTAKE, number=2, conditions=("beds",), waives=True),),
            ),
            Step("intake accepts without it", (accept(INTAKE, number=3),)),
            Step("the issuer agrees", (answer("beds"),)),
            Step("the issuer refuses", (answer("beds", Answer.REFUSED),)),
        ),
    ),
    Theme(
        "delegations",
        (
            DELIVERED,
            Step("the director accepts", (accept(DIRECTOR, officer="h-2"),)),
            Step("intake delegates until day 30", (delegate(OIG, until=30),)),
            Step("that office accepts for intake", (accept(OIG, on_behalf_of=INTAKE),)),
            Step("intake revokes that", (delegate(OIG, since=5, until=5),)),
            Step(
                "that office accepts for intake anew",
                (accept(OIG, on_behalf_of=INTAKE, number=2),),
            ),
        ),
    ),
    Theme(
        "officers",
        (
            DELIVERED,
            Step("an officer accepts for intake", (accept(INTAKE, officer="h-9"),)),
            Step("the same officer accepts for the director", (accept(DIRECTOR, officer="h-9"),)),
            Step("another accepts for the director", (accept(DIRECTOR, officer="h-8", number=2),)),
            Step(
                "a second revision, with another title by the first officer",
                (notice(revision=2, effective=40, content="A by h-9", drafter="h-9"),),
            ),
            Step("a third accepts for intake", (accept(INTAKE, officer="h-7", number=2),)),
        ),
    ),
    Theme(
        "stays",
        (
            DELIVERED,
            BOTH_ACCEPT,
            Step("a stay from day 42", (STAYED,)),
            Step("it is lifted from day 44", (lift(STAYED, 44),)),
            Step("it is lifted by one officer", (lift(STAYED, 0, officer="a-2"),)),
            Step("another stay from day 47", (stay(47, sound=False),)),
        ),
    ),
    Theme(
        "objections after effect",
        (
            DELIVERED,
            BOTH_ACCEPT,
            Step("intake rejects", (reject(INTAKE, number=2),)),
            Step("intake accepts on a condition", (accept(number=3, conditions=("beds",)),)),
            Step("the issuer refuses", (answer("beds", Answer.REFUSED),)),
            Step("the director withdraws", (withdraw(DIRECTOR, number=2),)),
        ),
        (0, 10, 45, 55),
    ),
    Theme(
        "doubts",
        (
            DELIVERED,
            BOTH_ACCEPT,
            Step("another content of the first revision", (CONTRARY,)),
            Step("a dead letter for some days", (dead_letter(opened=0, closed=12),)),
            Step(
                "an exercise of the same policy",
                (
                    notice(mode=Mode.EXERCISE),
                    reject(mode=Mode.EXERCISE, number=9),
                    dead_letter(mode=Mode.EXERCISE),
                ),
            ),
            Step("a stay of a doubtful mode", (stay(42, sound=False),)),
        ),
    ),
    Theme(
        "agreements",
        (
            Step("an urgent notice comes, and is delivered", (URGENT, receipt(URGENT))),
            BOTH_ACCEPT,
            Step("intake withdraws", (withdraw(INTAKE, number=2),)),
            Step(
                "agencies agree that intake accepts, 25 days ahead, 10 when urgent",
                (
                    agreement(
                        lead_time=calendar_days(25),
                        emergency_bases=(("PUBLIC_HEALTH", calendar_days(10)),),
                    ),
                ),
            ),
            Step(
                "the same version says hhs.oig",
                (agreement(seats=(Seat.of_office(OIG),), receipts=((OIG, "hhs-intake"),)),),
            ),
            Step(
                "a second version says 35 days, and that objections close",
                (
                    agreement(
                        version=2,
                        lead_time=calendar_days(35),
                        objection_after_effect=ObjectionAfterEffect.CLOSE,
                    ),
                ),
            ),
        ),
    ),
)
