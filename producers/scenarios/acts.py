"""What people do in stories, by the code that the offices' own commands run."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bus.codec.definitions import Json
from bus.codec.plain import to_plain
from bus.codec.schemas import packaged
from bus.errors import UsageError
from bus.events import Draft, Mode
from bus.notices.facts import Decision, Outcome
from bus.offices.announcing import announce
from bus.offices.baseline import declare_baseline
from bus.offices.deciding import Intention, decide, propose
from bus.offices.known_policy import Choice, tell_of_policy
from bus.offices.observing import Officer, Step, disposition_of, tell_step
from bus.scenarios.stage import Deed, Question, Stage
from bus.topics import find_topic
from bus.tracker.session import tracker_session
from producers.scenarios.cast import families_separated, families_together
from producers.scenarios.questions import Wanted, finding_ids

LEFT_TO_THE_OFFICE = ("revision", "replaces_digest")


def announces(notice: Draft) -> Deed:
    """Publish a notice; its revision, and the text that it replaces, are the next ones."""

    async def deed(stage: Stage) -> None:
        async with tracker_session(stage.settings) as tracker:
            await announce(stage.settings, tracker, content_of(notice), None, packaged())

    return deed


def declares_baseline(notice: Draft) -> Deed:
    """Publish the notice of a practice that was in force before there was a bus."""

    async def deed(stage: Stage) -> None:
        async with tracker_session(stage.settings) as tracker:
            await declare_baseline(stage.settings, tracker, content_of(notice), None, packaged())

    return deed


def content_of(notice: Draft) -> dict[str, Json]:
    """Return a notice as an office writes it in a file."""
    plain = to_plain(packaged().latest(find_topic(notice.topic).schema), notice.data)
    return {name: each for name, each in plain.items() if name not in LEFT_TO_THE_OFFICE}


def accepts(
    policy_id: str,
    officer: Officer,
    *,
    waives_lead_time: bool = False,
    places: int | None = None,
    on_behalf_of: str | None = None,
) -> Deed:
    """Accept the newest text for the officer's office, or for another; offer so many places."""
    plain = _intention(policy_id, officer, Decision.ACCEPT)
    return _decides(
        replace(plain, waives_lead_time=waives_lead_time, places=places, on_behalf_of=on_behalf_of)
    )


def rejects(policy_id: str, officer: Officer, reason: str) -> Deed:
    """Reject the newest text for the officer's office."""
    return _decides(replace(_intention(policy_id, officer, Decision.REJECT), reason=reason))


def _intention(policy_id: str, officer: Officer, decision: Decision) -> Intention:
    return Intention(
        policy_id=policy_id,
        office=officer.office,
        officer_role=officer.role,
        officer_id=officer.officer_id,
        decision=decision,
    )


def _decides(intention: Intention) -> Deed:
    policy_id = intention.policy_id

    async def deed(stage: Stage) -> None:
        async with tracker_session(stage.settings) as tracker:
            proposal = await propose(tracker, intention, stage.clock.now(), packaged())
        if proposal is None:
            raise UsageError(f"the tracker has no notice of {policy_id} yet: look for it first")
        await decide(stage.settings, proposal, packaged())

    return deed


def says(policy_id: str, officer: Officer, choose: Choice) -> Deed:
    """State something about an announced policy, as `bus policy` does: refused if void."""

    async def deed(stage: Stage) -> None:
        async with tracker_session(stage.settings) as tracker:
            await tell_of_policy(
                stage.settings, tracker, policy_id, officer, choose=choose, schemas=packaged()
            )

    return deed


def states(step: Step) -> Deed:
    """Publish what an officer states, whatever effect it has."""

    async def deed(stage: Stage) -> None:
        await tell_step(stage.settings, step, packaged())

    return deed


def takes(wanted: Wanted, officer: Officer) -> Deed:
    """Take the findings that are wanted: somebody looks into them."""
    return _disposes(wanted, Outcome.TAKEN, officer, None)


def resolves(wanted: Wanted, officer: Officer, reference: str) -> Deed:
    """Resolve the findings that are wanted, and say where it can be read."""
    return _disposes(wanted, Outcome.RESOLVED, officer, reference)


def _disposes(wanted: Wanted, outcome: Outcome, officer: Officer, reference: str | None) -> Deed:
    async def deed(stage: Stage) -> None:
        for finding_id in await finding_ids(stage, wanted):
            async with tracker_session(stage.settings) as tracker:
                step = await disposition_of(tracker, finding_id, outcome, officer, reference)
            if step is not None:
                await tell_step(stage.settings, step, packaged())

    return deed


def sends(*drafts: Draft) -> Deed:
    """Publish events of one agency, or of the bus."""

    async def deed(stage: Stage) -> None:
        await stage.send(drafts)

    return deed


def reports_families(
    count: int, *, policy_id: str | None, sector: str, mode: Mode = Mode.ACTUAL
) -> Deed:
    """Report so many separated families to the custody topic, as DHS's systems do."""

    async def deed(stage: Stage) -> None:
        now = stage.clock.now()
        await stage.send(
            families_separated(count, now, policy_id=policy_id, sector=sector, mode=mode)
        )

    return deed


def reports_days(first: datetime, days: int, *, together: int, separated: int, sector: str) -> Deed:
    """Report the families of these days: so many together, so many separated, citing nothing."""

    async def deed(stage: Stage) -> None:
        moments = [first + timedelta(days=number) for number in range(days)]
        await stage.send(
            [
                draft
                for at in moments
                for draft in (
                    *families_together(together, at, sector=sector),
                    *families_separated(separated, at, policy_id=None, sector=sector),
                )
            ]
        )

    return deed


def is_refused(deed: Deed, because: str) -> Question:
    """Return whether the bus refuses it, with these words in its answer."""

    async def check(stage: Stage) -> bool:
        try:
            await deed(stage)
        except UsageError as error:
            return because in str(error)
        return False

    return check
