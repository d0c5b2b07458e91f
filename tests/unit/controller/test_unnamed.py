"""People who do not badge: counted once, in whole numbers, between areas that there are."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contract.ids import AccountId, ControllerId, EdgeId
from contract.periods import Period
from contract.site import parse_site
from controller.service.muster.unnamed import MOST, Miscount, MiscountError, UnnamedCounting
from controller.service.records.marks import Marks
from controller.vault import KeyGoneError
from tests.unit.controller.kept import RETENTION, Kept
from tests.unit.controller.sources import MAIN, signer_of

SITE = parse_site('area = [{id = "hall"}]\naccess_point = []\ngate = []')
ADA = AccountId("a" * 24)
ACT = "0" * 24


@pytest.fixture
async def kept(tmp_path: Path) -> Kept:
    return await Kept(tmp_path).begin()


def counting_of(kept: Kept, *, has_key: Callable[[], bool] = lambda: True) -> UnnamedCounting:
    kept.ingest.may_mark = lambda edge: edge == EdgeId(MAIN)

    def publics(period: Period) -> dict[ControllerId, bytes]:
        if not has_key():
            raise KeyGoneError("gone")
        return {MAIN: kept.vault.public_key(period)}

    marks = Marks(kept.clock, RETENTION, MAIN, signer_of("controller"), publics, kept.ingest.take)
    return UnnamedCounting(kept.clock, SITE, marks)


def highest(kept: Kept) -> int:
    return kept.movements.presence.headcount().highest


async def test_people_count_at_once_and_an_act_counts_once(kept: Kept) -> None:
    counting = counting_of(kept)
    assert await counting.passed(ACT, 5, "hall", "outside", ADA)
    assert highest(kept) == 5
    assert not await counting.passed(ACT, 5, "hall", "outside", ADA)
    assert highest(kept) == 5
    kept.at(10)
    assert await counting.passed("1" * 24, -2, "hall", "outside", ADA)
    assert kept.movements.presence.headcount().best == 3


@pytest.mark.parametrize(
    ("act", "amount", "area", "other", "why"),
    [
        ("x" * 24, 1, "hall", "outside", Miscount.BAD_ACT_ID),
        (ACT, 1, "cellar", "outside", Miscount.NO_AREA),
        (ACT, 1, "outside", "hall", Miscount.NO_AREA),
        (ACT, 1, "hall", "cellar", Miscount.NO_AREA),
        (ACT, 1, "hall", "hall", Miscount.SAME_AREA),
        (ACT, 0, "hall", "outside", Miscount.BAD_AMOUNT),
        (ACT, MOST + 1, "hall", "outside", Miscount.BAD_AMOUNT),
        (ACT, -MOST - 1, "hall", "outside", Miscount.BAD_AMOUNT),
    ],
)
async def test_what_can_not_be_is_refused_in_words(
    kept: Kept, act: str, amount: int, area: str, other: str, why: Miscount
) -> None:
    with pytest.raises(MiscountError) as error:
        await counting_of(kept).passed(act, amount, area, other, ADA)
    assert error.value.miscount is why
    assert str(error.value)
    assert highest(kept) == 0


async def test_without_a_key_nothing_is_counted_and_it_may_be_tried_again(kept: Kept) -> None:
    keys: list[str] = []
    counting = counting_of(kept, has_key=lambda: bool(keys))
    with pytest.raises(MiscountError) as error:
        await counting.passed(ACT, 1, "hall", "outside", ADA)
    assert error.value.miscount is Miscount.NO_KEY
    keys.append("a key")
    assert await counting.passed(ACT, 1, "hall", "outside", ADA)
    assert highest(kept) == 1
