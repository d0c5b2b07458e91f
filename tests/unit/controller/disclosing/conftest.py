from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.controller.disclosing.night import Night


@pytest.fixture
async def night(tmp_path: Path) -> AsyncIterator[Night]:
    night = await Night.begin(tmp_path)
    yield night
    night.close()
