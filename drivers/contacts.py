"""What the inputs of one device, a reader or a board, say of the portals and lanes that it watches.

A contact bounces, and a wire picks up noise: a state is believed once it has rested for the portal's `debounce_ms`
(at most 400, so every change that lasts longer than 400 ms counts). States carry the time at which they were seen, so
that several which arrive late, or all in one piece, count as if each had come in time. Each state lasts until the next
one that differs: a device that reports changes alone and one that is polled are the same.

What the first state after `lost` (or at the start) means: door and fire contact are reported as they are; a button
that is pressed is a request, for somebody may stand before it; a turnstile's contact counts nothing, since nobody saw
it turn; loops and beams of a lane are reported as they are. Of contacts that are believed at one moment the request
comes before the door: else whoever leaves by the button would seem to have forced it.

Belongs here: debounce and what a contact means. Does not belong here: wires, polling, clocks (`now_ns` is an argument),
or what an opening means (the edge).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from contract.ids import AccessPointId, LaneId, PortalId
from contract.site import ClearanceLevel, DpsLevel, FireLevel, LaneConfig, PortalConfig, PortalKind
from drivers.ports import (
    DoorPositionChanged,
    FireInputChanged,
    LaneInput,
    LaneInputChanged,
    PassageCounted,
    RequestToExit,
)

LANE_DEBOUNCE_MS: Final = 50
"""A loop or beam of a lane is believed after so long."""
_NS_PER_MS: Final = 1_000_000

PortalEvent = DoorPositionChanged | FireInputChanged | PassageCounted | RequestToExit | LaneInputChanged
Watched = PortalConfig | LaneConfig
"""What has inputs at a device."""


class Contacts:
    """The inputs of one device. `watched`: the portals (PortalConfig.watched_by) and lanes that it watches, no others.

    Times are nanoseconds of CLOCK_BOOTTIME; one that lies before an earlier one counts as that earlier one.
    """

    def __init__(self, watched: Iterable[Watched]) -> None:
        self._contacts = [contact for each in watched for contact in _contacts_of(each)]
        self._now_ns = 0

    @property
    def inputs(self) -> int:
        """How many inputs the device needs: the highest terminal that is wired, and one."""
        return max((contact.terminal + 1 for contact in self._contacts), default=0)

    def take(self, states: Sequence[bool], now_ns: int) -> list[PortalEvent]:
        """Take all inputs as they were at `now_ns` (True: closed); return what is believed by then.

        A terminal beyond `states` keeps what it had.
        """
        events = self.advance(now_ns)
        for contact in self._contacts:
            if contact.terminal < len(states):
                contact.see(is_active=bool(states[contact.terminal]) is contact.active_level, now_ns=self._now_ns)
        return events + self.advance(now_ns)

    def advance(self, now_ns: int) -> list[PortalEvent]:
        """Return what is believed by `now_ns`, in the order in which it came to be."""
        self._now_ns = max(self._now_ns, now_ns)
        ripe = [contact for contact in self._contacts if contact.due_ns is not None and contact.due_ns <= self._now_ns]
        ripe.sort(key=lambda contact: (contact.due_ns, contact.rank))
        return [event for contact in ripe for event in contact.believe()]

    def due_ns(self) -> int | None:
        """Return when `advance` has something to say unless an input changes, or None."""
        return min((contact.due_ns for contact in self._contacts if contact.due_ns is not None), default=None)

    def lost(self) -> None:
        """Forget every state: the device is away."""
        for contact in self._contacts:
            contact.seen = contact.believed = contact.due_ns = None


@dataclass(slots=True)
class _Contact:
    """One terminal. `seen`: its latest state, `believed`: the latest that rested, `due_ns`: when `seen` will have."""

    place: PortalId | LaneId
    terminal: int
    debounce_ns: int
    rank: int
    active_level: bool = True
    point: AccessPointId | None = None
    lane_input: LaneInput | None = None
    seen: bool | None = None
    believed: bool | None = None
    due_ns: int | None = None

    def see(self, *, is_active: bool, now_ns: int) -> None:
        if is_active is self.seen:
            return
        self.seen = is_active
        self.due_ns = None if is_active is self.believed else now_ns + self.debounce_ns

    def believe(self) -> Iterator[PortalEvent]:
        was_known, self.believed, self.due_ns = self.believed is not None, self.seen, None
        is_active, portal = bool(self.believed), PortalId(self.place)
        if self.lane_input is not None:
            yield LaneInputChanged(LaneId(self.place), self.lane_input, is_active)
        elif self.rank == _DOOR:
            yield DoorPositionChanged(portal, open=is_active)
        elif self.rank == _FIRE:
            yield FireInputChanged(portal, active=is_active)
        elif self.point is not None:
            if is_active and was_known:
                yield PassageCounted(portal, self.point)
        elif is_active:
            yield RequestToExit(portal)


# What a contact is for, in the order in which contacts that are believed at one moment are told.
_FIRE: Final = 0
_REX: Final = 1
_DOOR: Final = 2
_PASSED: Final = 3
_PRESENCE: Final = 4
_CLEARANCE: Final = 5


def _contacts_of(watched: Watched) -> Iterator[_Contact]:
    return _of_lane(watched) if isinstance(watched, LaneConfig) else _of_portal(watched)


def _of_lane(lane: LaneConfig) -> Iterator[_Contact]:
    debounce_ns = LANE_DEBOUNCE_MS * _NS_PER_MS
    yield _Contact(lane.id, lane.presence_input, debounce_ns, _PRESENCE, lane_input=LaneInput.PRESENCE)
    if lane.clearance_input >= 0:
        is_level = lane.clearance_closes_when is ClearanceLevel.OCCUPIED
        under = LaneInput.CLEARANCE
        yield _Contact(lane.id, lane.clearance_input, debounce_ns, _CLEARANCE, is_level, lane_input=under)


def _of_portal(portal: PortalConfig) -> Iterator[_Contact]:
    debounce_ns = portal.debounce_ms * _NS_PER_MS
    if portal.fire_input >= 0:
        is_fire_level = portal.fire_closes_when is FireLevel.FIRE
        yield _Contact(portal.id, portal.fire_input, debounce_ns, _FIRE, active_level=is_fire_level)
    if portal.kind is PortalKind.TURNSTILE:  # has neither leaf nor button, whatever the defaults of those two say
        for point, terminal in portal.passed_inputs.items():
            yield _Contact(portal.id, terminal, debounce_ns, _PASSED, point=point)
        return
    if portal.rex_input >= 0:
        yield _Contact(portal.id, portal.rex_input, debounce_ns, _REX)
    if portal.dps_input >= 0:
        is_open_level = portal.dps_closes_when is DpsLevel.OPEN
        yield _Contact(portal.id, portal.dps_input, debounce_ns, _DOOR, active_level=is_open_level)
