"""The roll, sealed: made at all times, shown to nobody (C3).

Each part holds those whose last records are of one period, with the names that reference data gives them; it is made at
most once in a while for all tablets, and only its halves are sealed for each. Nothing readable is kept between two.

Belongs here: from the fold to sealed parts. Does not belong here: the format (contract/sealed_roll.py), or HTTP.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from contract.clock import NS_PER_S, Clock
from contract.ids import AccountId, AreaId, ControllerId, HolderId
from contract.periods import Kind, Period
from contract.sealed_roll import PartName, RollPart, seal_part
from contract.site import Site
from controller.domain.muster.known import known
from controller.domain.need import Need
from controller.domain.presence.fold import Placed, Presence
from controller.service.site.reference import Holder, Reference
from controller.service.tablets.roll_keys import RollKeys

_MAKE_EVERY_NS: Final = 20 * NS_PER_S
"""All tablets that ask within this time are given the same parts: a roll is a minute old at most all the same."""


class PersonOnRoll(msgspec.Struct, frozen=True):
    """One person on a sealed roll or a handed list: what the board says of him too.

    `known`: how well his place is known, as the board says it. `state`: on a handed list, what the board says.
    """

    id: HolderId
    name: str
    category: str
    area: AreaId
    known: str
    needs_help: bool = False
    state: str = "missing"

    def __repr__(self) -> str:
        """Name nobody."""
        return "<person on a roll>"


class SealedRolls:
    """See the module. Belongs to the event loop; names open in a thread."""

    def __init__(
        self,
        clock: Clock,
        site: Site,
        controller: ControllerId,
        presence: Presence,
        reference: Reference,
        keys: RollKeys,
    ) -> None:
        self._clock: Final = clock
        self._site: Final = site
        self._controller: Final = controller
        self._presence: Final = presence
        self._reference: Final = reference
        self._keys: Final = keys
        self._one_at_a_time: Final = asyncio.Lock()
        self._made: tuple[int, Mapping[AccountId, bytes], list[RollPart]] = (0, {}, [])

    async def parts(self) -> list[RollPart]:
        """Return all parts whose limit is to come; none while no commander has a key, for nobody could open them."""
        async with self._one_at_a_time:
            now_ns = self._clock.now_ns()
            commanders = {key.account: key.roll for key in self._keys.in_force()}
            made_ns, sealed_to, parts = self._made
            if now_ns - made_ns >= _MAKE_EVERY_NS or commanders != sealed_to:
                parts = await self._make(now_ns, commanders) if commanders else []
                self._made = (now_ns, commanders, parts)
            return [part for part in parts if self.dies_at_s(part.name.period_s) > now_ns // NS_PER_S]

    def name_of(self, period_s: int, now_ns: int) -> PartName:
        """Return the name of what is sealed now for a period."""
        return PartName(self._site.site.id, self._controller, period_s, now_ns // NS_PER_S)

    def dies_at_s(self, period_s: int) -> int:
        """Return when the key of the movement period that starts then dies, in seconds since 1970 UTC."""
        retention = self._site.retention
        return retention.dies_at_s(Period(Kind.MOVEMENT, period_s, retention.movement_period_s))

    def persons(self, placed: Iterable[Placed]) -> list[PersonOnRoll]:
        """Return them with their names. Reads the database: call it in a thread."""
        found = list(placed)
        holders = self._reference.holders({each.holder for each in found})
        return [_person(each, holders.get(each.holder)) for each in found]

    async def _make(self, now_ns: int, commanders: Mapping[AccountId, bytes]) -> list[RollPart]:
        periods: dict[int, list[Placed]] = defaultdict(list)
        for placed in self._presence.inside():
            periods[placed.period_s].append(placed)
        now_s = now_ns // NS_PER_S
        living = {period_s: found for period_s, found in periods.items() if self.dies_at_s(period_s) > now_s}
        return await asyncio.to_thread(self._seal, living, now_ns, commanders)

    def _seal(
        self, periods: Mapping[int, list[Placed]], now_ns: int, commanders: Mapping[AccountId, bytes]
    ) -> list[RollPart]:
        return [
            seal_part(self.name_of(period_s, now_ns), content_of(self.persons(placed)), commanders)
            for period_s, placed in sorted(periods.items())
        ]


def content_of(persons: Iterable[PersonOnRoll]) -> bytes:
    """Return persons as they are sealed: JSON."""
    return msgspec.json.encode({"persons": sorted(persons, key=lambda each: each.name.casefold())})


def _person(placed: Placed, holder: Holder | None) -> PersonOnRoll:
    name, category = (holder.name, holder.category) if holder else ("", "")
    needs_help = holder is not None and holder.needs is not Need.NONE
    return PersonOnRoll(placed.holder, name, category, placed.area, known(placed).value, needs_help)
