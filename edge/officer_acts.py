"""What an officer at the gate's screen does: doors are released, events journaled, each act once.

The door first, then the journal, as with a card (presenting.py); whoever acknowledges an act to an officer waits for
the journal to be durable before he does. Network or not makes no difference here. Belongs here: carrying acts out.
Does not belong here: what is allowed (domain/acting.py), or the page (screen/).
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

from contract import events
from contract.events import AnyEvent
from contract.ids import OUTSIDE, AccessPointId, AccountId, ActId, HolderId
from contract.site import AccessPoint
from edge.domain.acting import (
    RECORDED,
    Act,
    ActResult,
    Admit,
    CountOccupants,
    CountUnnamed,
    EnterOccupants,
    EnterPlate,
    LaneAct,
    PassVehicle,
    Silence,
    TurnAway,
    objection,
)
from edge.domain.door_orders import DoorOrders
from edge.domain.last_reads import LastReads
from edge.portals import Portals
from edge.signalling import Signalling
from edge.telling import Telling

NOBODY_KNOWN: Final = HolderId("")
_REMEMBERED: Final = 1000
"""So many acts are known again when a screen repeats them; it does so within seconds."""


class OfficerActs:
    """All acts of officers at one gate. Belongs to the event loop. Counts them in the gate's counters."""

    def __init__(
        self,
        points: Mapping[AccessPointId, AccessPoint],
        portals: Portals,
        signalling: Signalling,
        reads: LastReads,
        orders: DoorOrders,
        telling: Telling,
    ) -> None:
        self._points = points
        self._portals = portals
        self._signalling = signalling
        self._reads = reads
        self._orders = orders
        self._telling = telling
        self._done: OrderedDict[ActId, ActResult] = OrderedDict()
        self.at_lanes: Callable[[AccountId, LaneAct], ActResult] = lambda _by, _act: ActResult.NO_WAY
        """Carries out what concerns a vehicle (edge/vehicles/lanes.py)."""

    def take(self, by: AccountId, act: Act) -> ActResult:
        """Carry out an act of the officer `by`, or say why not. A repeated one gets the answer of the first time."""
        known = self._done.get(act.id)
        if known is not None:
            return known
        result = self._carry_out(by, act)
        self._telling.counters["officer-acts" if result in RECORDED else "officer-acts-refused"] += 1
        self._done[act.id] = result
        if len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)
        return result

    def may_not_admit(self, point: AccessPointId, *, is_named: bool, reason: events.DenialReason | None) -> str:
        """Return why an officer may not let somebody through `point` now, as a word of ActResult; "" if he may."""
        if self._portals.is_lane(point):  # what he may do there is shown with the vehicle
            return ActResult.NO_WAY.value
        denied = self._orders.entries_denied(self._telling.time.now_ns())
        found = objection(self._points[point], is_named=is_named, reason=reason, entries_denied=denied)
        return found.value if found is not None else ""

    def _carry_out(self, by: AccountId, act: Act) -> ActResult:
        match act:
            case Admit():
                return self._admit(by, act)
            case CountUnnamed():
                return self._count_unnamed(by, act)
            case CountOccupants():
                return self._count_occupants(by, act)
            case Silence():
                return ActResult.DONE if self._signalling.silence(by) else ActResult.NOTHING_SOUNDS
            case EnterOccupants() | EnterPlate() | PassVehicle() | TurnAway():
                return self.at_lanes(by, act)

    def _admit(self, by: AccountId, act: Admit) -> ActResult:
        point = self._points.get(act.point)
        if point is None or self._portals.is_lane(act.point):
            return ActResult.NO_WAY
        read = self._reads.find(act.read, self._telling.time.boottime_ns()) if act.read else None
        if act.read and (read is None or read.reason is None or read.point != act.point or read.is_used):
            return ActResult.TOO_LATE
        holder = read.holder if read is not None and read.holder is not None else NOBODY_KNOWN
        denied = self._orders.entries_denied(self._telling.time.now_ns())
        reason = None if read is None else read.reason
        refused = objection(point, is_named=bool(holder), reason=reason, entries_denied=denied)
        if refused is not None:
            return refused
        if not self._portals.may_release(point.id):
            return ActResult.INTERLOCKED
        is_released = self._portals.release(point.id, is_extended=False)
        at_ns = self._telling.time.stamp_ns()
        if not self._journaled(events.Admitted(at_ns, act.id, point.id, holder, act.because, by)):
            return ActResult.NOT_RECORDED
        if read is not None:
            read.is_used = True
        if is_released is False:
            return ActResult.DONE_NOT_RELEASED
        self._portals.granted(None, point.id, holder, at_ns, is_extended=False)
        return ActResult.DONE

    def _count_unnamed(self, by: AccountId, act: CountUnnamed) -> ActResult:
        point = self._points.get(act.point)
        if point is None or objection(point, is_named=True, reason=None, entries_denied=False) is ActResult.NO_WAY:
            return ActResult.NO_WAY
        is_out = point.to_area == OUTSIDE
        area, other = (point.from_area, point.to_area) if is_out else (point.to_area, point.from_area)
        amount = -act.amount if is_out else act.amount
        at_ns = self._telling.time.stamp_ns()
        made = events.UnnamedPassed(at_ns, act.id, amount, area, other, point.id, by)
        return ActResult.DONE if self._journaled(made) else ActResult.NOT_RECORDED

    def _count_occupants(self, by: AccountId, act: CountOccupants) -> ActResult:
        read = self._reads.find(act.read, self._telling.time.boottime_ns())
        if read is None or not read.grant_number or not self._portals.is_for_vehicles(read.point):
            return ActResult.TOO_LATE
        if read.is_used:
            return ActResult.COUNTED_ALREADY
        at_ns = self._telling.time.stamp_ns()
        if not self._journaled(events.Occupants(at_ns, act.id, read.point, read.grant_number, act.amount, by)):
            return ActResult.NOT_RECORDED
        read.is_used = True
        return ActResult.DONE

    def _journaled(self, event: AnyEvent) -> bool:
        return self._telling.journal.append(event) is not None
