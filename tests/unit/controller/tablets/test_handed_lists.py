"""Lists on a warden's tablet: what they tell of marks that come, go and come again; which zones may be reported."""

import json
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.clock import NS_PER_S
from contract.events import AccountedFor, MarkWithdrawn, Means, WithdrawnBecause
from contract.ids import OUTSIDE, AccountId, ActId, AreaId, ControllerId, EdgeId, Epoch, HolderId, OperationId
from contract.sealed_roll import PartName
from contract.sealing import open_sealed_to
from controller.domain.disclosure import Copy, Ending, Register
from controller.domain.muster.acts import Mark
from controller.domain.presence.intake import fold
from controller.domain.presence.stamp import Stamp
from controller.service.muster.marking import Act, Marking, Result, What, Why
from controller.service.tablets.enrolment import Tablets
from controller.service.tablets.handed_lists import HandedLists
from controller.service.tablets.sealed_rolls import SealedRolls
from tests.unit.controller.centre import START_S
from tests.unit.controller.muster.ground import BEN, GROUNDS, HOUSE, LAWN, SHED, SITE, YARD, ZOE, act_id
from tests.unit.controller.muster.test_boards import Stage

WARDEN, TABLET = AccountId("c" * 24), "north-1"
MAIN = ControllerId("main")
PERIOD_S = START_S // SITE.retention.movement_period_s * SITE.retention.movement_period_s


class Kept:
    """The register of copies, without a ledger."""

    def __init__(self) -> None:
        self.register = Register()

    async def enter(self, wanted: Copy) -> Copy:
        copy = replace(wanted, number=self.register.next_number, made_ns=START_S * NS_PER_S + 200_000_000)
        self.register.put(copy)
        return copy

    def end(self, by: AccountId, number: int, ending: Ending) -> None:
        self.register.put(self.register.copy(number).ended(ending, by, START_S * NS_PER_S))


class Post(Stage):
    """An emergency is open; Zoe was in the house, Ben in the yard; one tablet is enrolled."""

    def __init__(self) -> None:
        super().__init__()
        clock = self.centre.clock
        none: Any = None
        self.read(-15, ZOE, "up")
        self.operation = self.emergency()
        tablets = Tablets(clock, self.ledger)
        tablets.enrol(tablets.new_code(TABLET, WARDEN)[0], Ed25519PrivateKey.generate().public_key().public_bytes_raw())
        copies: Any = Kept()
        reference: Any = self.reference
        self.copies, self.key = copies, X25519PrivateKey.generate()
        rolls = SealedRolls(clock, SITE, MAIN, self.ground.presence, reference, none)
        self.lists = HandedLists(clock, SITE, tablets, copies, self.centre.operations, self.boards, reference, rolls)
        marks: Any = self
        self.marking = Marking(
            clock, GROUNDS, self.centre.operations, none, self.ground.acts, marks, reference, lambda: 0
        )

    def read(self, second: float, holder: HolderId, point: str) -> None:
        self.ground.read(START_S + second, holder, point, PERIOD_S)

    async def seal(self, marks: list[Mark]) -> list[int]:
        """Fold marks at once, as the truth does."""
        for mark in marks:
            self.ground.number += 1
            record = Stamp(mark.occurred_ns, EdgeId("main"), Epoch(bytes(16)), self.ground.number)
            self.ground.acts.add(mark, PERIOD_S, record)
            fold(self.ground.presence, record, mark, PERIOD_S)
        return list(range(len(marks)))

    async def seen(self, second: float, number: int) -> ActId:
        """The warden sees Zoe on the lawn."""
        at_ns = (START_S + second) * NS_PER_S
        made = act_id(number)
        seen = AccountedFor(int(at_ns), made, self.operation, ZOE, Means.WARDEN, OUTSIDE, LAWN, WARDEN)
        await self.seal([seen])
        return made

    async def take_back(self, second: float, number: int, mark: ActId) -> None:
        """An officer elsewhere says that this was somebody else."""
        at_ns, because = int((START_S + second) * NS_PER_S), WithdrawnBecause.WRONG_PERSON
        await self.seal([MarkWithdrawn(at_ns, act_id(number), self.operation, mark, because, WARDEN)])

    async def persons(self) -> dict[str, dict[str, Any]]:
        """Who stands on the tablet's list, as the tablet opens it."""
        found = {}
        public = self.key.public_key().public_bytes_raw()
        for handed in await self.lists.of(TABLET, {PERIOD_S: public}):
            for part in handed.parts:
                name = PartName(SITE.site.id, MAIN, part.period_s, part.made_s)
                info = name.encoded("handed-list", TABLET, str(handed.copy))
                content = json.loads(open_sealed_to(self.key, info, part.sealed))
                found.update({person["id"]: person for person in content["persons"]})
        return found


@pytest.fixture
def post() -> Post:
    return Post()


async def test_a_second_mark_after_a_take_back_counts_and_the_first_stays_taken_back(post: Post) -> None:
    await post.lists.hand(WARDEN, post.operation, TABLET, HOUSE)
    about = ("state", "means", "muster_point", "accounted_ms", "withdrawn")

    async def zoe() -> list[object]:
        persons = await post.persons()
        assert set(persons) == {ZOE}, "the list of the house"
        return [persons[ZOE].get(each) for each in about]

    nothing: list[object] = ["missing", "", "", 0]
    assert await zoe() == [*nothing, []]
    first = await post.seen(10, 101)
    assert await zoe() == ["accounted", "warden", "lawn", (START_S + 10) * 1000, []]
    await post.take_back(20, 102, first)
    assert await zoe() == [*nothing, [first]]
    second = await post.seen(30, 103)
    assert await zoe() == ["accounted", "warden", "lawn", (START_S + 30) * 1000, [first]]
    await post.take_back(40, 104, second)
    assert await zoe() == [*nothing, [first, second]]


async def test_a_warden_reports_the_zones_of_his_lists_and_is_refused_others_in_words(post: Post) -> None:
    lists, at_ns = post.lists, post.centre.clock.now_ns()
    await lists.hand(WARDEN, post.operation, TABLET, HOUSE)
    assert lists.zones(TABLET, post.operation) == {HOUSE}
    assert lists.zones("south-1", post.operation) == set()
    assert lists.zones(TABLET, OperationId("e" * 24)) == set()

    async def swept(number: int, area: str) -> tuple[Result, Why | None]:
        zones = lists.zones(TABLET, post.operation)
        act = Act(act_id=act_id(number), at_ns=at_ns, what=What.AREA_SWEPT, area=area)
        [answer] = await post.marking.take(post.operation, WARDEN, [act], zones)
        return answer.result, answer.why

    assert await swept(201, HOUSE) == (Result.TAKEN, None)
    assert await swept(202, SHED) == (Result.REFUSED, Why.OTHER_ZONE)
    assert await swept(203, YARD) == (Result.REFUSED, Why.OTHER_ZONE)
    assert await swept(204, "attic") == (Result.REFUSED, Why.NO_AREA)
    await lists.hand(WARDEN, post.operation, TABLET, YARD)
    assert lists.zones(TABLET, post.operation) == {YARD, HOUSE, SHED}
    assert await swept(205, SHED) == (Result.TAKEN, None)
    lists.dropped(TABLET, {1, 2})
    await lists.hand(WARDEN, post.operation, TABLET, "park")
    assert lists.zones(TABLET, post.operation) == {AreaId("yard"), HOUSE, SHED}, "a point of all areas"
    assert BEN in await post.persons()
