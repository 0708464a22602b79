"""The second telling: HHS is told in time, answers, and is heard."""

from __future__ import annotations

from bus.codec.plain import to_plain
from bus.codec.schemas import packaged
from bus.events import Draft
from bus.notices.digest import material_digest
from bus.scenarios.stage import Stage
from bus.topics import find_topic
from producers.doj import policy_notice
from producers.scenarios.acts import states, takes
from producers.scenarios.cast import (
    APPROVER,
    DIRECTOR,
    DIRECTOR_OFFICER,
    DRAFTER,
    INTAKE,
    INTAKE_OFFICER,
    PLANNER,
    ZERO_TOLERANCE,
    day,
    families_separated,
    staffs_warning,
)
from producers.scenarios.golden.strangers import impossible_birth_date, unreadable_records
from producers.scenarios.questions import (
    Wanted,
    clearance_is,
    everything_arrived,
    exits,
    findings,
    found,
    holds,
)

WARNING = staffs_warning(day(2017, 11, 20))
WARNED = Wanted(kind="OBSERVED_POLICY")
TAKEN = Wanted(kind="OBSERVED_POLICY", state="TAKEN")

EFFECTIVE = day(2018, 6, 5, hour=0)
EFFECTIVE_DATE = "2018-06-05"
FAMILIES = 90
FIRST_PLACES = 2000

DEAD_LETTERS = "SELECT count(*) FROM dead_letter WHERE state = 'OPEN'"
FLAGGED = """
SELECT count(*) FROM custody_event
WHERE faults -> 0 ->> 'path' = 'subject.birth_date'
  AND details -> 'subject' ->> 'birth_date' IS NULL
"""


class AsItMustBe:
    """What the bus is for."""

    name = "as-it-must-be"
    title = "As it must be"
    begins = day(2017, 11, 20)

    async def play(self, stage: Stage) -> None:
        """Play November 2017 to June 2018."""
        await self._warning(stage)
        await self._first_revision(stage)
        await self._second_revision(stage)
        await self._in_force(stage)
        await self._strangers(stage)

    async def _warning(self, stage: Stage) -> None:
        stage.tell("HHS's staff see far more separated children, and warn.")
        await stage.do("HHS intake records the warning.", states(WARNING))
        await stage.expect("OBSERVED_POLICY is found", found(WARNED))
        stage.advance(day(2017, 11, 22))
        await stage.do("DHS takes it: somebody looks into it.", takes(WARNED, PLANNER))
        await stage.expect("it is taken, by an office with a name", found(TAKEN))

    async def _first_revision(self, stage: Stage) -> None:
        stage.advance(day(2018, 4, 6))
        stage.tell("DOJ means to prosecute every improper entry, 60 days from now.")
        await stage.publish(
            "DOJ publishes revision 1 of the notice.", [revision(1, places=FIRST_PLACES)]
        )
        await stage.expect(
            "HHS has it, and nobody has answered", clearance_is(ZERO_TOLERANCE, answer="PENDING")
        )
        stage.advance(day(2018, 4, 12))
        await stage.expect(
            "the director rejects it: 2,000 places aren't there",
            exits(0, *decision(DIRECTOR, DIRECTOR_OFFICER), "--reject", "No places for 2,000."),
        )
        await stage.expect(
            "the answer is REJECTED", clearance_is(ZERO_TOLERANCE, answer="REJECTED", revision=1)
        )

    async def _second_revision(self, stage: Stage) -> None:
        stage.advance(day(2018, 4, 21))
        stage.tell("DOJ plans for 200 places a week, 45 days ahead of the effect.")
        await stage.publish("DOJ publishes revision 2.", [revision(2, places=200)])
        await stage.expect(
            "a material change voids the old answer: PENDING",
            clearance_is(ZERO_TOLERANCE, answer="PENDING", revision=2),
        )
        for office, officer in ((INTAKE, INTAKE_OFFICER), (DIRECTOR, DIRECTOR_OFFICER)):
            await stage.expect(
                f"{office} accepts", exits(0, *decision(office, officer), "--accept")
            )
        await stage.expect(
            "both seats are filled, the lead is KEPT: announced",
            clearance_is(ZERO_TOLERANCE, answer="ACCEPTED", lead="KEPT", announced=True),
        )
        await stage.expect(
            "the gate says no before the effective date (exit 3)",
            exits(3, "gate", ZERO_TOLERANCE),
        )
        await stage.expect(
            "and yes for that date (exit 0)",
            exits(0, "gate", ZERO_TOLERANCE, "--at", EFFECTIVE_DATE),
        )

    async def _in_force(self, stage: Stage) -> None:
        stage.advance(day(2018, 6, 5))
        stage.tell("The policy takes effect, and HHS has the places.")
        await stage.expect("the gate is clear (exit 0)", exits(0, "gate", ZERO_TOLERANCE))
        drafts = families_separated(
            FAMILIES, stage.clock.now(), policy_id=ZERO_TOLERANCE, sector="Rio Grande Valley"
        )
        await stage.publish(f"DHS reports {FAMILIES} families, each citing the policy.", drafts)
        await stage.expect("each event reaches HHS", everything_arrived)
        await stage.expect("and each is accounted for", Stage.is_accounted_for)
        for kind in ("UNANNOUNCED_POLICY", "LATE_NOTICE", "IN_FORCE_NOT_ANNOUNCED"):
            query = f"SELECT count(*) FROM finding WHERE kind = '{kind}' AND NOT is_withdrawn"
            await stage.expect(f"nothing is found: no {kind}", holds("bus", query, 0))

    async def _strangers(self, stage: Stage) -> None:
        stage.tell("Another program writes to DHS's topic, past the bus.")
        await stage.write_raw(
            "It writes a value that is no Avro, and a header that is no text.",
            unreadable_records(),
        )
        for owner, group in (("hhs", "HHS intake"), ("bus", "the tracker")):
            await stage.expect(f"both are dead letters of {group}", holds(owner, DEAD_LETTERS, 2))
        await stage.write_raw(
            "It writes a custody event whose birth date can't be.", [impossible_birth_date()]
        )
        await stage.expect(
            "HHS has the child, and the birth date is flagged", holds("hhs", FLAGGED, 1)
        )
        await stage.expect(
            "neither stops anything: each published event is there", everything_arrived
        )
        await stage.expect("MISSING_CITATION is found for it", findings("MISSING_CITATION"))


def decision(office: str, officer: str) -> tuple[str, ...]:
    """Return the words of the command by which an office decides, less the decision."""
    return ("acknowledge", ZERO_TOLERANCE, "--office", office, "--officer", officer, "--yes")


def revision(number: int, *, places: int) -> Draft:
    """Return a revision of the notice; the second names the text that it replaces."""
    return policy_notice(
        ZERO_TOLERANCE,
        title="Zero tolerance for offenses under 8 U.S.C. 1325(a)",
        summary="Prosecute every referred improper entry, also of adults with children.",
        effective_at=EFFECTIVE,
        drafted_by=DRAFTER,
        approved_by=APPROVER,
        revision=number,
        replaces_digest=digest_of(revision(1, places=FIRST_PLACES)) if number > 1 else None,
        places_needed=places,
        addressees=(INTAKE, DIRECTOR),
    )


def digest_of(notice: Draft) -> str:
    """Return the material digest of a notice that is about to be published."""
    schema = packaged().latest(find_topic(notice.topic).schema)
    return material_digest(to_plain(schema, notice.data))
