"""What every test shares: effort, Hypothesis profiles, who runs with whom, and the rule that CI skips nothing.

Fixtures for brokers, gates and the like belong in the conftest of the folder that needs them.
"""

import os
from collections.abc import Generator
from enum import StrEnum

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer  # type: ignore[import-untyped]

from tests.workers import Together


class Effort(StrEnum):
    """How long a run may take: `make test` says short, `make faults` and `make fuzz` say full."""

    SHORT = "short"
    FULL = "full"


EFFORT = Effort(os.environ.get("SACS_EFFORT", Effort.SHORT))

# Machines are shared and noisy, so no example has a deadline of its own; pytest's timeout ends what hangs.
# A short run tries the same examples for the same code, so that what is green on one machine is on another; a full
# run looks for new ones.
settings.register_profile(
    Effort.SHORT,
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give a full run ten times as long for each test as a short one."""
    if EFFORT is Effort.FULL:
        for item in items:
            marker = item.get_closest_marker("timeout")
            short_s = float(marker.args[0] if marker and marker.args else config.getini("timeout"))
            item.add_marker(pytest.mark.timeout(short_s * 10), append=False)


@pytest.hookimpl(optionalhook=True)  # there is none without pytest-xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """Hand out what belongs together to one worker, in the order of the folders."""
    config.option.loadscopereorder = False
    return Together(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure in CI: what is skipped there is tested nowhere."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report
