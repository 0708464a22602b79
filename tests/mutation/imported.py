"""`python -m tests.mutation.imported FILE NUMBER`: the tests, with that mutant imported.

Exits as pytest does: 0 if no test notices it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.mutation.mutants import mutants_of
from tests.mutation.planting import Imported
from tests.mutation.suite import OPTIONS, arrange


def main(path: Path, number: int) -> int:
    arrange()
    Imported(path, mutants_of(path.read_text())[number]).plant()
    return int(pytest.main([*OPTIONS]))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2])))
