"""Who approved a notice: publishing takes a second officer, who isn't its drafter.

The notice itself names one, or an APPROVAL of its very text by the issuer does.
"""

from __future__ import annotations

from collections.abc import Iterable

from bus.notices.dossier import Dossier
from bus.notices.facts import Approval, CoordinationFact, CoordinationKind, NoticeFact
from bus.notices.states import Code


def is_approved(notice: NoticeFact, dossier: Dossier) -> bool:
    """Whether two officers issued the notice."""
    return notice.has_second_officer or any(
        fact.is_by_issuer
        and fact.officer_id != notice.drafter_id
        and fact.statement
        == Approval(revision=notice.revision, material_digest=notice.material_digest)
        for fact in dossier.sound_of_kind(CoordinationKind.APPROVAL)
    )


def approvers_of(issued: Iterable[NoticeFact], dossier: Dossier) -> set[str]:
    """Return who let any of these notices go out, also by a statement that is unsound.

    Their word can't be an addressee's as well.
    """
    notices = list(issued)
    texts = {(each.revision, each.material_digest) for each in notices}
    named = {each.approver_id for each in notices if each.approver_id is not None}
    return named | {
        fact.officer_id
        for fact in dossier.of_kind(CoordinationKind.APPROVAL)
        if fact.is_by_issuer
        and isinstance(fact.statement, Approval)
        and (fact.statement.revision, fact.statement.material_digest) in texts
    }


def why_void(fact: CoordinationFact, dossier: Dossier) -> Code | None:
    """Return why it approves nothing; None if it does. `dossier` is what was known with it."""
    approval = fact.statement
    if not isinstance(approval, Approval):
        return Code.STATEMENT_MISSING
    named = [n for n in dossier.notices if n.revision == approval.revision]
    if not named:
        return Code.REVISION_UNKNOWN
    notices = [n for n in named if n.material_digest == approval.material_digest]
    if not notices:
        return Code.DIGEST_UNKNOWN
    drafted = all(notice.drafter_id == fact.officer_id for notice in notices)
    return Code.ONE_OFFICER if drafted else None
