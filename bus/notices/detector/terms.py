"""What agreements show: that one version says two things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bus.notices.detector.evidence import shown_by
from bus.notices.facts import AgreementFact
from bus.notices.findings import Finding, FindingKind
from bus.notices.versions import versions_of


def contradictory_agreements(agreements: Iterable[AgreementFact]) -> Iterator[Finding]:
    """Yield one finding for each version that has two contents, of agreements in the log's order.

    It is about no agency alone, so only who oversees all can dispose of it.
    """
    for version in versions_of(agreements):
        contents = version.contents
        if len(contents) > 1:
            second = contents[1]
            yield shown_by(
                second,
                FindingKind.CONFLICT,
                ("agreement", second.agreement_id, second.version),
                mode=second.mode,
                policy_id=None,
                office=None,
                facts=contents,
            )
