"""What a search may answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, ActId, AreaId, EdgeId, Epoch, HolderId
from contract.periods import HOUR_S
from contract.site import parse_site
from controller.domain.muster.known import Known
from controller.domain.presence.declared import Declared
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import Layout
from controller.domain.presence.stamp import Stamp
from controller.service.operating.person_search import MOST_MATCHES, Answer, PersonSearch, TooManyMatchesError
from controller.service.site.reference import NewHolder, NewPass, Reference, ReferenceKey
from controller.store.reference import open_reference

SITE = parse_site("""
area = [{id = "yard", name = "Yard"}, {id = "house"}]
access_point = [
    {id = "in", from = "outside", to = "yard"},
    {id = "out", from = "yard", to = "outside"},
    {id = "up", from = "yard", to = "house"},
    {id = "here", from = "any", to = "yard"},
]
""")
YARD, HOUSE = AreaId("yard"), AreaId("house")
IN, OUT, UP, HERE = (AccessPointId(name) for name in ("in", "out", "up", "here"))
WAYS = {IN: (OUTSIDE, YARD), OUT: (YARD, OUTSIDE), UP: (YARD, HOUSE), HERE: (ANYWHERE, YARD)}
HOUR = 1000 * HOUR_S
NAMES = ("Zoe Quartermaine", "Ben Okonkwo", "ليلى منصور")


class Stage:
    """A fold, reference data, and gates that are heard or not."""

    def __init__(self, folder: Path, declared: Declared) -> None:
        self.engine = open_reference(folder / "reference.db")
        self.reference = Reference(self.engine, ReferenceKey(bytes(32)))
        self.reference.load_site(SITE)
        self.holders = self.register(*NAMES)
        self.heard = True
        self.number = 0
        self.presence = Presence(Layout({YARD: None, HOUSE: None}, WAYS, declared))
        self.service = PersonSearch(SITE, self.presence, self.reference, self.presence.headcount, lambda: self.heard)

    def register(self, *names: str) -> list[HolderId]:
        start = self.reference.count_holders()
        return self.reference.register(
            NewHolder(name, "staff", [NewPass(f"P{number}", [f"h10301:1:{number}"], "all")])
            for number, name in enumerate(names, start)
        )

    def went(self, holder: HolderId, point: AccessPointId, *, seen: bool = False) -> None:
        self.number += 1
        self.presence.granted(self._stamp(self.number), holder, point, HOUR)
        if seen:
            grant, self.number = self.number, self.number + 1
            self.presence.taken(self._stamp(self.number), grant, HOUR)

    def _stamp(self, number: int) -> Stamp:
        return Stamp((HOUR + number) * 10**9, EdgeId("north"), Epoch(bytes(16)), number)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path, Declared())
    yield made
    made.engine.dispose()


async def test_a_search_says_yes_where_something_read_says_so(stage: Stage) -> None:
    stage.went(stage.holders[0], IN, seen=True)
    [match] = await stage.service.of_name("zoe QUARTERMAINE ")
    assert (match.answer, match.area, match.known, match.because) == (Answer.YES, "Yard", Known.CONFIRMED, [])
    assert await stage.service.of_pass("P0") == [match]


async def test_a_search_says_no_only_where_nothing_is_in_doubt(stage: Stage) -> None:
    [match] = await stage.service.of_name(NAMES[1])
    assert (match.answer, match.area, match.because) == (Answer.NO, None, [])
    stage.heard = False
    [match] = await stage.service.of_name(NAMES[1])
    assert (match.answer, match.because) == (Answer.UNKNOWN, ["gates-not-heard"])
    stage.heard = True
    stage.went(stage.holders[0], IN)
    stage.presence.close_period(HOUR)
    [match] = await stage.service.of_name(NAMES[1])
    assert (match.answer, match.because) == (Answer.UNKNOWN, ["unnamed-inside"]), "he may be that person"


async def test_whoever_came_beside_a_driver_may_be_that_person(stage: Stage) -> None:
    stage.went(stage.holders[0], IN)
    stage.presence.occupants(stage._stamp(stage.number + 1), ActId("act"), IN, stage.number, 2, HOUR)
    [match] = await stage.service.of_name(NAMES[1])
    assert (match.answer, match.because) == (Answer.UNKNOWN, ["beside-drivers"])


async def test_unread_exits_make_nobody_possibly_present(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Declared(missed_exits=0.5))
    stage.went(stage.holders[0], IN)
    stage.went(stage.holders[0], OUT)
    assert "exits-missed" not in (await stage.service.of_name(NAMES[1]))[0].because
    stage.engine.dispose()


async def test_a_search_asks_for_one_person_and_not_for_a_list(stage: Stage) -> None:
    assert await stage.service.of_name("Zoe") == []
    assert await stage.service.of_name("") == []
    assert await stage.service.of_pass("P") == []
    stage.register(*["Sam Smith"] * MOST_MATCHES)
    assert len(await stage.service.of_name("Smith Sam")) == MOST_MATCHES
    stage.register("Sam Smith")
    with pytest.raises(TooManyMatchesError, match="search by the pass"):
        await stage.service.of_name("Sam Smith")


async def test_what_is_printed_of_an_answer_names_nobody(stage: Stage) -> None:
    stage.went(stage.holders[0], IN)
    printed = repr(await stage.service.of_name(NAMES[0]))
    assert "Quartermaine" not in printed
