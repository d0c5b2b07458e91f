"""Vehicles in the lanes of one gate: what loops, plates, cards and officers say becomes an open barrier, and events.

The barrier first, then the journal, as with a card at a door; nothing here waits for a disk or a network. A card in a
lane is granted when everything else is there, and whoever does not go on is denied: no card is shown without a trace.
What an officer lets pass without a card is counted when the vehicle has gone through, and not before: one that backs
out was never inside.

Belongs here: the service between lanes, portals, cards and the journal. Does not belong here: rules (domain/vehicles),
one vehicle's record (visits.py), reading plates (plates/).
"""

import asyncio
from collections.abc import Iterable, Mapping

from contract.clock import NS_PER_S
from contract.events import DenialReason, TurnedAway
from contract.ids import OUTSIDE, AccessPointId, AccountId, HolderId
from contract.periods import Retention
from contract.plates import canonical_plate
from contract.site import AccessPoint
from contract.site import Gate as GateConfig
from drivers import ports
from edge.claims import Claim
from edge.domain.acting import ActResult, EnterOccupants, EnterPlate, LaneAct, PassVehicle, TurnAway, objection
from edge.domain.door_orders import DoorOrders
from edge.domain.vehicles import barrier as seen
from edge.domain.vehicles.barrier import At
from edge.domain.vehicles.decide_vehicle import Facts, decide_vehicle, is_kept_out
from edge.domain.vehicles.plates import PlateReader
from edge.domain.vehicles.shown import LaneShown, Needs, Unwatched
from edge.portals import Portals
from edge.presenting import PolicyInForce, Presenting
from edge.telling import Telling
from edge.vehicles.booms import Barrier, Lane, barriers_of, lanes_of
from edge.vehicles.interlocked import InterlockedLanes
from edge.vehicles.lane_view import lane_shown
from edge.vehicles.plate_looks import PlateLooks
from edge.vehicles.records import VehicleRecords
from edge.vehicles.reject_ways import RejectWays
from edge.vehicles.visits import Refusal, Visit


class Lanes:
    """All lanes of a gate; a VehicleLanes for its cards. Belongs to the event loop."""

    def __init__(
        self,
        config: GateConfig,
        points: Mapping[AccessPointId, AccessPoint],
        policy: PolicyInForce,
        retention: Retention,
        portals: Portals,
        presenting: Presenting,
        orders: DoorOrders,
        telling: Telling,
        plates: PlateReader | None,
    ) -> None:
        """`plates`: None where nothing reads them; officers can type them."""
        self._policy = policy
        self._portals = portals
        self._presenting = presenting
        self._orders = orders
        self._telling = telling
        self._looks = PlateLooks(plates, policy, lambda lane: self._settle(self._booms[lane.config.portal]))
        self._records = VehicleRecords(config, points, portals, retention, telling)
        self._badge_ns = config.pair_within_s * NS_PER_S
        lanes = lanes_of(config, points)
        self._lanes = {lane.config.id: lane for lane in lanes}
        self._at = {lane.point.id: lane for lane in self._lanes.values()}
        self._booms = {boom.portal.id: boom for boom in barriers_of(config, lanes)}
        self._reject_ways = RejectWays(config, portals, self._booms)
        self._interlocked = InterlockedLanes(config, lanes, self._booms.values())
        self._is_settling = self._is_refusing = False

    def serves(self, point: AccessPointId) -> bool:
        """See edge.claims.VehicleLanes. Nobody is kept from leaving because nobody sees vehicles where he leaves."""
        lane = self._at.get(point)
        return lane is not None and (not self._is_out(lane) or not self.is_unseen(point))

    def is_unseen(self, point: AccessPointId) -> bool:
        """See edge.claims.VehicleLanes."""
        lane = self._at.get(point)
        return lane is not None and not self._booms[lane.config.portal].seen.is_known(lane.config.id)

    def take_claim(self, claim: Claim) -> None:
        """See edge.claims.VehicleLanes."""
        lane, now_ns = self._at[claim.read.point.id], self._now_ns()
        if lane.visit is not None and lane.visit.numbers is not None and lane.visit.is_of(claim, lane.config.occupants):
            self._presenting.refuse(claim, DenialReason.NO_VEHICLE)
        elif self.is_unseen(lane.point.id):
            # Whose vehicle is seen first when the board is back, nobody knows: it is not for that one.
            lane.unwatched = lane.unwatched or Unwatched.CARDS
            self._refuse([claim], DenialReason.NO_VEHICLE)
            self._settle(self._booms[lane.config.portal])
        elif lane.visit is None or lane.visit.numbers is not None:
            lane.early.put(claim, now_ns)
        elif lane.visit.is_turned_away:
            self._presenting.refuse(claim, DenialReason.VEHICLE_REFUSED)
        else:
            lane.visit.present(claim, now_ns)
            lane.unwatched = None
            self._settle(self._booms[lane.config.portal])

    def take_refusal(self, point: AccessPointId, credential: str, reason: DenialReason, holder: HolderId) -> None:
        """See edge.claims.VehicleLanes."""
        lane = self._at[point]
        if lane.visit is not None and lane.visit.numbers is None and not self._is_refusing:
            lane.visit.refusal = Refusal(credential, reason, holder)
            self._settle(self._booms[lane.config.portal])

    def take(self, event: ports.DeviceEvent) -> None:
        """Take what loops, beams and booms report; all else is passed over."""
        match event:
            case ports.LaneInputChanged(name, where, active):
                boom, now_ns = self._booms[self._lanes[name].config.portal], self._now_ns()
                if where is ports.LaneInput.PRESENCE:
                    self._conclude(boom, boom.seen.presence(name, now_ns, is_present=active))
                else:
                    self._conclude(boom, boom.seen.clearance(now_ns, is_under=active))
            case ports.DoorPositionChanged(portal, is_open) if portal in self._booms:
                self._booms[portal].seen.boom(is_up=is_open)
                self._conclude(self._booms[portal], [])
            case ports.DoorPositionChanged():
                self.obey()  # another door of an interlock may hold a boom no longer
            case ports.ReaderOnline(device) | ports.BoardOnline(device):
                for boom in self._booms.values():
                    if boom.portal.hardware == device:
                        boom.driver_back()
                self.obey()

    def unwatched(self, device: str) -> None:
        """A reader or board is away: nobody knows what stands in the lanes, or under the booms, that it watches."""
        for boom in self._booms.values():
            lost = [lane.config.id for lane in boom.lanes if lane.config.hardware == device]
            if boom.portal.hardware == device:
                boom.driver_lost()
            if boom.portal.watched_by == device:
                boom.seen.boom(is_up=None)
            early = [claim for name in lost for claim in self._unwatched(self._lanes[name])]
            if lost or boom.portal.watched_by == device:
                self._conclude(boom, boom.seen.lost(lost, clearance=bool(lost)))
            self._refuse(early, DenialReason.NO_VEHICLE)
        self._records.back.lost(device)

    def obey(self) -> None:
        """Look after what only time changes; to be called at least once a second, for booms are kept up by seconds."""
        self._records.forget()
        for boom in self._booms.values():
            self._conclude(boom, boom.seen.tick(self._now_ns()))

    def stop(self) -> None:
        """Deny whoever still stands there; what is on its way counts as through."""
        for lane in self._lanes.values():
            if lane.visit is not None and lane.visit.numbers is not None:
                self._lost(lane, lane.visit)
            elif lane.visit is not None:
                self._left(lane, lane.visit)
            self._refuse(lane.early.take(), DenialReason.NO_VEHICLE)
        self._records.back.stop()
        for boom in self._booms.values():
            if boom.timer is not None:
                boom.timer.cancel()

    def act(self, by: AccountId, act: LaneAct) -> ActResult:
        """Carry out what an officer does about the vehicle in a lane, or say why not."""
        lane = self._lanes.get(act.lane)
        visit = None if lane is None else lane.visit
        if lane is None or visit is None or visit.number != act.visit:
            return ActResult.TOO_LATE
        if visit.numbers is not None:
            return ActResult.COUNTED_ALREADY if isinstance(act, EnterOccupants) else ActResult.TOO_LATE
        result = ActResult.DONE
        match act:
            case EnterOccupants(amount=amount, trailer=trailer):
                said = act.id if visit.word is None else visit.word[1].id  # one act tells that he let it pass
                visit.occupants, visit.trailer, visit.counted = amount, trailer, (by, said)
            case EnterPlate(plate=plate):
                visit.type(canonical_plate(plate))
                self._looks.compare(visit)
            case PassVehicle():
                result = self._pass(lane, visit, by, act)
            case TurnAway():
                result = self._turn_away(lane, visit, by, act)
        self._settle(self._booms[lane.config.portal])
        return result

    def standing(self) -> Iterable[LaneShown]:
        """Return how every lane stands now."""
        return [lane.shown for lane in self._lanes.values() if lane.shown is not None]

    def _pass(self, lane: Lane, visit: Visit, by: AccountId, act: PassVehicle) -> ActResult:
        refused = self._objection(lane, visit)
        if refused is not None:
            return refused
        visit.word, visit.counted = (by, act), (by, act.id)
        visit.occupants, visit.trailer = act.amount, act.trailer
        visit.is_turned_away = lane.is_reject_wanted = False
        self._records.back.allowed(lane.config)
        return ActResult.DONE

    def _turn_away(self, lane: Lane, visit: Visit, by: AccountId, act: TurnAway) -> ActResult:
        reason = TurnedAway.OFFICER if act.because is TurnedAway.LEFT_BY_ITSELF else act.because
        if not visit.is_turned_away and not self._records.turned_away(lane.config, lane.point, visit, reason):
            return ActResult.NOT_RECORDED
        lane.is_reject_wanted = bool(lane.config.reject_portal)
        self._records.back.turned_away(lane.config, visit, by)
        self._refuse(visit.turn_away())
        return ActResult.DONE

    def _conclude(self, boom: Barrier, outcomes: Iterable[seen.Outcome]) -> None:
        for outcome in outcomes:
            lane = self._lanes[outcome.lane]
            visit = lane.visit
            self._records.back.take(lane.config, outcome)
            self._interlocked.take(lane, visit, outcome, self._now_ns())
            match outcome:
                case seen.Came():
                    self._came(lane)
                case seen.Left() if visit is not None:
                    self._left(lane, visit)
                case seen.Passed() if visit is not None:
                    self._records.passed(lane.config, lane.point, visit)
                    self._end(lane, visit)
                case seen.BackedOut() if visit is not None:
                    self._records.not_taken(lane.config, lane.point, visit)
                    self._end(lane, visit)
                case seen.Expired() if visit is not None:
                    self._records.not_taken(lane.config, lane.point, visit)
                    visit.expire()
                case seen.Lost() if visit is not None:
                    self._lost(lane, visit)
                case seen.Followed():
                    self._portals.passed_without_grant(lane.point.id)
                    self._refuse(lane.early.take())  # its driver's may be among them: none is for the next vehicle
                    if visit is not None and boom.seen.at(lane.config.id) is At.EMPTY:
                        self._end(lane, visit)
                        self._refuse(visit.claims)
        self._settle(boom)

    def _unwatched(self, lane: Lane) -> list[Claim]:
        """Keep for the screen what is there when the lane's board goes away; return the cards without a vehicle."""
        early, visit = lane.early.take(), lane.visit
        if visit is not None and visit.numbers is not None:
            lane.unwatched = Unwatched.LET_THROUGH
        elif visit is not None or early:
            lane.unwatched = lane.unwatched or Unwatched.CARDS
        return early

    def _came(self, lane: Lane) -> None:
        lane.visits += 1
        now_ns = self._now_ns()
        visit = lane.visit = Visit(lane.visits, self._telling.time.now_ns(), now_ns)
        for claim in lane.early.take():
            visit.present(claim, now_ns)
        self._looks.begin(lane, visit)

    def _settle(self, boom: Barrier) -> None:
        """Let pass whoever may, keep the boom up as long as it must be, and show how things stand."""
        if self._is_settling:
            return
        self._is_settling = True
        try:
            for each in self._interlocked.together(boom):
                self._settle_one(each)
        finally:
            self._is_settling = False

    def _settle_one(self, boom: Barrier) -> None:
        for lane in boom.lanes:
            expired = lane.early.expire(self._now_ns(), is_busy=boom.is_busy(lane))
            self._refuse(expired, DenialReason.NO_VEHICLE)
            self._show(lane, self._decide(boom, lane))
            if (opened := self._reject_ways.open(lane, self._now_ns())) is not None:
                self._arm(opened)
        boom.keep(self._portals, self._now_ns())
        self._arm(boom)

    def _decide(self, boom: Barrier, lane: Lane) -> tuple[Needs, ...]:
        """Let a lane's vehicle pass if it may; return what it lacks."""
        visit = lane.visit
        if visit is None or visit.numbers is not None:
            return ()
        now_ns = self._telling.time.now_ns()
        facts = Facts(
            visit.plate,
            visit.confidence_percent,
            visit.plates_differ,
            visit.claims[0].holder if visit.claims else None,
            visit.refusal is not None,
            visit.occupants,
            may_more_badge=self._now_ns() - visit.card_ns < self._badge_ns,
            has_word=visit.word is not None,
            exits_free=self._is_out(lane) and self._orders.exits_free(now_ns),
        )
        visit.judgement = decide_vehicle(lane.config, lane.point, self._policy.rules, facts, now_ns)
        if visit.is_turned_away or visit.judgement.needs:
            return visit.judgement.needs
        is_full = self._interlocked.is_full(lane, self._now_ns(), exits_free=self._orders.exits_free(now_ns))
        if not boom.seen.is_free or not self._portals.may_raise(boom.portal.id) or is_full:
            return (Needs.BARRIER,)
        if not self._still_may(lane, visit):
            return self._decide(boom, lane)
        return () if self._open(boom, lane, visit) else (Needs.BARRIER,)

    def _still_may(self, lane: Lane, visit: Visit) -> bool:
        """Judge cards that have waited, and an officer's word, by what holds now; return whether nothing is missing."""
        is_all_there = True
        for claim in list(visit.claims):
            reason = self._presenting.judge_again(claim)
            if reason is not None:
                visit.claims.remove(claim)
                self._presenting.refuse(claim, reason)
                is_all_there = False
        if visit.word is not None and self._objection(lane, visit) is not None:
            visit.word, is_all_there = None, False
        return is_all_there

    def _open(self, boom: Barrier, lane: Lane, visit: Visit) -> bool:
        since_ns, judgement = self._now_ns(), visit.judgement
        if judgement is None or not self._portals.raise_boom(boom.portal.id):
            return False
        boom.seen.open_for(lane.config.id, since_ns, has_trailer=visit.trailer)
        took_ns, claims = self._now_ns() - since_ns, visit.claims
        visit.numbers = self._presenting.let_through(claims, took_ns, is_released=True) if claims else []
        self._records.granted(lane.config, lane.point, visit, judgement)
        return True

    def _lost(self, lane: Lane, visit: Visit) -> None:
        """Nobody knows whether it went through."""
        self._records.lost(lane.config, lane.point, visit)
        self._end(lane, visit)

    def _left(self, lane: Lane, visit: Visit) -> None:
        if not visit.is_turned_away and not visit.is_told_away:
            why = None if visit.judgement is None else visit.judgement.why
            self._records.turned_away(lane.config, lane.point, visit, why or TurnedAway.LEFT_BY_ITSELF)
        self._records.back.left(lane.config, is_open=not lane.is_reject_wanted)
        if (reject := self._booms.get(lane.config.reject_portal)) is not None:
            reject.seen.set_out(lane.config.id)
        self._end(lane, visit)  # first: a refusal settles the lane, and this vehicle must not be let through any more
        self._refuse(visit.claims)

    def _end(self, lane: Lane, visit: Visit) -> None:
        visit.end()
        lane.visit, lane.is_reject_wanted = None, False
        if not self.is_unseen(lane.point.id):
            lane.unwatched = None

    def _refuse(self, claims: Iterable[Claim], reason: DenialReason = DenialReason.VEHICLE_REFUSED) -> None:
        """Deny cards of a vehicle that has gone, or never came: they say nothing of the one that stands there now."""
        self._is_refusing = True
        for claim in claims:
            self._presenting.refuse(claim, reason)
        self._is_refusing = False

    def _objection(self, lane: Lane, visit: Visit) -> ActResult | None:
        """Return why an officer may not let this vehicle pass by his word; None if he may."""
        reason = None if visit.claims or visit.refusal is None else visit.refusal.reason
        denied = self._orders.entries_denied(self._telling.time.now_ns())
        found = objection(lane.point, is_named=bool(visit.driver), reason=reason, entries_denied=denied)
        if found is None and is_kept_out(lane.config, lane.point, visit.judgement):
            return ActResult.VEHICLE_BLOCKED
        return found

    def _show(self, lane: Lane, needs: tuple[Needs, ...]) -> None:
        visit, boom = lane.visit, self._booms[lane.config.portal]
        refused = None if visit is None else self._objection(lane, visit)
        came_with = None if visit is None else self._records.came_with(lane.point, visit)
        shown = lane_shown(
            lane.config, lane.point, boom.seen, visit, is_up=self._portals.is_up(boom.portal.id), needs=needs,
            now_boottime_ns=self._now_ns(), came_with=came_with, objection="" if refused is None else refused.value,
            unwatched=lane.unwatched,
        )  # fmt: skip
        if shown != lane.shown:
            lane.shown = shown
            if self._telling.onlooker is not None:
                self._telling.onlooker.lane(shown)

    def _arm(self, boom: Barrier) -> None:
        if boom.timer is not None:
            boom.timer.cancel()
            boom.timer = None
        deadline_ns = boom.seen.deadline_ns()
        if deadline_ns is not None:
            wait_s = max(deadline_ns - self._now_ns(), 0) / NS_PER_S
            boom.timer = asyncio.get_running_loop().call_later(wait_s, self._tick, boom)

    def _tick(self, boom: Barrier) -> None:
        self._conclude(boom, boom.seen.tick(self._now_ns()))

    @staticmethod
    def _is_out(lane: Lane) -> bool:
        return lane.point.to_area == OUTSIDE

    def _now_ns(self) -> int:
        return self._telling.time.boottime_ns()
