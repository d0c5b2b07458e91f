"""What follows when somebody presents a card: decision, PIN, second person, release, and what is journaled of it.

The order of a read: decide, unlock, indicate, and only then journal; up to the unlock there is no disk, no network and
nothing that waits but people. A card may have to wait for its PIN, and a person for another one; whoever does not come
in time is denied, and the policy then in force decides again. A duress PIN shows nothing at the door: light, sound,
strike and technicians' lines are those of any other PIN; its alarm is raised whether the door opens or not.

Belongs here: the steps and their order. Does not belong here: rules (domain/), portals (portals.py).
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

from contract import events
from contract.clock import NS_PER_S
from contract.events import DenialReason
from contract.ids import AccessPointId, HolderId, ReaderId
from contract.periods import Kind, Period, Retention
from contract.site import AccessPoint, Assurance
from contract.site import Gate as GateConfig
from drivers import ports
from edge.claims import NO_LANES, Claim, Presented, VehicleLanes
from edge.domain.anti_passback import AntiPassbackMemory
from edge.domain.decide import Denial, Grant, Rules, decide
from edge.domain.door_orders import DoorOrders
from edge.domain.last_reads import LastReads
from edge.domain.pairs import Alone, Pairs
from edge.domain.pin import PinJudgement, WrongPins
from edge.domain.waits import Waits
from edge.equipment import Equipment
from edge.officer_acts import OfficerActs
from edge.portals import Portals
from edge.snapshots import Snapshots
from edge.technician import Decision, Outcome
from edge.telling import SeenRead, Telling

PIN_WITHOUT_CARD: Final = "pin_without_card"
"""Why digits were refused that nobody asked for: a PIN never stands for a card."""
_NS_PER_MS: Final = 1_000_000
_ANY_NS: Final = 2**63
"""Later than any wait ends."""


class PolicyInForce(Protocol):
    """Whoever holds the policy."""

    @property
    def rules(self) -> Rules | None:
        """The policy in force, if there is one."""
        ...


class Presenting:
    """Everybody who presents himself at one gate. Belongs to the event loop."""

    def __init__(
        self,
        config: GateConfig,
        points: Mapping[AccessPointId, AccessPoint],
        policy: PolicyInForce,
        memory: AntiPassbackMemory,
        portals: Portals,
        equipment: Equipment,
        telling: Telling,
        snapshots: Snapshots | None,
        orders: DoorOrders,
        reads: LastReads,
        acts: OfficerActs,
    ) -> None:
        self._points = points
        self._policy = policy
        self._memory = memory
        self._portals = portals
        self._equipment = equipment
        self._telling = telling
        self._snapshots = snapshots
        self._orders = orders
        self._reads = reads
        self._acts = acts
        self._pin_within_ns = config.pin_within_s * NS_PER_S
        self._wanting_pin: Waits[AccessPointId, Claim] = Waits()
        self._pairs: Pairs[Claim] = Pairs(config.pair_within_s * NS_PER_S)
        self._wrong_pins = WrongPins(
            most=config.bad_pins,
            locked_ns=config.pin_locked_s * NS_PER_S,
            keep_ns=_remembered_s(memory.retention) * NS_PER_S,
        )
        self._timer: asyncio.TimerHandle | None = None
        self.lanes: VehicleLanes = NO_LANES

    def present(self, point_id: AccessPointId, reader: ReaderId | None, credential: str, assurance: Assurance) -> None:
        """Decide about a credential (its canonical text), and act on it."""
        since_ns = self._telling.time.boottime_ns()
        read = Presented(self._points[point_id], reader, credential, assurance, since_ns)
        decision = self._decide(read)
        if self._timer is not None:
            self._begin_anew(read)
        if isinstance(decision, Denial):
            self._deny(read, decision.reason, decision.holder)
        elif decision.pins is None:
            self._accept(Claim(read, decision))
        elif self._wrong_pins.is_locked(decision.pass_id, since_ns):
            self._deny(read, DenialReason.PIN_LOCKED, decision.holder)
        else:
            self._want_pin(Claim(read, decision))

    def pin_entered(self, reader: ReaderId, digits: str) -> None:
        """Take digits that somebody typed, at the reader that read his card or at another of that access point."""
        now_ns = self._telling.time.boottime_ns()
        self._end_waits(now_ns)
        point = self._equipment.access_point(reader)
        claim = self._wanting_pin.at(point, now_ns)
        if claim is None or claim.grant.pins is None:
            self._equipment.refused(reader, PIN_WITHOUT_CARD)
            return
        self._wanting_pin.end(point)
        decision = self._decide(claim.read)
        grant = decision if isinstance(decision, Grant) else claim.grant
        judgement = (grant.pins or claim.grant.pins).judge(digits)
        read = replace(claim.read, reader=reader, since_ns=now_ns)
        claim = Claim(read, grant, is_duress=judgement is PinJudgement.DURESS)
        if isinstance(decision, Denial):
            self.refuse(claim, decision.reason)
        elif self._wrong_pins.is_locked(grant.pass_id, now_ns):
            self.refuse(claim, DenialReason.PIN_LOCKED)
        elif judgement is PinJudgement.WRONG:
            self.refuse(claim, DenialReason.WRONG_PIN)
            if self._wrong_pins.wrong(grant.pass_id, now_ns):
                self._telling.event(lambda at_ns: events.BadPins(at_ns, point))
        else:
            self._wrong_pins.right(grant.pass_id)
            self._accept(claim)
        self._arm()

    def forget(self) -> None:
        """Drop what may no longer be remembered of anybody."""
        now_ns = self._telling.time.boottime_ns()
        self._wrong_pins.forget(now_ns)
        self._reads.forget(now_ns)

    def stop(self) -> None:
        """Deny whoever still waits: no card was shown without a trace."""
        self._end_waits(_ANY_NS)
        self._arm()

    def judge_again(self, claim: Claim) -> DenialReason | None:
        """Judge a claim that has waited by the policy, the time and the orders of now; return why it is refused."""
        decision = self._decide(claim.read)
        if isinstance(decision, Denial):
            return decision.reason
        claim.grant = decision
        return None

    def refuse(self, claim: Claim, reason: DenialReason) -> None:
        """Deny a claim that has waited."""
        self._deny(claim.read, reason, claim.grant.holder)
        self._alarm_duress(claim)

    def let_through(self, claims: Sequence[Claim], took_ns: int, *, is_released: bool | None) -> list[int]:
        """Show and journal that these pass together; return the numbers of their grants, 0 for want of room.

        `is_released`: whether the portal took its command; None if there is none.
        """
        is_extended = any(claim.grant.extended_time for claim in claims)
        # No green light before a door that nobody could release: whoever sees it would lean on a locked leaf.
        shown = ports.Indication.DENIED if is_released is False else _welcome(claims[-1].read.point)
        outcome = Outcome.COUNTED if claims[-1].read.point.muster_point else Outcome.GRANTED
        for claim in claims:
            self._equipment.indicate(claim.read.reader, shown)
        numbers = []
        for claim in claims:
            number = self._journal_grant(claim, is_extended=is_extended, is_released=is_released is not False)
            self._tell(claim.read, outcome, None, took_ns, is_released, holder=claim.grant.holder, grant_number=number)
            numbers.append(number)
        return numbers

    def _decide(self, read: Presented) -> Grant | Denial:
        now_ns = self._telling.time.now_ns()
        return decide(
            self._policy.rules, read.credential, read.point, now_ns, self._memory, read.assurance,
            entries_denied=self._orders.entries_denied(now_ns), exits_free=self._orders.exits_free(now_ns),
        )  # fmt: skip

    def _begin_anew(self, read: Presented) -> None:
        """A card ends the wait of the one before it at the same access point; another card had no PIN in time."""
        self._end_waits(read.since_ns)
        before = self._wanting_pin.at(read.point.id, read.since_ns)
        self._wanting_pin.end(read.point.id)
        if before is not None and before.read.credential != read.credential:
            self.refuse(before, DenialReason.PIN_TIMEOUT)

    def _want_pin(self, claim: Claim) -> None:
        point, until_ns = claim.read.point.id, claim.read.since_ns + self._pin_within_ns
        self._equipment.indicate_at((point,), ports.Indication.PIN_WANTED)
        self._wanting_pin.begin(point, claim, until_ns)
        self._pairs.prolong(point, until_ns)
        self._tell(claim.read, Outcome.PIN_WANTED, holder=claim.grant.holder)
        self._arm()

    def _accept(self, claim: Claim) -> None:
        """Go on with a claim that needs no PIN, or no more."""
        if claim.read.point.persons == 1:
            self._release(claim)
            return
        first = self._pairs.present(claim.read.point.id, claim.grant.holder, claim, claim.read.since_ns)
        if first is Alone.FIRST:
            self._equipment.indicate(claim.read.reader, ports.Indication.SECOND_PERSON_WANTED)
            self._tell(claim.read, Outcome.SECOND_PERSON_WANTED, holder=claim.grant.holder)
            self._alarm_duress(claim)
        elif first is Alone.SAME_PERSON:
            self.refuse(claim, DenialReason.SAME_PERSON_TWICE)
        else:
            self._join(first, claim)
        self._arm()

    def _join(self, first: Claim, second: Claim) -> None:
        """Let both pass, unless the first may no more: then the second waits for another."""
        decision = self._decide(first.read)
        if isinstance(decision, Denial):
            self.refuse(first, decision.reason)
            self._accept(second)
        else:
            first.grant = decision
            self._release(first, second)

    def _release(self, *claims: Claim) -> None:
        """Let one person pass, or two together: one release, and a grant for each."""
        point = claims[-1].read.point.id
        if self.lanes.serves(point):
            for claim in claims:
                self._equipment.indicate(claim.read.reader, ports.Indication.WAIT)
                self._tell(claim.read, Outcome.VEHICLE_WAITS, holder=claim.grant.holder)
                self._alarm_duress(claim)
                self.lanes.take_claim(claim)
            return
        if not self._portals.may_release(point):
            for claim in claims:
                self.refuse(claim, DenialReason.INTERLOCKED)
            return
        is_extended = any(claim.grant.extended_time for claim in claims)
        is_released = self._portals.release(point, is_extended=is_extended)
        took_ns = self._telling.time.boottime_ns() - claims[-1].read.since_ns
        self.let_through(claims, took_ns, is_released=is_released)

    def _journal_grant(self, claim: Claim, *, is_extended: bool, is_released: bool) -> int:
        """Journal a grant and wait for what becomes of it; return its number, 0 if there was no room for it."""
        read, grant, point = claim.read, claim.grant, claim.read.point.id
        at_ns = self._telling.time.stamp_ns()
        number = self._telling.journal.append(
            events.AccessGranted(
                at_ns, point, grant.holder, grant.pass_id, read.credential, grant.anti_passback_overridden,
                read.assurance,
            )
        )  # fmt: skip
        self._alarm_duress(claim, number or 0)
        if is_released:
            self._portals.granted(number, point, grant.holder, at_ns, is_extended=is_extended)
        elif number is not None and not self._portals.stands_open(point):
            self._telling.event(lambda not_ns: events.AccessNotTaken(not_ns, point, number))
            return number
        if self._snapshots is not None and number is not None:
            self._snapshots.granted(number, at_ns, point)
        return number or 0

    def _deny(self, read: Presented, reason: DenialReason, holder: HolderId | None) -> None:
        took_ns = self._telling.time.boottime_ns() - read.since_ns
        # Whoever got out is told that he was read, whatever is wrong with his pass.
        is_counted = bool(read.point.muster_point) and holder is not None
        self._equipment.indicate(read.reader, _welcome(read.point) if is_counted else ports.Indication.DENIED)
        self._telling.event(lambda at_ns: events.AccessDenied(at_ns, read.point.id, reason, read.credential, holder))
        self._tell(read, Outcome.COUNTED if is_counted else Outcome.DENIED, reason, took_ns, holder=holder)
        if self.lanes.serves(read.point.id):
            self.lanes.take_refusal(read.point.id, read.credential, reason, holder or HolderId(""))

    def _alarm_duress(self, claim: Claim, grant_number: int = 0) -> None:
        """Raise the alarm of a duress PIN, once. Nobody who acts under threat waits for the rest of the rules."""
        if claim.is_duress:
            claim.is_duress = False
            point = claim.read.point.id
            self._telling.event(lambda at_ns: events.Duress(at_ns, point, grant_number))

    def _end_waits(self, now_ns: int) -> None:
        for _, claim in self._wanting_pin.expire(now_ns):
            self.refuse(claim, DenialReason.PIN_TIMEOUT)
        for claim in self._pairs.expire(now_ns):
            self.refuse(claim, DenialReason.SECOND_PERSON_MISSING)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadlines = (self._wanting_pin.deadline_ns(), self._pairs.deadline_ns())
        deadline_ns = min((each for each in deadlines if each is not None), default=None)
        if deadline_ns is not None:
            wait_s = max(deadline_ns - self._telling.time.boottime_ns(), 0) / NS_PER_S
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._tick)

    def _tick(self) -> None:
        self._end_waits(self._telling.time.boottime_ns())
        self._arm()

    def _seen(
        self, read: Presented, outcome: Outcome, reason: DenialReason | None, holder: HolderId | None, grant_number: int
    ) -> SeenRead:
        point = read.point.id
        id_ = self._reads.note(point, holder, reason, grant_number, self._telling.time.boottime_ns())
        return SeenRead(
            id_, self._telling.time.now_ns(), point, read.credential, outcome, reason,
            self._acts.may_not_admit(point, is_named=holder is not None, reason=reason),
            is_vehicle=grant_number > 0 and self._portals.is_for_vehicles(point),
        )  # fmt: skip

    def _tell(
        self,
        read: Presented,
        outcome: Outcome,
        reason: DenialReason | None = None,
        took_ns: int | None = None,
        is_released: bool | None = None,  # noqa: FBT001  as the line has it
        *,
        holder: HolderId | None = None,
        grant_number: int = 0,
    ) -> None:
        onlooker = self._telling.onlooker
        if onlooker is not None:
            onlooker.read(self._seen(read, outcome, reason, holder, grant_number))
        if not self._telling.technicians.are_there:
            return
        spent_ns = self._telling.time.boottime_ns() - read.since_ns if took_ns is None else took_ns
        make: Callable[[str], Decision] = lambda at: Decision(  # noqa: E731
            at, read.point.id, read.reader, outcome, reason, read.assurance, read.credential.partition(":")[0],
            spent_ns / _NS_PER_MS, is_released,
        )  # fmt: skip
        self._telling.line(make)


def _welcome(point: AccessPoint) -> ports.Indication:
    return ports.Indication.COUNTED if point.muster_point else ports.Indication.GRANTED


def _remembered_s(retention: Retention) -> int:
    """For how long something may be remembered of somebody, so that it is gone before its period's key would be."""
    period = Period(Kind.MOVEMENT, 0, retention.period_s(Kind.MOVEMENT))
    return retention.dies_at_s(period) - period.length_s
