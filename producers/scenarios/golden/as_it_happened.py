"""The first telling: nobody told HHS. On the bus, each silence is named."""

from __future__ import annotations

from bus.scenarios.stage import Stage
from producers.doj import policy_notice, rescission
from producers.scenarios.acts import states
from producers.scenarios.cast import (
    APPROVER,
    DIRECTOR,
    DRAFTER,
    INTAKE,
    ZERO_TOLERANCE,
    day,
    families_separated,
    new_id,
    staffs_warning,
)
from producers.scenarios.questions import (
    Wanted,
    clearance_is,
    everything_arrived,
    exits,
    findings,
    found,
    holds,
)

NOTICED_WITHIN_SECONDS = 1.0

SEPARATED_CHILDREN = """
SELECT count(DISTINCT subject_id) FROM custody_counted
WHERE event_kind = 'SEPARATED' AND counted_mode = 'ACTUAL' AND family_group_id IN (
    SELECT family_group_id FROM custody_event WHERE details -> 'subject' ->> 'role' = 'PARENT')
"""

WARNING = staffs_warning(day(2017, 11, 20))
STILL_OPEN = Wanted(kind="OBSERVED_POLICY", state="OPEN")

EL_PASO, RIO_GRANDE = "El Paso", "Rio Grande Valley"
FAMILIES_2017, FAMILIES_2018 = 12, 90


class AsItHappened:
    """History, with the bus looking on."""

    name = "as-it-happened"
    title = "As it happened"
    begins = day(2017, 11, 15)

    async def play(self, stage: Stage) -> None:
        """Play November 2017 to June 2018."""
        await self._pilot(stage)
        await self._warning(stage)
        await self._memorandum(stage)
        await self._referrals(stage)
        await self._late_notice(stage)
        await self._end(stage)

    async def _pilot(self, stage: Stage) -> None:
        stage.tell("El Paso: adults of family units are prosecuted, months before any policy.")
        drafts = families_separated(
            FAMILIES_2017, stage.clock.now(), policy_id=None, sector=EL_PASO
        )
        await stage.publish(f"DHS reports {FAMILIES_2017} families; no event says why.", drafts)
        await stage.expect(
            "MISSING_CITATION is found for each prosecution and each separation",
            findings("MISSING_CITATION", 2 * FAMILIES_2017),
        )
        await stage.expect("each event reaches HHS all the same", everything_arrived)

    async def _warning(self, stage: Stage) -> None:
        stage.advance(day(2017, 11, 20))
        stage.tell("HHS's staff see far more separated children, and warn.")
        await stage.do("HHS intake records the warning.", states(WARNING))
        await stage.expect("OBSERVED_POLICY is found, and stays open", found(STILL_OPEN))

    async def _memorandum(self, stage: Stage) -> None:
        stage.advance(day(2018, 4, 6))
        stage.tell("The Attorney General's memorandum takes effect. HHS is not told.")
        drafts = families_separated(
            1, stage.clock.now(), policy_id=ZERO_TOLERANCE, sector=RIO_GRANDE
        )
        await stage.publish("DHS reports the first family under that policy.", drafts)
        await stage.expect(
            "UNANNOUNCED_POLICY is found at the first event that cites it",
            findings("UNANNOUNCED_POLICY"),
            within_seconds=NOTICED_WITHIN_SECONDS,
        )
        await stage.expect("the gate knows of no notice (exit 4)", exits(4, "gate", ZERO_TOLERANCE))

    async def _referrals(self, stage: Stage) -> None:
        stage.advance(day(2018, 5, 5))
        stage.tell("DHS begins to refer every adult of a family unit for prosecution.")
        drafts = families_separated(
            FAMILIES_2018, stage.clock.now(), policy_id=ZERO_TOLERANCE, sector=RIO_GRANDE
        )
        await stage.publish(f"DHS reports {FAMILIES_2018} families in one day.", drafts)
        await stage.expect("each event reaches HHS", everything_arrived)

    async def _late_notice(self, stage: Stage) -> None:
        stage.advance(day(2018, 5, 7))
        stage.tell("The policy is announced in a speech; HHS learns of it from the media.")
        notice = policy_notice(
            ZERO_TOLERANCE,
            title="Zero tolerance for offenses under 8 U.S.C. 1325(a)",
            summary="Prosecute every referred improper entry, also of adults with children.",
            effective_at=day(2018, 4, 6, hour=0),
            drafted_by=DRAFTER,
            approved_by=APPROVER,
            addressees=(INTAKE, DIRECTOR),
        )
        await stage.publish("DOJ publishes a notice, 31 days after the effect.", [notice])
        await stage.expect("it is taken, and LATE_NOTICE is found", findings("LATE_NOTICE"))
        await stage.expect("IN_FORCE_NOT_ANNOUNCED is found", findings("IN_FORCE_NOT_ANNOUNCED"))
        await stage.expect(
            "the lead is SHORT, the answer PENDING: nobody at HHS has decided",
            clearance_is(ZERO_TOLERANCE, lead="SHORT", answer="PENDING", announced=False),
        )
        await stage.expect("the gate is not clear (exit 3)", exits(3, "gate", ZERO_TOLERANCE))

    async def _end(self, stage: Stage) -> None:
        stage.advance(day(2018, 6, 20))
        stage.tell("Executive Order 13841 ends the separations.")
        end = rescission(
            ZERO_TOLERANCE, coordination_id=new_id(), since=stage.clock.now(), decided_by=APPROVER
        )
        await stage.publish("DOJ rescinds the policy.", [end])
        await stage.expect("the policy is ENDED", clearance_is(ZERO_TOLERANCE, force="ENDED"))
        stage.advance(day(2018, 6, 26))
        stage.tell("A federal court orders: reunify the children. How many are there, and whose?")
        separated = FAMILIES_2017 + 1 + FAMILIES_2018
        await stage.expect(
            f"HHS counts {separated} separated children, each with a parent of the same group "
            f"(as of {stage.clock.now():%Y-%m-%d})",
            holds("hhs", SEPARATED_CHILDREN, separated),
        )
        await stage.expect(
            "the warning of 2017 is still open: nobody took it, nobody could close it unseen",
            found(STILL_OPEN),
        )
        await stage.expect(
            "the gate never once said clear",
            holds("bus", "SELECT count(*) FROM gate_answer WHERE verdict = 'CLEAR'", 0),
        )
