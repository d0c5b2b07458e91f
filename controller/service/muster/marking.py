"""Officers' acts of a roll call become marks: each judged by itself, sealed, stored and folded before it is answered.

An act is known by its `act_id`, so that a device may send it as often as it likes, to every controller. What was made
while its operation was open is taken however late it comes, as long as the key of its hour lives. Belongs here: which
acts are taken. Does not belong here: who may mark (domain/rights), sealing (records/marks.py), what a mark means
(domain/muster).
"""

import asyncio
import contextlib
import enum
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from contract.clock import NS_PER_S, Clock
from contract.events import (
    AccountedFor,
    AreaSwept,
    MarkWithdrawn,
    Means,
    StaysByOrder,
    UnnamedPassed,
    UnnamedSeen,
    WithdrawnBecause,
)
from contract.ids import OUTSIDE, AccessPointId, AccountId, ActId, AreaId, HolderId, MusterPointId, OperationId
from controller.domain.muster.acts import Acts, Mark
from controller.domain.muster.grounds import Grounds
from controller.service.operating.operation_reports import OperationReports
from controller.service.operating.operations import NoSuchOperationError, Operations
from controller.service.records.marks import Marks
from controller.service.site.reference import Reference

AHEAD_NS: Final = 60 * NS_PER_S
"""A device's clock may be so much ahead of ours: what it says to be later is refused."""
MOST_PERSONS: Final = 100_000
"""No figure of persons without a name is larger: that would be a slip of the finger."""
_ACT_ID: Final = re.compile(r"[0-9a-f]{24}")
E = TypeVar("E", bound=enum.StrEnum)


class What(enum.StrEnum):
    """What an officer did."""

    ACCOUNTED_FOR = "accounted-for"
    WITHDRAWN = "withdrawn"
    UNNAMED_SEEN = "unnamed-seen"
    UNNAMED_PASSED = "unnamed-passed"
    AREA_SWEPT = "area-swept"
    STAYS_BY_ORDER = "stays-by-order"


class Result(enum.StrEnum):
    """What became of an act."""

    TAKEN = "taken"
    REPEATED = "repeated"
    """It was here already: nothing more is to be done."""
    REFUSED = "refused"


class Why(enum.StrEnum):
    """Why an act is refused."""

    BAD_ACT_ID = "bad-act-id"
    NO_OPERATION = "no-such-operation"
    BEFORE_OPERATION = "before-operation"
    AFTER_OPERATION = "after-operation"
    FROM_THE_FUTURE = "from-the-future"
    TOO_OLD = "too-old"
    NO_PERSON = "no-such-person"
    NO_AREA = "no-such-area"
    OTHER_ZONE = "zone-not-handed"
    NO_POINT = "no-such-muster-point"
    NO_MEANS = "no-such-means"
    NO_MARK = "no-such-mark"
    NO_REASON = "no-such-reason"
    BAD_AMOUNT = "bad-amount"


WORDS: Final = {
    Why.BAD_ACT_ID: "an act needs an id of 24 hex digits, drawn where the officer acts",
    Why.NO_OPERATION: "this controller knows no such operation",
    Why.BEFORE_OPERATION: "this was before the operation opened: check the device's clock",
    Why.AFTER_OPERATION: "the operation was over by then: what was seen since belongs to no roll call",
    Why.FROM_THE_FUTURE: "this lies in the future: check the device's clock",
    Why.TOO_OLD: "this was too long ago: its records have been destroyed on time",
    Why.NO_PERSON: "no such person is registered",
    Why.NO_AREA: "the site has no such area",
    Why.OTHER_ZONE: "this zone is on no list that was handed to this tablet: whoever has its list reports it",
    Why.NO_POINT: "the site has no such muster point",
    Why.NO_MEANS: "say how the person was seen: warden, handheld, officer or phone",
    Why.NO_MARK: "say which mark is taken back, by its act id",
    Why.NO_REASON: "say why the mark is taken back, by a reason of the list",
    Why.BAD_AMOUNT: f"say how many persons, at most {MOST_PERSONS}",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an officer did, as a device tells it: all but when. `act_id`: 24 hex digits; the other fields: see What."""

    act_id: str
    what: What
    holder: str = field(default="", repr=False)
    means: str = ""
    area: str = ""
    other: str = ""
    muster_point: str = ""
    mark: str = ""
    because: str = ""
    amount: int = 0


@dataclass(frozen=True, kw_only=True)
class Act(Told):
    """The same at a moment, in ns since 1970-01-01 UTC."""

    at_ns: int


@dataclass(frozen=True)
class Answer:
    """What became of an act. `why`: of a refused one."""

    act_id: str
    result: Result
    why: Why | None = None


class _RefusedError(Exception):
    def __init__(self, why: Why) -> None:
        super().__init__(WORDS[why])
        self.why: Final = why


class Marking:
    """Belongs to the event loop."""

    def __init__(
        self,
        clock: Clock,
        grounds: Grounds,
        operations: Operations,
        reports: OperationReports,
        acts: Acts,
        marks: Marks,
        reference: Reference,
        oldest_ns: Callable[[], int],
    ) -> None:
        """`oldest_ns`: what happened up to that moment is forgotten already, ns since 1970-01-01 UTC."""
        self._clock: Final = clock
        self._grounds: Final = grounds
        self._operations: Final = operations
        self._reports: Final = reports
        self._acts: Final = acts
        self._marks: Final = marks
        self._reference: Final = reference
        self._oldest_ns: Final = oldest_ns

    async def take(
        self, operation: OperationId, by: AccountId, acts: Sequence[Act], zones: Collection[AreaId] | None = None
    ) -> list[Answer]:
        """Take acts of one officer in one operation; return what became of each, in their order.

        `zones`: those that may be reported as searched, None for all.

        Returns when all that is taken is stored and folded: whoever hears of it may forget it.
        """
        span = self._span(operation)
        persons = await self._registered([act.holder for act in acts if act.holder])
        answers: dict[int, Answer] = {}
        marks: dict[int, Mark | UnnamedPassed] = {}
        seen: set[str] = set()
        for at, act in enumerate(acts):
            if act.act_id in seen or self._acts.knows(ActId(act.act_id)):
                answers[at] = Answer(act.act_id, Result.REPEATED)
                continue
            seen.add(act.act_id)
            try:
                self._check(act, span)
                self._check_zone(act, zones)
                marks[at] = self._mark(operation, by, act, persons)
            except _RefusedError as error:
                answers[at] = Answer(act.act_id, Result.REFUSED, error.why)
        numbers = await self._marks.seal(list(marks.values()))
        for (at, mark), number in zip(marks.items(), numbers, strict=True):
            gone = number is None or not self._is_kept(mark)
            answers[at] = Answer(mark.act_id, Result.REFUSED, Why.TOO_OLD) if gone else _taken(mark)
        return [answers[at] for at in range(len(acts))]

    def _is_kept(self, mark: Mark | UnnamedPassed) -> bool:
        return isinstance(mark, UnnamedPassed) or self._acts.knows(mark.act_id)

    def _span(self, operation: OperationId) -> tuple[int, int | None] | None:
        """Return from when to when an operation was open, as far as is known here; None: no such operation."""
        with contextlib.suppress(NoSuchOperationError):
            return self._operations.operation(operation).opened_ns, None
        report = self._reports.of(operation)
        return None if report is None else report.span_ns

    async def _registered(self, holders: Sequence[str]) -> set[str]:
        if not holders:
            return set()
        return set(await asyncio.to_thread(self._reference.holders, {HolderId(each) for each in holders}))

    def _check(self, act: Act, span: tuple[int, int | None] | None) -> None:
        if not _ACT_ID.fullmatch(act.act_id):
            raise _RefusedError(Why.BAD_ACT_ID)
        if span is None:
            raise _RefusedError(Why.NO_OPERATION)
        opened_ns, closed_ns = span
        if act.at_ns < opened_ns:
            raise _RefusedError(Why.BEFORE_OPERATION)
        if closed_ns is not None and act.at_ns > closed_ns:
            raise _RefusedError(Why.AFTER_OPERATION)
        if act.at_ns > self._clock.now_ns() + AHEAD_NS:
            raise _RefusedError(Why.FROM_THE_FUTURE)
        if act.at_ns <= self._oldest_ns():
            raise _RefusedError(Why.TOO_OLD)

    def _check_zone(self, act: Act, zones: Collection[AreaId] | None) -> None:
        if act.what is What.AREA_SWEPT and zones is not None and self._area(act.area) not in zones:
            raise _RefusedError(Why.OTHER_ZONE)

    def _mark(self, operation: OperationId, by: AccountId, act: Act, persons: set[str]) -> Mark | UnnamedPassed:
        act_id, at_ns = ActId(act.act_id), act.at_ns
        match act.what:
            case What.ACCOUNTED_FOR:
                point = self._point(act.muster_point)
                area = self._place(act.area) if act.area or not point else self._grounds.points[point].area
                means = _one_of(Means, act.means, Why.NO_MEANS)
                if not area and means is not Means.PHONE:
                    raise _RefusedError(Why.NO_AREA)
                return AccountedFor(at_ns, act_id, operation, self._person(act, persons), means, area, point, by)
            case What.STAYS_BY_ORDER:
                return StaysByOrder(at_ns, act_id, operation, self._person(act, persons), self._area(act.area), by)
            case What.WITHDRAWN:
                because = _one_of(WithdrawnBecause, act.because, Why.NO_REASON)
                if not _ACT_ID.fullmatch(act.mark):
                    raise _RefusedError(Why.NO_MARK)
                made_in = self._acts.operation_of(ActId(act.mark)) or operation  # perhaps another controller's opening
                return MarkWithdrawn(at_ns, act_id, made_in, ActId(act.mark), because, by)
            case What.UNNAMED_SEEN:
                point = self._point(act.muster_point)
                area = self._grounds.points[point].area if point and not act.area else self._place(act.area)
                if not area:
                    raise _RefusedError(Why.NO_AREA)
                return UnnamedSeen(at_ns, act_id, operation, _amount(act.amount, 1), area, point, by)
            case What.UNNAMED_PASSED:
                amount = _amount(abs(act.amount), 1) * (1 if act.amount > 0 else -1)
                other = self._place(act.other) or OUTSIDE
                return UnnamedPassed(at_ns, act_id, amount, self._area(act.area), other, AccessPointId(""), by)
            case What.AREA_SWEPT:
                return AreaSwept(at_ns, act_id, operation, self._area(act.area), _amount(act.amount, 0), by)

    def _person(self, act: Act, persons: set[str]) -> HolderId:
        if act.holder not in persons:
            raise _RefusedError(Why.NO_PERSON)
        return HolderId(act.holder)

    def _area(self, area: str) -> AreaId:
        """Return an area of the premises."""
        if AreaId(area) not in self._grounds.around or area == OUTSIDE:
            raise _RefusedError(Why.NO_AREA)
        return AreaId(area)

    def _place(self, area: str) -> AreaId:
        """Return an area of the premises, the outside, or "" for nowhere."""
        return AreaId(area) if area in {"", OUTSIDE} else self._area(area)

    def _point(self, point: str) -> MusterPointId:
        if point and MusterPointId(point) not in self._grounds.points:
            raise _RefusedError(Why.NO_POINT)
        return MusterPointId(point)


def _taken(mark: Mark | UnnamedPassed) -> Answer:
    return Answer(mark.act_id, Result.TAKEN)


def _amount(amount: int, least: int) -> int:
    if not least <= amount <= MOST_PERSONS:
        raise _RefusedError(Why.BAD_AMOUNT)
    return amount


def _one_of(words: type[E], word: str, otherwise: Why) -> E:
    try:
        return words(word)
    except ValueError:
        raise _RefusedError(otherwise) from None
