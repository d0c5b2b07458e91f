"""Who is on a list, as a recipient is told: name, category, last area, what became of him; no times, no gates (L3).

Belongs here: from the fold and reference data to lines. Does not belong here: who may be told.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final, NamedTuple

from contract.ids import AreaId, HolderId, OperationId
from contract.site import Site
from controller.domain.muster.board import ACCOUNTED
from controller.domain.muster.grounds import Grounds
from controller.domain.muster.person import State
from controller.domain.need import Need
from controller.domain.operation import OperationKind
from controller.domain.presence.fold import Placed, Presence
from controller.service.disclosing.document import Line
from controller.service.muster.boards import Boards
from controller.service.site.reference import Holder, Reference

_MOST_PHOTOS: Final = 500
"""On a longer list photos would make a file of more than 10 MB, and hide the names."""
_UNKNOWN: Final = "(not in reference data)"


class Listed(NamedTuple):
    """One person of a list: where he was last, and what has become of him, as far as a roll call says so."""

    holder: HolderId
    area: AreaId
    state: State | None = None


class Missing:
    """Whom the boards and the fold place inside, and what reference data says of them. `photo`: a holder's, JPEG."""

    def __init__(
        self,
        site: Site,
        presence: Presence,
        reference: Reference,
        photo: Callable[[HolderId], bytes | None],
        boards: Boards,
    ) -> None:
        self._around: Final = {area: frozenset(around) for area, around in Grounds(site).around.items()}
        self._names: Final = {area.id: area.name or area.id for area in site.area}
        self._presence: Final = presence
        self._reference: Final = reference
        self._photo: Final = photo
        self._boards: Final = boards

    def area_name(self, area: AreaId) -> str:
        """Return what people call an area."""
        return self._names.get(area, area)

    def knows(self, area: AreaId) -> bool:
        """Whether the site has such an area in which people are counted."""
        return area in self._presence.layout.here

    def called(self, operation: OperationId, areas: Collection[AreaId], states: Collection[State]) -> list[Listed]:
        """Return who has one of these states in a roll call: of these areas, with those inside them, or of all.

        Raises NoSuchOperationError.
        """
        around = self._around
        return [
            Listed(line.holder, line.area, line.state)
            for line in self._boards.of(operation).board.with_state(states)
            if line.expected and (not areas or not around.get(line.area, frozenset((line.area,))).isdisjoint(areas))
        ]

    def of_period(self, period_s: int) -> list[Listed]:
        """Return who is placed inside by a last record of the period that starts then, and not accounted for."""
        accounted = self._accounted()
        placed = (each for each in self._presence.placed(period_s) if each.period_s == period_s)
        return [Listed(each.holder, each.area) for each in placed if each.holder not in accounted]

    def persons_by_period(self, until_s: int) -> Mapping[int, int]:
        """Return how many `of_period` has of each period that starts at `until_s` or before."""
        accounted = self._accounted()
        placed = (each for each in self._presence.placed(until_s) if each.holder not in accounted)
        return Counter(each.period_s for each in placed)

    def _accounted(self) -> set[HolderId]:
        """Return who is accounted for in each emergency that is open; where there is none, in each search. No drill is.

        By phone, for one: he is placed inside still.
        """
        boards = [board for board in self._boards.open_now() if board.operation.kind is not OperationKind.DRILL]
        meant = [board for board in boards if board.operation.kind is OperationKind.EMERGENCY] or boards
        found = [{line.holder for line in board.board.with_state(ACCOUNTED)} for board in meant]
        return set.intersection(*found) if found else set()

    async def lines(self, placed: Iterable[Listed], *, with_photos: bool = False) -> list[Line]:
        """Return them with their names, and with photos unless they are too many for a list to be carried.

        A holder who is in no reference data any more is listed all the same.
        """
        return await asyncio.to_thread(self._lines, list(placed), with_photos=with_photos)

    def photo_of(self, placed: Placed) -> bytes | None:
        """Return the photo of one, if there is one."""
        return self._photo(placed.holder)

    def _lines(self, placed: list[Listed], *, with_photos: bool) -> list[Line]:
        holders = self._reference.holders({each.holder for each in placed})
        shown = with_photos and len(placed) <= _MOST_PHOTOS
        return [self._line(each, holders, (self._photo(each.holder) or b"") if shown else b"") for each in placed]

    def _line(self, placed: Listed, holders: Mapping[HolderId, Holder], photo: bytes) -> Line:
        holder = holders.get(placed.holder)
        name, category, needs = (holder.name, holder.category, holder.needs) if holder else (_UNKNOWN, "", Need.NONE)
        return Line(name, category, self.area_name(placed.area), photo, placed.state, needs)
