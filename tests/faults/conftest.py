"""Which scenes a run plays: those marked `full` only where there is time for all of them."""

from pathlib import Path

import pytest

from tests.conftest import EFFORT, Effort

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the full scenes out of a short run; to skip them would look like a hole in CI."""
    if EFFORT is Effort.SHORT:
        left_out = [item for item in items if _HERE in item.path.parents and item.get_closest_marker("full")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
