"""What several tests of the announcement rules share."""

from __future__ import annotations

import pytest

from bus.notices.agreement import Terms, terms_for
from tests.unit.notices.stories import notice


@pytest.fixture
def default_terms() -> Terms:
    """The terms of a notice that no agreement covers."""
    return terms_for(notice(), agreements=())
