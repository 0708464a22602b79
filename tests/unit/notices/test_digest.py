"""The material digest: anyone can recompute it, with nothing but JSON and SHA-256."""

from __future__ import annotations

import copy
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from bus.codec.plain import from_plain, to_plain
from bus.codec.schemas import packaged
from bus.notices.digest import is_editorial, material_digest

PAGE = Path(__file__).parents[3] / "deploy" / "decisions" / "material-digest.md"

NOTICE: dict[str, Any] = {
    "policy_id": "doj/2018/example-policy",
    "revision": 2,
    "replaces_digest": "1" * 64,
    "mode": "ACTUAL",
    "stage": "FINAL",
    "title": "A title",
    "summary": "What changes, in «words».",
    "contacts": [{"office": "doj.oag", "telephone": "+1 555 0100"}],
    "issuing_office": "doj.oag",
    "scope": {"sectors": [], "event_kinds": ["SEPARATED"]},
    "effective_at": "2018-07-06T04:00:00Z",
    "expires_at": None,
    "expected_impact": {"places_needed": 40, "from": None},
    "addressees": [{"office": "hhs.orr.intake", "required": True}],
    "drafted_by": {"role": "policy-drafter", "id": "j-01"},
    "approved_by": {"role": "policy-approver", "id": "j-02"},
}


def changed(**fields: object) -> dict[str, Any]:
    return {**copy.deepcopy(NOTICE), **fields}


@pytest.mark.promise("P7")
def test_a_digest_can_be_recomputed_with_the_standard_library_alone() -> None:
    material = {
        "policy_id": "doj/2018/example-policy",
        "mode": "ACTUAL",
        "stage": "FINAL",
        "summary": "What changes, in «words».",
        "issuing_office": "doj.oag",
        "scope": {"event_kinds": ["SEPARATED"]},
        "effective_at": "2018-07-06T04:00:00Z",
        "expected_impact": {"places_needed": 40},
        "addressees": [{"office": "hhs.orr.intake", "required": True}],
    }
    form = json.dumps(material, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    digest = material_digest(NOTICE)

    assert digest == sha256(form.encode()).hexdigest()


@pytest.mark.promise("P7")
def test_the_worked_example_in_the_documentation_is_right() -> None:
    blocks = re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    example = next(json.loads(body) for kind, body in blocks if kind == "json")
    form, stated = [body.strip() for kind, body in blocks if kind == "text"]

    digest = material_digest(example)

    assert digest == stated == sha256(form.encode()).hexdigest()


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another title"},
        {"contacts": []},
        {"revision": 3},
        {"replaces_digest": None},
        {"drafted_by": {"role": "policy-drafter", "id": "j-09"}},
        {"approved_by": None},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_editorial_change_keeps_the_digest(change: dict[str, object]) -> None:
    assert material_digest(changed(**change)) == material_digest(NOTICE)


@pytest.mark.promise("P7")
@pytest.mark.parametrize(
    "change",
    [
        {"policy_id": "doj/2018/other-policy"},
        {"mode": "EXERCISE"},
        {"stage": "PROPOSED"},
        {"summary": "Something else."},
        {"issuing_office": "doj.eousa"},
        {"scope": {"event_kinds": []}},
        {"effective_at": "2018-07-06T04:00:00.000001Z"},
        {"expires_at": "2019-07-06T04:00:00Z"},
        {"expected_impact": {"places_needed": 41}},
        {"addressees": [{"office": "hhs.orr.intake", "required": False}]},
        {"recorded_by": {"office": "doj.eousa", "officer": {"role": "liaison", "id": "j-3"}}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_other_change_is_material(change: dict[str, object]) -> None:
    assert material_digest(changed(**change)) != material_digest(NOTICE)


def test_a_field_that_a_later_schema_adds_leaves_old_digests_alone() -> None:
    later = changed(new_detail=None, new_list=[], scope={**NOTICE["scope"], "new_limit": None})

    assert material_digest(later) == material_digest(NOTICE)


def test_the_order_of_fields_is_nothing_to_the_digest() -> None:
    backwards = dict(reversed(NOTICE.items()))

    assert material_digest(backwards) == material_digest(NOTICE)


def test_sender_and_reader_of_a_notice_find_the_same_digest() -> None:
    schema = packaged().latest("interagency.notice.PolicyNotice")
    example = Path(__file__).parents[2] / "contract" / "examples" / "PolicyNotice.v1.json"
    written = json.loads(example.read_text())

    data, faults = from_plain(schema, written)

    assert faults == []
    assert material_digest(to_plain(schema, data)) == material_digest(written)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("title", True), ("contacts[0].email", True), ("summary", False), ("emergency.basis", False)],
)
def test_a_path_is_editorial_by_its_first_part(path: str, expected: bool) -> None:
    assert is_editorial(path) is expected
