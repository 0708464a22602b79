"""A policy's material texts: each from the revision that brings it until another changes it.

A text that was changed away and comes back is another text with the same words: a material change
voids what was answered before, and nobody's answer comes back with the words. Its lead time counts
from its first delivery since then. What closes a gate is heard wherever the words stand.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bus.notices.facts import NoticeFact


@dataclass(frozen=True, slots=True)
class Text:
    """One material text, and the notices and revisions that carry it.

    `notices` are those of its unbroken sequence of revisions, `everywhere` all with these words.
    `sound_notices` are those of the sequence that may help to clear: their mode is sound, and they
    could be read in full.
    """

    digest: str
    notices: tuple[NoticeFact, ...]
    everywhere: tuple[NoticeFact, ...]
    revisions: frozenset[int]
    revisions_everywhere: frozenset[int]
    sound_notices: tuple[NoticeFact, ...]
    sound_revisions: frozenset[int]

    @classmethod
    def of(
        cls, digest: str, notices: Sequence[NoticeFact], everywhere: Sequence[NoticeFact]
    ) -> Text:
        """Return the text that these notices carry; they are in the log's order."""
        sound = tuple(notice for notice in notices if notice.is_sound)
        return cls(
            digest=digest,
            notices=tuple(notices),
            everywhere=tuple(everywhere),
            revisions=numbers_of(notices),
            revisions_everywhere=numbers_of(everywhere),
            sound_notices=sound,
            sound_revisions=numbers_of(sound),
        )

    @property
    def returned_with(self) -> int | None:
        """The revision with which its words came on record again; None for their first time."""
        if self.notices[:1] == self.everywhere[:1]:
            return None
        return self.notices[0].revision

    @property
    def identity(self) -> tuple[str | int, ...]:
        """What tells it from every other text of the policy."""
        returned = self.returned_with
        return (self.digest,) if returned is None else (self.digest, returned)


def texts_of(notices: Iterable[NoticeFact]) -> tuple[Text, ...]:
    """Return the texts of one policy's notices, which are in the log's order.

    A revision with two texts continues neither.
    """
    carrying: dict[str, list[NoticeFact]] = {}
    digests: dict[int, set[str]] = {}
    for notice in notices:
        carrying.setdefault(notice.material_digest, []).append(notice)
        digests.setdefault(notice.revision, set()).add(notice.material_digest)
    return tuple(
        Text.of(digest, [n for n in carrying[digest] if n.revision in numbers], carrying[digest])
        for numbers in _unbroken(digests)
        for digest in sorted(digests[min(numbers)])
    )


def _unbroken(digests: dict[int, set[str]]) -> list[Collection[int]]:
    """Return the revisions in sequences with one text, ascending."""
    sequences: list[list[int]] = []
    for number in sorted(digests):
        carried = digests[number]
        if sequences and len(carried) == 1 and carried == digests[sequences[-1][-1]]:
            sequences[-1].append(number)
        else:
            sequences.append([number])
    return [*sequences]


def numbers_of(notices: Iterable[NoticeFact]) -> frozenset[int]:
    return frozenset(notice.revision for notice in notices)
