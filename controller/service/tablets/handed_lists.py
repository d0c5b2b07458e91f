"""Lists that a commander hands to a tablet: a warden's zone or muster point, as a numbered copy, while it lasts (L3).

What a tablet is given is sealed to its keys of the periods and made anew at each of its words, so it tells who was
found meanwhile. Belongs here: handing, and what a tablet shows by it. Does not belong here: the register of copies
(service/disclosing), or what accounts for somebody (domain/muster).
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from contract.clock import NS_PER_S, Clock
from contract.ids import AccountId, ActId, AreaId, MusterPointId, OperationId
from contract.sealed_roll import seal_list
from contract.site import MusterPoint, Site
from controller.domain.disclosure import Copy, DisclosureReason, Ending, Form, Recipient
from controller.domain.muster.known import known
from controller.domain.muster.person import Line, State
from controller.domain.need import Need
from controller.domain.operation import OperationKind
from controller.domain.presence.fold import Placed
from controller.domain.tablets import TabletError
from controller.service.disclosing.copies import Copies
from controller.service.muster.boards import Boards
from controller.service.muster.open_board import OpenBoard
from controller.service.operating.operations import NoSuchOperationError, Operations
from controller.service.site.reference import Holder, Reference
from controller.service.tablets.enrolment import Tablets
from controller.service.tablets.sealed_rolls import PersonOnRoll, SealedRolls, content_of

_NS_PER_MS: Final = 1_000_000
_LISTED: Final = frozenset({State.MISSING, State.ACCOUNTED, State.STAYING, State.CONTRADICTED, State.LEFT})
"""Whom a list shows: those who were expected. Who came in or was found by chance is the board's."""
_BECAUSE: Final = {
    OperationKind.EMERGENCY: DisclosureReason.ACCOUNT_FOR,
    OperationKind.DRILL: DisclosureReason.EXERCISE,
    OperationKind.SEARCH: DisclosureReason.SEARCH,
}


class PersonOnList(PersonOnRoll, frozen=True):
    """One person on a handed list, with what accounts for him now.

    `means`: how, "" for nothing does; `muster_point`: where, if at one; `accounted_ms`: when, in ms since 1970 UTC, 0
    for not. `withdrawn`: marks of him that were taken back, wherever: the tablet that made one counts it no longer.
    """

    means: str = ""
    muster_point: str = ""
    accounted_ms: int = 0
    withdrawn: tuple[ActId, ...] = ()

    def __repr__(self) -> str:
        """Name nobody."""
        return "<person on a list>"


@dataclass(frozen=True)
class HandedPart:
    """Those of a list whose records are of one period, sealed to the tablet's key of it."""

    period_s: int
    made_s: int
    dies_at_s: int
    sealed: bytes


@dataclass(frozen=True)
class HandedList:
    """One list that a tablet shows: number of the copy, operation, zone or muster point, and its parts."""

    copy: int
    operation: OperationId
    opened_ns: int
    areas: tuple[AreaId, ...]
    muster_point: MusterPointId | None
    parts: list[HandedPart]


class HandedLists:
    """See the module. Belongs to the event loop."""

    def __init__(
        self,
        clock: Clock,
        site: Site,
        tablets: Tablets,
        copies: Copies,
        operations: Operations,
        boards: Boards,
        reference: Reference,
        rolls: SealedRolls,
    ) -> None:
        self._clock: Final = clock
        self._points: Final[Mapping[MusterPointId, MusterPoint]] = {each.id: each for each in site.muster_point}
        self._areas: Final = [each.id for each in site.area]
        self._tablets: Final = tablets
        self._copies: Final = copies
        self._operations: Final = operations
        self._boards: Final = boards
        self._reference: Final = reference
        self._rolls: Final = rolls
        self._sealed: dict[int, tuple[tuple[int, Mapping[int, bytes]], list[HandedPart]]] = {}
        """What was sealed last for each copy, of which sequence of its board and to which keys."""

    async def hand(self, by: AccountId, operation: OperationId, tablet: str, place: str) -> Copy:
        """Hand the list of an area, or of a muster point's areas, to a tablet. Raises TabletError, DisclosureError.

        NoSuchOperationError where it is over; OSError where the disk refuses: then nothing is handed.
        """
        if self._tablets.fold.find(tablet) is None:
            raise TabletError("no-tablet", "no tablet of that name is enrolled")
        areas = self._areas_of(place)
        board = self._board(operation)
        reason = _BECAUSE[board.operation.kind]
        lines = self._lines(board.board.lines.values(), areas)
        return await self._copies.enter(
            Copy(
                0, operation, Form.TABLET, Recipient.WARDEN, reason, areas, len(lines), by, 0,
                addressee=f"{tablet}/{place}",
            )
        )  # fmt: skip

    async def of(self, tablet: str, keys: Mapping[int, bytes]) -> list[HandedList]:
        """Return what a tablet may show now, sealed to its keys of the periods. Raises ValueError for a bad key."""
        lists = []
        for copy in self.held_by(tablet):
            try:
                board = self._board(copy.operation)
            except NoSuchOperationError:
                continue
            if not board.operation.names_open(self._clock.now_ns()):
                continue
            parts = await self._parts(copy, tablet, board, keys)
            point = MusterPointId(copy.addressee.partition("/")[2])
            lists.append(
                HandedList(
                    copy.number, board.operation.id, board.operation.opened_ns, copy.areas,
                    point if point in self._points else None, parts,
                )
            )  # fmt: skip
        return lists

    async def _parts(self, copy: Copy, tablet: str, board: OpenBoard, keys: Mapping[int, bytes]) -> list[HandedPart]:
        """Return the parts of a list, sealed anew only where anything has changed."""
        state = (board.sequence, keys)
        known, parts = self._sealed.get(copy.number, (None, []))
        if known != state:
            lines = self._lines(board.board.lines.values(), copy.areas)
            parts = await asyncio.to_thread(self._seal, copy.number, tablet, lines, keys)
            self._sealed[copy.number] = state, parts
        now_s = self._clock.now_ns() // NS_PER_S
        return [part for part in parts if part.dies_at_s > now_s]

    def held_by(self, tablet: str) -> list[Copy]:
        """Return the copies that a tablet holds, of operations that are over as well, until it dropped them.

        What was handed to another device before, under the same name, is none: enrolling gives nobody a name to see.
        """
        found = self._tablets.fold.find(tablet)
        return [
            copy
            for copy in self._copies.register.copies()
            if copy.form is Form.TABLET
            and copy.is_out
            and copy.addressee.partition("/")[0] == tablet
            and found is not None
            and copy.made_ns >= found.enrolled_ns
        ]

    def may_mark(self, tablet: str, operation: OperationId) -> AccountId | None:
        """Return the commander who handed a list of that operation to a tablet, if one did."""
        held = self._held_of(tablet, operation)
        return held[0].officer if held else None

    def zones(self, tablet: str, operation: OperationId) -> set[AreaId]:
        """Return the areas that a tablet's lists of that operation are about, and all that lie in them."""
        held = self._held_of(tablet, operation)
        return {area for area in self._areas if any(self._is_about(area, copy.areas) for copy in held)}

    def _held_of(self, tablet: str, operation: OperationId) -> list[Copy]:
        return [copy for copy in self.held_by(tablet) if self._is(copy.operation, operation)]

    def dropped(self, tablet: str, numbers: Collection[int]) -> None:
        """Take note that a tablet has destroyed copies. Raises OSError."""
        for copy in self.held_by(tablet):
            if copy.number in numbers and copy.officer is not None:
                self._sealed.pop(copy.number, None)
                self._copies.end(copy.officer, copy.number, Ending.DESTROYED)

    def _board(self, operation: OperationId) -> OpenBoard:
        """Return the board by the id of any opening of its operation. Raises NoSuchOperationError."""
        return self._boards.of(self._operations.operation(operation).id)

    def _is(self, one: OperationId, other: OperationId) -> bool:
        try:
            return self._operations.operation(one).id == self._operations.operation(other).id
        except NoSuchOperationError:
            return False

    def _areas_of(self, place: str) -> tuple[AreaId, ...]:
        point = self._points.get(MusterPointId(place))
        if point is not None:
            return tuple(sorted(point.areas))
        if AreaId(place) in self._areas:
            return (AreaId(place),)
        raise TabletError("no-place", "there is no such area or muster point: choose from those of the site")

    def _lines(self, lines: Collection[Line], areas: Collection[AreaId]) -> list[Line]:
        return [line for line in lines if line.state in _LISTED and self._is_about(line.area, areas)]

    def _is_about(self, area: AreaId, wanted: Collection[AreaId]) -> bool:
        """Whether an area is one of those wanted (none: all), or lies in one."""
        return not wanted or not set(wanted).isdisjoint(self._boards.grounds.around.get(area, (area,)))

    def _seal(self, copy: int, tablet: str, lines: Collection[Line], keys: Mapping[int, bytes]) -> list[HandedPart]:
        now_ns = self._clock.now_ns()
        now_s = now_ns // NS_PER_S
        holders = self._reference.holders({line.holder for line in lines})
        periods: dict[int, list[PersonOnList]] = defaultdict(list)
        for line in lines:
            holder = holders.get(line.holder)
            if line.placed is not None and holder is not None:
                periods[line.placed.period_s].append(_person(line, line.placed, holder))
        return [
            HandedPart(
                period_s, now_s, self._rolls.dies_at_s(period_s),
                seal_list(
                    self._rolls.name_of(period_s, now_ns), copy, tablet, keys[period_s], content_of(persons)
                ),
            )
            for period_s, persons in sorted(periods.items())
            if period_s in keys and self._rolls.dies_at_s(period_s) > now_s
        ]  # fmt: skip


def _person(line: Line, placed: Placed, holder: Holder) -> PersonOnList:
    return PersonOnList(
        line.holder,
        holder.name,
        holder.category,
        line.area,
        known(placed).value,
        holder.needs is not Need.NONE,
        line.state.value,
        line.how.value if line.how is not None else "",
        line.muster_point,
        line.accounted_ns // _NS_PER_MS,
        tuple(mark.act_id for mark in line.withdrawn),
    )
