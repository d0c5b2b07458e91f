"""One open operation's board as it is looked at: its news since a moment, and its persons by name.

Belongs here: sequence, pages and filters. Does not belong here: when news comes (boards.py), or JSON shapes (shown.py).
"""

import asyncio
import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

import msgspec

from contract.clock import to_datetime
from contract.ids import AreaId, HolderId, MusterPointId, OperationId
from controller.domain.muster.acts import Acts, Marked
from controller.domain.muster.board import Board, Figures, Gone
from controller.domain.muster.curve import curve
from controller.domain.muster.grounds import Grounds
from controller.domain.muster.person import Line, State
from controller.domain.operation import Operation
from controller.domain.presence.fold import Presence
from controller.domain.presence.track import track
from controller.live import Headcount
from controller.service.muster.names import Names, Order
from controller.service.muster.shown import (
    AreaShown,
    BoardShown,
    PersonsShown,
    PointShown,
    Update,
    area_shown,
    curve_shown,
    person_shown,
    points_shown,
)

_encoder: Final = msgspec.json.Encoder()
Counts = tuple[Headcount, list[Headcount]]
"""Figures of the premises and of each area, as the live page has them."""


@dataclass(frozen=True)
class Filter:
    """Whom a page of persons lists. None, or an empty text: everybody. `area`: with all areas inside it."""

    state: State | None = None
    area: AreaId | None = None
    muster_point: MusterPointId | None = None
    text: str = ""

    def __repr__(self) -> str:
        """Name nobody."""
        return f"<filter {self.state}>"


class OpenBoard:
    """Belongs to the event loop. `sequence` rises with each change, and starts above that of any earlier run.

    `openings`: the ids by which the operation was opened; at two controllers, for one.
    """

    def __init__(
        self,
        operation: Operation,
        openings: tuple[OperationId, ...],
        grounds: Grounds,
        presence: Presence,
        acts: Acts,
        names: Names,
        now_ns: int,
        gone: Gone,
    ) -> None:
        self.operation = operation
        self.openings: Final = openings
        self.board: Final = Board(operation.id, operation.opened_ns, grounds, gone)
        self.sequence = now_ns // 1_000_000
        self._grounds: Final = grounds
        self._presence: Final = presence
        self._acts: Final = acts
        self._names: Final = names
        self._order: Final = Order()
        self._named_as = names.revision
        self._changed_at: dict[HolderId, int] = {}
        """The sequence of each person's last change, in order; who is off the board is in it as well."""
        self._shown: dict[HolderId, tuple[Line, msgspec.Raw]] = {}
        self._counts: Counts | None = None
        self._revision = -1
        self._waiting = asyncio.Event()
        self.take([*presence.holders(), *self.marks.holders()])

    @property
    def premises(self) -> Headcount | None:
        """The headcount of the premises, as of the last news."""
        return self._counts[0] if self._counts else None

    @property
    def marks(self) -> Marked:
        """The marks of this operation."""
        return self._acts.of(self.openings)

    def take(self, holders: Collection[HolderId]) -> list[HolderId]:
        """Judge these persons anew; return those whose line has changed."""
        marks, operation, changed = self.marks, self.operation, []
        for holder in holders:
            before, now = self.board.take(
                holder, track(self._presence, holder, operation.opened_ns), marks, operation.all_clear_ns
            )
            if before != now:
                changed.append(holder)
        return changed

    def news(self, holders: Collection[HolderId], counts: Counts) -> None:
        """Take news: of persons, of marks about places, of headcounts. Whoever waits is woken if anything changed."""
        changed = self.take(holders)
        if not changed and counts == self._counts and self._revision == self._acts.revision:
            return
        self._counts, self._revision = counts, self._acts.revision
        self.sequence += 1
        for holder in changed:
            self._changed_at.pop(holder, None)
            self._changed_at[holder] = self.sequence
            if holder not in self.board.lines:
                self._order.remove(holder)
                self._shown.pop(holder, None)
        self._waiting.set()
        self._waiting = asyncio.Event()

    async def wait(self, at_most_s: float) -> None:
        """Return at the next change, or after `at_most_s` without one."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._waiting.wait()

    def forget_names(self) -> None:
        """Hold no name any more."""
        self._order.clear()
        self._shown = {}

    def figures(self) -> Figures:
        """Return how it stands."""
        return self.board.figures(self._unnamed, self.marks)

    def moments_ns(self) -> list[int]:
        """Return when each of those was accounted for who are expected, in order."""
        return self.board.moments_ns(self._unnamed, self.marks)

    @property
    def _unnamed(self) -> int:
        return self._counts[0].unnamed if self._counts else 0

    def shown(self, now_ns: int) -> BoardShown:
        """Return the board without persons."""
        operation, figures = self.operation, self.figures()
        return BoardShown(
            operation.id,
            self.sequence,
            to_datetime(now_ns),
            to_datetime(operation.opened_ns),
            operation.kind.value,
            operation.plan.value if operation.plan else None,
            figures,
            self._areas(),
            self._points(),
            curve_shown(curve(operation.opened_ns, self.moments_ns(), figures.expected)),
        )

    async def know_names(self) -> None:
        """Know the names of all who are on the board: asked for beside the loop, before somebody waits for them."""
        if self._named_as != self._names.revision:
            self.forget_names()
            self._named_as = self._names.revision
        if len(self._order) < len(self.board.lines):
            await self._name([holder for holder in self.board.lines if holder not in self._order])

    async def page(self, wanted: Filter, after: HolderId | None, limit: int) -> PersonsShown:
        """Return so many persons by name, those behind `after`."""
        await self.know_names()
        matching = self._matching(wanted)
        start = self._order.place(after, matching) if after is not None else 0
        page = matching[start : start + limit]
        return PersonsShown(self.sequence, len(matching), [self._person(holder) for _, holder in page])

    async def since(self, sequence: int, *, with_persons: bool) -> Update:
        """Return what changed after that sequence."""
        changed = self._since(sequence) if with_persons else []
        await self._name(changed)
        now = self.sequence
        changed = self._since(sequence) if with_persons else []  # while names opened more may have come: next time
        there = [holder for holder in changed if holder in self.board.lines and holder in self._order]
        late = any(holder in self.board.lines and holder not in self._order for holder in changed)
        return Update(
            sequence if late else now,
            sequence,
            self.figures(),
            self._areas(),
            self._points(),
            [self._person(holder) for holder in there],
            [holder for holder in changed if holder not in self.board.lines],
        )

    def _since(self, sequence: int) -> list[HolderId]:
        newest = takewhile(lambda each: each[1] > sequence, reversed(self._changed_at.items()))
        return [holder for holder, _ in newest]

    async def _name(self, holders: Collection[HolderId]) -> None:
        """Know the names of these: asked for beside the loop, so that others may have come meanwhile."""
        await self._names.learn(holders)
        lines = self.board.lines
        named = (self._names.get(holder) for holder in holders if holder in lines)
        self._order.put(each for each in named if each is not None)

    def _matching(self, wanted: Filter) -> Sequence[tuple[str, HolderId]]:
        """Return (name without case, holder) of whom the filter lets through, by name."""
        found, lines, around = self._order.all(), self.board.lines, self._grounds.around
        if text := wanted.text.casefold():
            found = [each for each in found if text in each[0]]
        if wanted.state is not None:
            found = [each for each in found if lines[each[1]].state is wanted.state]
        if wanted.area is not None:
            inside = {area for area, whole in around.items() if wanted.area in whole} | {wanted.area}
            found = [each for each in found if not inside.isdisjoint((lines[each[1]].area, lines[each[1]].roll_area))]
        if wanted.muster_point is not None:
            found = [each for each in found if lines[each[1]].muster_point == wanted.muster_point]
        return found

    def _person(self, id_: HolderId) -> msgspec.Raw:
        """Return one person in JSON: as it was made before, unless something has changed."""
        line, kept = self.board.lines[id_], self._shown.get(id_)
        if kept is not None and kept[0] is line:
            return kept[1]
        holder = self._names.get(id_)
        if holder is None:
            raise KeyError("a name that was not learned")
        shown = msgspec.Raw(_encoder.encode(person_shown(line, holder, self.marks, self._grounds)))
        self._shown[id_] = line, shown
        return shown

    def _areas(self) -> list[AreaShown]:
        areas = self._counts[1] if self._counts else []
        within, marks = self._grounds.within, self.marks
        return [
            area_shown(each, within.get(each_id, ""), self.board.area(each_id, marks, self._unnamed))
            for each, each_id in ((each, AreaId(each.area)) for each in areas)
        ]

    def _points(self) -> list[PointShown]:
        return points_shown(self._grounds, self.board.points(self.marks))
