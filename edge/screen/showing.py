"""What the screen may show at a moment, and to whom: rules without clock or disk.

A face is shown from the read until a few seconds later, or until the next read; only while an order of a controller
holds and the gate itself is heard. Nothing of anybody is kept after that. Belongs here: these rules. Does not belong
here: sessions (sessions.py), or the page (page.py).
"""

import enum
import secrets
from dataclasses import dataclass
from typing import Final

from contract.clock import NS_PER_S
from contract.ids import AccessPointId, AccountId
from contract.screen import Face, Faces, ScreenOrder
from edge.domain.acting import Act, Admit, CountOccupants, LaneAct
from edge.domain.vehicles.shown import LaneShown
from edge.screen.vehicles import Vehicle, Vehicles
from edge.screen.wire import Crossed, Read
from edge.technician import Outcome, SignalState

SHOWN_NS: Final = 8 * NS_PER_S
"""How long somebody is shown who was read: as long as it takes to compare two faces, and no longer."""
DECIDED_NS: Final = 40 * NS_PER_S
"""How long somebody is shown about whom the officer may do something: he compares, hears a story, and decides."""
HINT_NS: Final = 120 * NS_PER_S
"""How long a hint of a camera stays: whoever slipped in is within sight for that long, if at all."""
SILENT_NS: Final = 4 * NS_PER_S
"""Four ticks missed: the gate's program does not answer, and what it said last may be wrong by now."""


class Standing(enum.StrEnum):
    """Whether persons can be shown."""

    READY = "ready"
    NO_ORDER = "no-order"
    LEASE_OVER = "lease-over"
    GATE_SILENT = "gate-silent"


@dataclass(frozen=True)
class Shown:
    """Whoever was read last. `id`: a random name for his picture, another one each time."""

    id: str
    read: Read
    face: Face | None
    until_ns: int

    def __repr__(self) -> str:
        """Without the person."""
        return "Shown(...)"


class Showing:
    """The screen's memory: one person at most, the vehicles that stand there, what is wrong, what is ordered.

    Times in ns; `now_ns` as the gate's.
    """

    def __init__(self) -> None:
        self._order: ScreenOrder | None = None
        self._faces: Faces | None = None
        self._shown: Shown | None = None
        self._offset_ns = 0
        self._heard_ns: int | None = None
        self._troubles: dict[str, str] = {}
        self._acted: tuple[int, Act] | None = None
        self.ordered: Final[dict[str, bool]] = {"exits_free": False, "entries_denied": False}
        """What orders ask of the doors."""
        self.sirens: Final[dict[str, SignalState]] = {}
        """What sounds or should, by name."""
        self._vehicles = Vehicles()
        self._crossings: dict[AccessPointId, tuple[Crossed, int]] = {}

    @property
    def order(self) -> ScreenOrder | None:
        """The order in force or run out, if there ever was one."""
        return self._order

    @property
    def troubles(self) -> dict[str, str]:
        """What is wrong, by place."""
        return dict(self._troubles)

    def take_order(self, order: ScreenOrder, faces: Faces | None) -> None:
        """Take an order in the place of the one before; `faces` is None until they are fetched."""
        self._order, self._faces = order, faces

    def take_tick(self, now_ns: int, boottime_ns: int) -> None:
        """Hear from the gate."""
        self._offset_ns, self._heard_ns = now_ns - boottime_ns, boottime_ns
        self.shown(boottime_ns)  # whoever is over is forgotten though no page asks

    def take_read(self, read: Read, boottime_ns: int, *, is_watched: bool) -> None:
        """Show somebody; who it is only if an officer watches who may know it. A driver is shown with his vehicle."""
        if self._vehicles.is_undecided_at(read.point):
            return
        face = None
        if is_watched and self._faces is not None and self.standing(boottime_ns) is Standing.READY:
            face = self._faces.find(read.credential)
        may_act = read.is_vehicle or (read.outcome is Outcome.DENIED and not read.objection)
        until_ns = boottime_ns + (DECIDED_NS if may_act else SHOWN_NS)
        self._acted = None
        self._shown = Shown(secrets.token_urlsafe(9), read, face, until_ns)

    def take_ordered(self, *, exits_free: bool, entries_denied: bool) -> None:
        """Note what orders ask of the doors now."""
        self.ordered.update(exits_free=exits_free, entries_denied=entries_denied)

    def take_siren(self, signal: str, state: SignalState) -> None:
        """Note what became of a siren."""
        if state is SignalState.SILENT:
            self.sirens.pop(signal, None)
        else:
            self.sirens[signal] = state

    def take_lane(self, shown: LaneShown) -> None:
        """Note how a lane stands now."""
        self._vehicles.take(shown)
        if self._shown is not None and self._vehicles.is_undecided_at(self._shown.read.point):
            self._shown = None

    def take_crossing(self, crossed: Crossed, boottime_ns: int) -> None:
        """Note a hint of a camera."""
        self._crossings[crossed.point] = crossed, boottime_ns + HINT_NS

    def take_act(self, act: Act) -> None:
        """Note that an officer did something about a read."""
        if isinstance(act, Admit | CountOccupants):
            self._acted = act.read, act

    def act_on(self, read: Read) -> Act | None:
        """Return what an officer did about a read that is shown, if he did anything."""
        return self._acted[1] if self._acted is not None and self._acted[0] == read.id else None

    def take_trouble(self, place: str, what: str | None) -> None:
        """Note what is wrong at a place, or that nothing is."""
        if what is None:
            self._troubles.pop(place, None)
        else:
            self._troubles[place] = what

    def standing(self, boottime_ns: int) -> Standing:
        """Tell whether persons can be shown."""
        if self._heard_ns is None or boottime_ns - self._heard_ns > SILENT_NS:
            return Standing.GATE_SILENT
        if self._order is None:
            return Standing.NO_ORDER
        if boottime_ns + self._offset_ns >= self._order.lease_until_s * NS_PER_S:
            return Standing.LEASE_OVER
        return Standing.READY

    def shown(self, boottime_ns: int) -> Shown | None:
        """Return who is shown now, and forget whoever is no longer."""
        if self._shown is not None and (
            boottime_ns >= self._shown.until_ns or self.standing(boottime_ns) is Standing.GATE_SILENT
        ):
            self._shown = None
        if self._shown is not None and self.standing(boottime_ns) is not Standing.READY:
            self._shown = Shown(self._shown.id, self._shown.read, None, self._shown.until_ns)
        return self._shown

    def vehicles(self, boottime_ns: int) -> list[Vehicle]:
        """Return how the lanes stand now, with the driver where one may be shown; none while the gate is silent."""
        standing = self.standing(boottime_ns)
        if standing is Standing.GATE_SILENT:
            return []
        return self._vehicles.seen(self._faces if standing is Standing.READY else None)

    def badged(self, act: Act) -> int:
        """Return how many have cards of their own in the vehicle that an act is about."""
        return self._vehicles.badged(act.lane) if isinstance(act, LaneAct) else 0

    def hints(self, boottime_ns: int) -> list[Crossed]:
        """Return what cameras hint at now, and forget the rest."""
        self._crossings = {point: each for point, each in self._crossings.items() if boottime_ns < each[1]}
        return [crossed for crossed, _ in self._crossings.values()]

    def picture(self, id_: str, boottime_ns: int) -> bytes | None:
        """Return the picture (JPEG) that goes by this name now: of whoever is shown, a driver or a vehicle."""
        shown = self.shown(boottime_ns)
        if shown is not None and shown.id == id_ and shown.face is not None:
            return shown.face.photo or None
        for vehicle in self.vehicles(boottime_ns):
            if vehicle.picture_id == id_:
                return vehicle.shown.jpeg or None
            if vehicle.face_id == id_ and vehicle.face is not None:
                return vehicle.face.photo or None
        return None

    def may_watch(self, account: AccountId, boottime_ns: int) -> bool:
        """Tell whether an officer may look: a controller named him, and its order has not run out."""
        order = self._order
        is_named = order is not None and any(each.account == account for each in order.officers)
        return is_named and self.standing(boottime_ns) is not Standing.LEASE_OVER
