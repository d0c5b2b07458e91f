"""Which tests run in one worker of pytest-xdist, and in what order workers take them.

Tests of one file share its fixtures, all tests of pages share a browser, and several files look at the same long run:
spread over all workers, each worker would start its own, or wait for another's. So whole files are handed out, in the
order of the folders, in which what takes long comes before unit tests. (The plugin's own `--dist loadgroup` does not
know the items of pytest 9.2.) Belongs here: that. Does not belong here: fixtures.
"""

from typing import Final

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

SHARED: Final = {
    # More browsers than one, or one worker would be busy for longer than all others.
    "tests/browser/test_bench_page.py": "bench page",
    **dict.fromkeys(
        (
            "tests/browser/test_assembly_lists.py",
            "tests/browser/test_assembly_page.py",
            "tests/browser/test_control_centre.py",
            "tests/browser/test_operation_pages.py",
        ),
        "pages of an operation",
    ),
    "tests/browser/": "pages",
    **dict.fromkeys(
        (
            "tests/e2e/test_demo_run.py",
            "tests/e2e/test_exposure.py",
            "tests/e2e/test_law.py",
            "tests/e2e/test_places.py",
            "tests/e2e/test_verify_deletion.py",
        ),
        "observed run",
    ),
}
"""Beginnings of paths, and what those tests have in common; the first that fits counts."""
EACH_BY_ITSELF: Final = (
    "tests/e2e/test_beginning_and_end.py",
    "tests/e2e/test_replay",
    "tests/faults/",
    "tests/integration/benchmarks/",
    "tests/integration/broker/",
)
"""Beginnings of paths whose tests take long and share nothing."""


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out tests by what they have in common."""

    def _split_scope(self, nodeid: str) -> str:
        return what_is_shared(nodeid)


def what_is_shared(nodeid: str) -> str:
    """Return the same text for tests that are to run in one worker."""
    if nodeid.startswith(EACH_BY_ITSELF):
        return nodeid
    path = nodeid.partition("::")[0]
    return next((name for beginning, name in SHARED.items() if path.startswith(beginning)), path)
