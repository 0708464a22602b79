"""Texts that aren't disclosed in full: what binds them, and who can check it."""

from __future__ import annotations

import pytest

from bus.notices.digest import sealed_digest
from bus.notices.facts import Disclosure
from tests.unit.notices.stories import announced_story, clearance, codes

SALT = bytes(range(32))


@pytest.mark.promise("P7")
@pytest.mark.parametrize("disclosure", [Disclosure.SUMMARY, Disclosure.EXISTENCE])
def test_a_restricted_text_without_a_sealed_digest_is_not_announced(
    disclosure: Disclosure,
) -> None:
    bound = clearance(announced_story(disclosure=disclosure, sealed="9" * 64), at=70)
    loose = clearance(announced_story(disclosure=disclosure), at=70)

    assert (bound.clear, loose.clear) == (True, False)
    assert "TEXT_NOT_SEALED" in codes(loose)


def test_whoever_has_the_salt_and_the_text_recomputes_the_sealed_digest() -> None:
    by_sha256sum = "10d0867f5c0cad5718c4b152b8d7c98f6b2d6c652f14c6fbcf7cced720589cdf"

    sealed = sealed_digest(SALT, b"the text")

    assert sealed == by_sha256sum
    assert sealed != sealed_digest(SALT, b"another text")
    assert sealed != sealed_digest(bytes(32), b"the text")


@pytest.mark.parametrize("length", [0, 16, 33])
def test_a_salt_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        sealed_digest(bytes(length), b"the text")
