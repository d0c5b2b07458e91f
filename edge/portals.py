"""A gate's portals: releasing them, and what their contacts and counters say happened.

Belongs here: the service between passage machines, interlocks and hardware. Does not belong here: rules (domain/), who
may pass (presenting.py), drivers.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

import structlog

from contract import events
from contract.clock import NS_PER_S
from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, HolderId, PortalId
from contract.site import AccessPoint, PortalKind
from contract.site import Gate as GateConfig
from drivers import ports
from edge.claims import NO_LANES, VehicleLanes
from edge.domain import passage
from edge.domain.anti_passback import AntiPassbackMemory
from edge.domain.interlock import Interlocks
from edge.domain.passage import Passage
from edge.domain.turnstile import Turnstile
from edge.equipment import Equipment
from edge.portal_at_work import PortalAtWork, is_freed_by_order, portal_at_work
from edge.technician import PortalLine, PortalState
from edge.telling import Telling

_UNNUMBERED = 0
_NOT_INSIDE = (OUTSIDE, ANYWHERE)
_HELD_AT_LEAST_MS = 4000
"""So long a strike is held at a time that shall stay free: longer than it takes until it is held again."""
_NS_PER_MS = 1_000_000

_logger = structlog.get_logger(__name__)


class Portals:
    """The portals of one gate. Belongs to the event loop."""

    def __init__(
        self,
        config: GateConfig,
        points: Mapping[AccessPointId, AccessPoint],
        hardware: Mapping[PortalId, ports.PortalHardware],
        memory: AntiPassbackMemory,
        equipment: Equipment,
        telling: Telling,
    ) -> None:
        self._points = points
        self._hardware = hardware
        self._memory = memory
        self._equipment = equipment
        self._telling = telling
        self.lanes: VehicleLanes = NO_LANES
        self._interlocks = Interlocks(interlock.portals for interlock in config.interlock)
        self._portals = {portal.id: portal_at_work(portal, points) for portal in config.portal}
        self._portal_of = {point: self._portals[p.id] for p in config.portal for point in p.access_points}

    def may_release(self, point: AccessPointId) -> bool:
        """Tell whether no interlock keeps the portal of `point` shut now."""
        portal = self._portal_of.get(point)
        if portal is None or portal.config.id not in self._interlocks:
            return True
        return self._interlocks.may_release(portal.config.id, self._telling.time.boottime_ns())

    def release(self, point: AccessPointId, *, is_extended: bool) -> bool | None:
        """Release the portal of `point`, for longer if `is_extended`.

        Returns whether the command was submitted; None if the access point has no portal.
        """
        portal = self._portal_of.get(point)
        if portal is None:
            return None
        config = portal.config
        # A pulse is as long as the machine wants it; only a strike is held for longer for whoever needs longer.
        is_held_longer = is_extended and not config.passage_ms
        duration_ms = max(config.unlock_ms, config.extended_unlock_ms) if is_held_longer else config.unlock_ms
        return self._unlock(portal, duration_ms, point if portal.is_turnstile else None)

    def is_for_vehicles(self, point: AccessPointId) -> bool:
        """Tell whether vehicles pass through `point` that nobody watches as such: a barrier, and no lane of it."""
        portal = self._portal_of.get(point)
        return portal is not None and portal.config.kind is PortalKind.BARRIER and not self.lanes.serves(point)

    def is_lane(self, point: AccessPointId) -> bool:
        """Tell whether `point` is a lane: vehicles are watched there, and let through one by one (edge/vehicles)."""
        return self.lanes.serves(point)

    def is_up(self, name: PortalId) -> bool | None:
        """Tell whether a portal stands open by its contact; None where nobody can tell."""
        return self._portals[name].is_open

    def was_released(self, name: PortalId) -> bool:
        """Tell whether a portal was released, by whomever, since its contact said last that it is shut."""
        return self._portals[name].was_released

    def is_held_open(self, name: PortalId) -> bool:
        """Tell whether an order or the fire release holds a portal open: whoever passes there is not accused."""
        return self._portals[name].is_on_fire or self._portals[name].is_freed

    def may_raise(self, name: PortalId) -> bool:
        """Tell whether no interlock keeps a boom down now."""
        now_ns = self._telling.time.boottime_ns()
        return name not in self._interlocks or self._interlocks.may_release(name, now_ns)

    def raise_boom(self, name: PortalId, duration_ms: int | None = None) -> bool:
        """Open for a vehicle, for that time or as long as always; nobody is accused of it, and nobody's grant is taken.

        Returns whether the command was submitted.
        """
        portal = self._portals[name]
        self._expect_opening(portal)
        return self._unlock(portal, duration_ms or portal.config.unlock_ms, None)

    def _expect_opening(self, portal: PortalAtWork) -> None:
        """Accuse nobody of the next opening, and take it for nobody's passage."""
        if isinstance(portal.passage, Passage):
            now_ns = self._telling.time.boottime_ns()
            portal.passage.renew(now_ns)
            self._conclude(portal, portal.passage.exit_requested(now_ns))

    def keep_up(self, name: PortalId) -> bool:
        """Keep a boom up for some seconds more; returns whether the command was submitted."""
        portal = self._portals[name]
        return self._unlock(portal, max(portal.config.unlock_ms, _HELD_AT_LEAST_MS), None)

    def lower(self, name: PortalId) -> bool:
        """Let a boom come down that was kept up, unless fire release or an order holds it.

        Returns whether there is nothing more to be done for that.
        """
        hardware = self._hardware.get(name)
        if self.is_held_open(name) or hardware is None:
            return True
        if not hardware.lock():
            return False
        self._interlocks.withdrawn(name, self._telling.time.boottime_ns())
        return True

    def end_grant(self, point: AccessPointId, number: int, holder: HolderId, *, was_taken: bool) -> None:
        """Conclude what became of a grant in a lane; `number` 0: nothing is journaled of it."""
        made = passage.Taken if was_taken else passage.NotTaken
        self._end_grant(self._portal_of[point], made(number, point, holder))

    def passed_without_grant(self, point: AccessPointId) -> None:
        """Journal that a vehicle went through a lane that nobody had let through, unless the barrier is held open."""
        portal = self._portal_of[point]
        if not self.is_held_open(portal.config.id):
            self._journal_outcome(portal, passage.Unexpected(point))
        elif self._points[point].to_area == OUTSIDE:
            self._journal_outcome(portal, passage.LeftFreely())

    def stands_open(self, point: AccessPointId) -> bool:
        """Tell whether the portal of `point` is known to stand open, or its fire release has opened it."""
        portal = self._portal_of.get(point)
        return portal is not None and (portal.is_on_fire or portal.is_freed or portal.is_open is True)

    def free(self, *, is_active: bool) -> None:
        """Hold every door released through which somebody inside can leave his area, or no longer.

        To be called at least once a second. Turnstiles and barriers that take pulses go on as always, for nobody knows
        how many they keep; those that stay free as long as they are held (`stays_free`) are held. The hard-wired fire
        release frees all.
        """
        now_ns = self._telling.time.boottime_ns()
        for portal in self._portals.values():
            if not self._is_way_out(portal):
                continue
            if is_active != portal.is_freed:
                portal.is_freed, portal.release_again_ns = is_active, now_ns
                self._tell(portal, PortalState.FREED if is_active else PortalState.FREED_OVER)
                self._excuse(portal)
            if is_active and now_ns >= portal.release_again_ns:
                held_ms = max(portal.config.unlock_ms, _HELD_AT_LEAST_MS)
                for way in self._ways_out(portal) if portal.is_turnstile else [None]:
                    self._unlock(portal, held_ms, way)
                portal.release_again_ns = now_ns + held_ms * _NS_PER_MS // 2

    def _is_way_out(self, portal: PortalAtWork) -> bool:
        return is_freed_by_order(portal.config) and bool(self._ways_out(portal))

    def _ways_out(self, portal: PortalAtWork) -> list[AccessPointId]:
        """The directions in which somebody inside can leave his area; of a turnstile those that lead outside."""
        ways = [each for each in portal.config.access_points if self._points[each].from_area not in _NOT_INSIDE]
        outside = [each for each in ways if self._points[each].to_area == OUTSIDE]
        return outside if portal.is_turnstile and outside else ways

    def granted(
        self, number: int | None, point: AccessPointId, holder: HolderId, at_ns: int, *, is_extended: bool
    ) -> None:
        """Wait for what becomes of the grant of that number, made at `at_ns`.

        None: nothing more is journaled of it, for it could not be, or is an officer's word. `holder`: "" for somebody
        without a name. In a lane its vehicle is waited for, not here (end_grant). Where nobody sees the lane nothing
        tells what becomes of it, the boom's rise neither; and the gate forgets on which side its holder is.
        """
        portal = self._portal_of.get(point)
        if self.lanes.serves(point):
            return
        if portal is not None and self.lanes.is_unseen(point):
            self._memory.unseen(holder)
            self._expect_opening(portal)
            return
        if portal is None or not portal.passage.sees(point):
            self._remember(holder, point, at_ns)
            return
        now_ns = self._telling.time.boottime_ns()
        outcomes = portal.passage.granted(number or _UNNUMBERED, point, holder, now_ns, is_extended=is_extended)
        self._conclude(portal, outcomes)

    def take(self, event: ports.DeviceEvent) -> None:
        """Take what contacts and counters report; all else is passed over."""
        match event:
            case ports.DoorPositionChanged(portal, is_open):
                self._moved(self._portals[portal], is_open=is_open)
            case ports.RequestToExit(portal):
                self._exit_requested(self._portals[portal])
            case ports.PassageCounted(portal, point):
                self._turned(self._portals[portal], point)
            case ports.FireInputChanged(portal, active):
                self._fire(self._portals[portal], is_active=active)
            case ports.ReaderOnline(device) | ports.BoardOnline(device):
                self._watched(device)

    def unwatched(self, device: str) -> None:
        """A reader or board is away: nobody knows how the portals stand that it watches."""
        for portal in self._portals.values():
            if portal.config.watched_by == device:
                portal.is_open = None
                self._interlocks.contact(portal.config.id, is_open=None)
                portal.passage.contact_lost()
                self._arm(portal)
                self._tell(portal, PortalState.UNKNOWN)

    def _watched(self, device: str) -> None:
        """A reader or board answers (again); doors it tells of by itself, turns it counts from now on."""
        for portal in self._portals.values():
            if portal.config.watched_by == device and isinstance(portal.passage, Turnstile):
                portal.passage.contact_back()

    def standing(self) -> Iterator[PortalLine]:
        """Yield lines that tell how the portals stand now."""
        at = self._telling.now_text()
        for portal in self._portals.values():
            state = {True: PortalState.OPEN, False: PortalState.SHUT, None: PortalState.UNKNOWN}[portal.is_open]
            yield PortalLine(at, portal.config.id, state)
            if portal.is_on_fire:
                yield PortalLine(at, portal.config.id, PortalState.FIRE)

    def _moved(self, portal: PortalAtWork, *, is_open: bool) -> None:
        portal.is_open, portal.was_released = is_open, portal.was_released and is_open
        self._interlocks.contact(portal.config.id, is_open=is_open)
        self._tell(portal, PortalState.OPEN if is_open else PortalState.SHUT)
        if isinstance(portal.passage, Passage):
            now_ns = self._telling.time.boottime_ns()
            self._conclude(portal, portal.passage.contact(is_open=is_open, now_ns=now_ns))

    def _turned(self, portal: PortalAtWork, point: AccessPointId) -> None:
        if isinstance(portal.passage, Turnstile):
            self._conclude(portal, portal.passage.turned(point, self._telling.time.boottime_ns()))

    def _exit_requested(self, portal: PortalAtWork) -> None:
        now_ns, config = self._telling.time.boottime_ns(), portal.config
        if config.rex_unlocks and not self._interlocks.may_release(config.id, now_ns, is_exit_request=True):
            self._telling.counters["exit-interlocked"] += 1
            self._equipment.indicate_at(config.access_points, ports.Indication.DENIED)
        elif isinstance(portal.passage, Passage):
            if config.rex_unlocks:
                self._unlock(portal, config.unlock_ms, None)
            self._conclude(portal, portal.passage.exit_requested(now_ns))
        elif portal.exit_way is not None:
            if config.rex_unlocks:
                self._unlock(portal, config.unlock_ms, portal.exit_way)
            self._conclude(portal, portal.passage.exit_requested(portal.exit_way, now_ns))
        else:
            self._telling.counters["exit-without-way"] += 1
        self._telling.event(lambda at_ns: events.ExitRequested(at_ns, config.id))
        self._tell(portal, PortalState.EXIT_REQUESTED)

    def _fire(self, portal: PortalAtWork, *, is_active: bool) -> None:
        if is_active == portal.is_on_fire:
            return
        portal.is_on_fire, portal.was_released = is_active, portal.was_released or is_active
        self._telling.event(lambda at_ns: events.FireRelease(at_ns, portal.config.id, is_active))
        self._tell(portal, PortalState.FIRE if is_active else PortalState.FIRE_OVER)
        self._excuse(portal)

    def _excuse(self, portal: PortalAtWork) -> None:
        """Accuse nobody at a portal that fire release or order holds open, and let its interlock hold nobody."""
        is_active = portal.is_on_fire or portal.is_freed
        self._interlocks.fire(portal.config.id, is_active=is_active)
        self._conclude(portal, portal.passage.fire(is_active=is_active, now_ns=self._telling.time.boottime_ns()))

    def _conclude(self, portal: PortalAtWork, outcomes: Iterable[passage.Outcome]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, passage.Taken | passage.NotTaken):
                self._end_grant(portal, outcome)
            else:
                self._journal_outcome(portal, outcome)
        self._arm(portal)

    def _end_grant(self, portal: PortalAtWork, outcome: passage.Taken | passage.NotTaken) -> None:
        number, point, was_taken = outcome.number, outcome.point, isinstance(outcome, passage.Taken)
        at_ns = self._telling.time.stamp_ns()
        if was_taken:
            self._remember(outcome.holder, point, at_ns)
        if number != _UNNUMBERED:
            made = events.AccessTaken if was_taken else events.AccessNotTaken
            self._telling.journal.append(made(at_ns, point, number))
        if not was_taken:
            self._tell(portal, PortalState.NOT_TAKEN, point)
        elif portal.is_turnstile:
            self._tell(portal, PortalState.TURNED, point)

    def _remember(self, holder: HolderId, point: AccessPointId, at_ns: int) -> None:
        if holder:
            self._memory.passed(holder, self._points[point], at_ns)

    def _journal_outcome(self, portal: PortalAtWork, outcome: passage.Outcome) -> None:
        at_ns, portal_id = self._telling.time.stamp_ns(), portal.config.id
        append = self._telling.journal.append
        match outcome:
            case passage.Forced():
                append(events.DoorForced(at_ns, portal_id))
                self._tell(portal, PortalState.FORCED)
            case passage.Held():
                append(events.DoorHeld(at_ns, portal_id))
                self._tell(portal, PortalState.HELD)
            case passage.Closed():
                append(events.DoorClosed(at_ns, portal_id))
                self._tell(portal, PortalState.CLOSED)
                self._equipment.indicate_at(portal.config.access_points, ports.Indication.READY)
            case passage.Warned():
                self._tell(portal, PortalState.WARNED)
                self._equipment.indicate_at(portal.config.access_points, ports.Indication.WARNING)
            case passage.LeftFreely():
                append(events.FreeExit(at_ns, portal_id))
                self._tell(portal, PortalState.FREE_EXIT)
            case passage.Unexpected(point):
                append(events.PassageWithoutGrant(at_ns, portal_id, point))
                self._tell(portal, PortalState.TURNED_WITHOUT_GRANT, point)
                self._equipment.indicate_at((point,), ports.Indication.WARNING)

    def _arm(self, portal: PortalAtWork) -> None:
        if portal.timer is not None:
            portal.timer.cancel()
            portal.timer = None
        deadline_ns = portal.passage.deadline_ns()
        if deadline_ns is not None:
            wait_s = max(deadline_ns - self._telling.time.boottime_ns(), 0) / NS_PER_S
            portal.timer = asyncio.get_running_loop().call_later(wait_s, self._tick, portal)

    def _tick(self, portal: PortalAtWork) -> None:
        self._conclude(portal, portal.passage.tick(self._telling.time.boottime_ns()))

    def _unlock(self, portal: PortalAtWork, duration_ms: int, way: AccessPointId | None) -> bool:
        portal_id = portal.config.id
        hardware = self._hardware.get(portal_id)
        try:
            is_submitted = hardware is not None and hardware.unlock(duration_ms, way)
        except ports.BadCommandError as error:
            _logger.warning("unlock_refused", portal=portal_id, cause=str(error))
            is_submitted = False
        if is_submitted:
            portal.was_released = True
            if portal_id in self._interlocks:
                # What was released by a pulse may open at any moment in which a passage is expected.
                lasts_ns = (max(duration_ms, portal.config.passage_ms) + passage.CONTACT_GRACE_MS) * _NS_PER_MS
                self._interlocks.released(portal_id, self._telling.time.boottime_ns() + lasts_ns)
            self._tell(portal, PortalState.RELEASED, way)
        else:
            self._telling.counters["unlock-not-submitted"] += 1
        return is_submitted

    def _tell(self, portal: PortalAtWork, state: PortalState, way: AccessPointId | None = None) -> None:
        self._telling.line(lambda at: PortalLine(at, portal.config.id, state, way))
