"""What every test shares: effort, Hypothesis profiles, who runs with whom, and the rule that CI skips nothing.

Fixtures for brokers, gates and the like belong in the conftest of the folder that needs them.
"""

import os
from collections.abc import Generator
from enum import StrEnum
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings


class Effort(StrEnum):
    """How long a run may take: `make test` says short, `make faults` and `make fuzz` say full."""

    SHORT = "short"
    FULL = "full"


TESTS: Final = Path(__file__).parent
EACH_BY_ITSELF: Final = {"e2e", "faults", "integration"}
"""Folders whose tests start programs of their own: each goes to whichever worker is free, unless marked otherwise."""
BROWSER: Final = "browser"

EFFORT = Effort(os.environ.get("SACS_EFFORT", Effort.SHORT))

# Machines are shared and noisy, so no example has a deadline of its own; pytest's timeout ends what hangs.
settings.register_profile(Effort.SHORT, max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(Effort.FULL, max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(EFFORT)


@pytest.fixture(scope="session")
def effort() -> Effort:
    """The effort of this run, from the environment variable `SACS_EFFORT`."""
    return EFFORT


@pytest.fixture(scope="session")
def fuzz_count() -> int:
    """How many bad inputs a test marked `fuzz` feeds to its decoder."""
    return 1_000_000 if EFFORT is Effort.FULL else 2_000


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tell which tests run in one worker (`--dist loadgroup`), and give a full run ten times as long for each test."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None and (group := group_of(item.path.relative_to(TESTS))):
            item.add_marker(pytest.mark.xdist_group(group))
        if EFFORT is Effort.FULL:
            marker = item.get_closest_marker("timeout")
            short_s = float(marker.args[0] if marker and marker.args else config.getini("timeout"))
            item.add_marker(pytest.mark.timeout(short_s * 10), append=False)


def group_of(path: Path) -> str | None:
    """Those of `path` that run in one worker: a file's, for its fixtures; all that look at pages, for the browser."""
    if path.parts[0] in EACH_BY_ITSELF:
        return None
    return BROWSER if path.parts[0] == BROWSER else str(path)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure in CI: what is skipped there is tested nowhere."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report
