"""The sealed roll of a site: parts by period, to whom it opens, made seldom, and gone at each limit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.clock import NS_PER_S
from contract.ids import AreaId, ControllerId, HolderId
from contract.policy import AccessLevel
from contract.sealed_roll import RollPart
from contract.site import parse_site
from controller.domain.presence.chain import Evidence
from controller.domain.presence.fold import Placed, Presence
from controller.domain.rights.roles import Role
from controller.service.site.reference import NewHolder, NewPass, Reference, ReferenceKey
from controller.service.tablets.roll_keys import RollKeys
from controller.service.tablets.sealed_rolls import SealedRolls
from tests.unit.controller.office.premises import Premises
from tests.unit.controller.tablets.test_sealed_roll import opened

SITE = parse_site("""
[site]
id = "here"
[retention]
movement_period_s = 60
movement_keep_s = 300
[[area]]
id = "hall"
[[access_point]]
id = "in"
from = "outside"
to = "hall"
""")
HALL = AreaId("hall")


class Inside:
    """A fold that places whoever the test says."""

    def __init__(self) -> None:
        self.placed: list[Placed] = []
        self.asked = 0

    def inside(self) -> Iterator[Placed]:
        self.asked += 1
        yield from self.placed


class Rolls:
    """A site with two holders, and the keys of a tablet and a commander."""

    def __init__(self, folder: Path) -> None:
        self.premises = Premises(folder)
        self.inside = Inside()
        key, centre = ReferenceKey(bytes(32)), self.premises.centre
        reference = Reference(self.premises.engine, key)
        reference.load_site(SITE)
        reference.put_access_level("all", AccessLevel(frozenset(), []))
        self.holders = reference.register([
            NewHolder(name, "delegate", [NewPass(f"P-{name}", [], "all")]) for name in ("Zoe", "Ada")
        ])  # fmt: skip
        self.keys = RollKeys(centre.clock, centre.ledger, self.premises.engine, key, self.premises.office.officers)
        presence = cast("Presence", self.inside)
        self.rolls = SealedRolls(centre.clock, SITE, ControllerId("main"), presence, reference, self.keys)
        self.tablet, self.commander = X25519PrivateKey.generate(), X25519PrivateKey.generate()
        self.period_s = self.premises.now_ns // NS_PER_S // 60 * 60

    def set_key(self) -> None:
        account = self.premises.fit(Role.COMMANDER)
        self.keys.set(account, self.commander.public_key().public_bytes_raw(), bytes(32), "{}")

    def enter(self, holder: HolderId, period_s: int) -> None:
        self.inside.placed.append(Placed(holder, HALL, period_s, Evidence.TAKEN))

    def names(self, part: RollPart) -> list[str]:
        [account] = part.commanders
        content = json.loads(opened(part, self.tablet, self.commander, part.name, account))
        return [person["name"] for person in content["persons"]]


@pytest.fixture
def rolls(tmp_path: Path) -> Rolls:
    return Rolls(tmp_path)


async def test_each_period_has_its_part_which_is_gone_at_its_limit(rolls: Rolls) -> None:
    rolls.set_key()
    earlier_s = rolls.period_s - 60
    rolls.enter(rolls.holders[0], earlier_s)
    rolls.enter(rolls.holders[1], rolls.period_s)
    rolls.enter(HolderId("9" * 24), rolls.period_s)
    parts = {part.name.period_s: rolls.names(part) for part in await rolls.rolls.parts()}
    assert parts == {earlier_s: ["Zoe"], rolls.period_s: ["", "Ada"]}, "who is in no reference data is on it as well"
    rolls.premises.wait(rolls.rolls.dies_at_s(earlier_s) - rolls.premises.now_ns / NS_PER_S + 1)
    assert [part.name.period_s for part in await rolls.rolls.parts()] == [rolls.period_s]


async def test_without_a_commanders_key_no_name_is_even_read(rolls: Rolls) -> None:
    rolls.enter(rolls.holders[0], rolls.period_s)
    assert await rolls.rolls.parts() == []
    assert rolls.inside.asked == 0
    rolls.set_key()
    assert len(await rolls.rolls.parts()) == 1, "and from the first key on at once"


async def test_all_tablets_are_given_one_roll_until_it_is_a_third_of_a_minute_old(rolls: Rolls) -> None:
    rolls.set_key()
    rolls.enter(rolls.holders[0], rolls.period_s)
    first = await rolls.rolls.parts()
    assert await rolls.rolls.parts() == first
    assert rolls.inside.asked == 1
    rolls.enter(rolls.holders[1], rolls.period_s)
    rolls.premises.wait(21)
    [part] = await rolls.rolls.parts()
    assert rolls.names(part) == ["Ada", "Zoe"]
