"""The tests that mutants are tried with, and how pytest runs them: alike each time.

Two kinds are left out, since nobody would wait for them a thousand times: properties that draw
many histories, and the proofs, which `histories.py` has in a form that is quick to repeat.
"""

from __future__ import annotations

from pathlib import Path

import hypothesis

RULES = Path("bus/notices")
TESTS = ("tests/unit/notices", "tests/unit/tracker", "tests/unit/offices")
LEFT_OUT = ("tests/unit/notices/test_properties.py", "tests/unit/tracker/test_standing.py")
OPTIONS = (
    *("-x", "-s", "-qq", "--no-header", "--no-summary"),
    *("-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:faulthandler"),
    *("-o", "addopts=", "-o", "filterwarnings=", "-o", "timeout=0"),
    *(f"--ignore={each}" for each in LEFT_OUT),
    *TESTS,
)


EXAMPLES = 25


def arrange() -> None:
    """Let properties draw few examples, the same each time, and not look for the least of them."""
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate, hypothesis.Phase.target]
    hypothesis.settings.register_profile(
        "mutants", max_examples=EXAMPLES, derandomize=True, deadline=None, phases=phases
    )
    hypothesis.settings.load_profile("mutants")
