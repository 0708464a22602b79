"""How `make test` spreads over processes: which tests stay together, who begins.

Tests that share something costly (a running bus, three brokers) run in one worker, one after the
other; so do the tests of a file. The longest groups begin first, so that no worker ends alone.
In one process (`pytest`, `pytest -n 0`) nothing of this happens: all in one random order.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from bus.local import ports
from tests.stack import remove_shared_stack, run_id

TOGETHER = {
    "chaos": ("chaos/test_chaos.py", "chaos/test_cluster.py"),
    "commands": tuple(
        f"integration/commands/test_{name}.py"
        for name in ("exit_codes", "explain", "findings", "looking")
    ),
    "tracker": tuple(
        f"integration/tracker/test_{name}.py" for name in ("clearance", "commands", "gate")
    ),
}
"""Files below `tests/` that share a fixture of their folder."""

LONG = (
    "chaos",
    "integration/consuming/test_kills.py",
    "integration/publishing/test_broker_away.py",
    "contract/test_interoperation.py",
    "simulation/test_simulation.py",
    "tracker",
    "acceptance/test_demo.py",
    "local/test_stack.py",
    "integration/consuming/test_zombies.py",
    "commands",
)
"""Groups that take longest, the longest first."""

PORTS_OF_EACH = len(ports.CANDIDATES) // 10


def group_of(nodeid: str) -> str:
    """Return the name of the group that a test runs in."""
    file = nodeid.partition("::")[0].removeprefix("tests/")
    return next((name for name, files in TOGETHER.items() if file in files), file)


def place_of(nodeid: str) -> int:
    """Return how soon a test begins: 0 is first."""
    group = group_of(nodeid)
    return LONG.index(group) if group in LONG else len(LONG)


class Groups(LoadScopeScheduling):
    """Gives each worker one group after the other, in the order in which they stand."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Groups:
    """Take the order of collection, not that of how many tests a group has."""
    config.option.loadscopereorder = False
    return Groups(config, log)  # type: ignore[arg-type]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell a worker whose run it works for."""
    node.workerinput["run"] = run_id()  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> str:
    """Give the id of the run that this process works for: its own, or that of its starter."""
    return str(input_of(pytestconfig).get("run", run_id()))


def input_of(config: pytest.Config) -> dict[str, object]:
    """Return what the starter told this worker; nothing if this is no worker."""
    told: dict[str, object] = getattr(config, "workerinput", {})
    return told


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Let the long groups begin; within a group, and among the others, the order stays random."""
    yield
    if input_of(config):
        items.sort(key=lambda item: place_of(item.nodeid))


def pytest_configure(config: pytest.Config) -> None:
    """Give each worker ports of its own, for a port that is free may be taken a moment later."""
    if worker := str(input_of(config).get("workerid", "")):
        at = int(worker.removeprefix("gw")) * PORTS_OF_EACH % len(ports.CANDIDATES)
        ports.CANDIDATES = ports.CANDIDATES[at : at + PORTS_OF_EACH]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the run's stack after the last worker has ended."""
    if not input_of(config):
        remove_shared_stack()
