from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.controller.office.premises import Premises


@pytest.fixture
def premises(tmp_path: Path) -> Iterator[Premises]:
    made = Premises(tmp_path)
    yield made
    made.engine.dispose()
