"""What differs between two texts of a policy."""

from __future__ import annotations

import pytest

from bus.codec.definitions import Json
from bus.notices.digest import material_digest
from bus.offices.changing import changes_between

NOTICE: dict[str, Json] = {
    "policy_id": "doj/2018/policy",
    "revision": 1,
    "title": "A title",
    "summary": None,
    "contacts": [],
    "scope": {"sectors": ["Yuma"], "event_kinds": []},
    "expires_at": None,
    "drafted_by": {"role": "drafter", "id": "d-1"},
}


@pytest.mark.parametrize(
    ("changed", "path", "is_material"),
    [
        ({"title": "Another"}, "title", False),
        ({"contacts": [{"office": "doj.oag"}]}, "contacts", False),
        ({"summary": "half as many"}, "summary", True),
        ({"scope": {"sectors": ["Yuma", "El Paso"], "event_kinds": []}}, "scope.sectors", True),
        ({"expires_at": "2019-01-01T00:00:00Z"}, "expires_at", True),
        ({"supersedes": "doj/2017/older"}, "supersedes", True),
    ],
)
def test_a_change_is_named_by_its_path(
    changed: dict[str, Json], path: str, is_material: bool
) -> None:
    (change,) = changes_between(NOTICE, NOTICE | changed)

    assert (change.path, change.is_material) == (path, is_material)


@pytest.mark.parametrize("changed", [{"revision": 2}, {"supersedes": None}, {"addressees": []}])
def test_how_a_text_came_about_and_what_is_left_out_is_no_change(
    changed: dict[str, Json],
) -> None:
    assert changes_between(NOTICE, NOTICE | changed) == []


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    "changed", [{"title": "Another"}, {"summary": "x"}, {"revision": 2}, {"summary": ""}]
)
def test_a_change_is_material_when_the_digest_is_another(changed: dict[str, Json]) -> None:
    found = changes_between(NOTICE, NOTICE | changed)

    differs = material_digest(NOTICE) != material_digest(NOTICE | changed)
    assert any(each.is_material for each in found) is differs
