"""A portal with its wires: what drives its relays, what hears of its contacts, and people who use it in real time.

Wire face: `on_output` is told what a relay does, `wire` says who hears of the inputs. Human face: walk through, force,
hold, jam, leave by the button, pull the fire release, cut a wire or the current.

Belongs here: a door, barrier or turnstile in real time, and its cables. Does not belong here: physics (door.py,
barrier.py, turnstile.py), the wire of the reader or board (readers/, boards/), who walks (world.py).
"""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from contract.ids import AccessPointId, PortalId
from contract.site import DpsLevel, FireLevel, PortalConfig, PortalKind
from simulators.barrier import Barrier
from simulators.door import Contact, ContactChange, Door
from simulators.turnstile import Turnstile

OPEN_S: Final = 1.5
"""How long a leaf stays open for one person."""
VEHICLE_S: Final = 4.0
"""How long an arm stays up for one vehicle."""

SetInput = Callable[[int, bool], None]
"""Takes the state of a terminal (True: closed) to the device that reports it."""


class WireState(StrEnum):
    """How the cable of a contact is."""

    WHOLE = "whole"
    CUT = "cut"
    """The input reads open, whatever the contact does."""
    SHORT = "short"
    """The input reads closed, whatever the contact does."""


_GATE_EXPECTS_LONGER_MS: Final = 1000
"""A gate is set to expect a turn for so much longer than the machine waits for it (hardware/portals/turnstile.md)."""


class PortalShows(StrEnum):
    """How a portal stands, for whoever looks at it."""

    LOCKED = "locked"
    RELEASED = "released"
    OPEN = "open"


class PortalCondition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is not as it should be at a portal; all is well as it stands."""

    is_held: bool = False
    is_jammed: bool = False
    is_fire: bool = False
    has_supply: bool = True
    wires: dict[Contact, WireState] = {}


class NoSuchWireError(ValueError):
    """A contact that this portal does not have; the message names those that it has."""


class SimulatedPortal:
    """A portal in a running event loop. `turn` is held by whoever uses it: one person at a time."""

    def __init__(self, config: PortalConfig) -> None:
        self.config = config
        self.turn = asyncio.Lock()
        self.body = _body(config)
        self._terminals = _terminals(config)
        self._active = dict.fromkeys(self._terminals, False)
        self._wires = dict.fromkeys(self._terminals, WireState.WHOLE)
        self._set_input: SetInput | None = None
        self._changed = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def id(self) -> PortalId:
        """Which portal this is."""
        return self.config.id

    def wire(self, set_input: SetInput) -> None:
        """Connect the contacts to the inputs of a device, which is told at once how they stand."""
        self._set_input = set_input
        for key in self._terminals:
            self._tell(key)

    def on_output(self, released: bool, point: AccessPointId | None = None) -> None:  # noqa: FBT001 - what a device calls
        """A relay that drives this portal closed or opened. `point`: of a turnstile, which direction's."""
        if isinstance(self.body, Turnstile):
            if point is not None:
                self.body.set_release(point, self._now_s(), released=released)
        else:
            self.body.set_strike(released=released)
        self._report(self.body.follow(self._now_s()))

    @property
    def is_released(self) -> bool:
        """Whether the strike lets the leaf open; of a turnstile, whether any direction is free."""
        return self.body.is_free() if isinstance(self.body, Turnstile) else self.body.strike_is_released

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is open or released."""
        return self.body.is_at_rest

    @property
    def shows(self) -> PortalShows:
        """How it stands, for the eye."""
        if not isinstance(self.body, Turnstile) and self.body.is_open:
            return PortalShows.OPEN
        return PortalShows.RELEASED if self.is_released else PortalShows.LOCKED

    @property
    def contacts(self) -> dict[Contact, WireState]:
        """The contacts that are wired, and how their cables are."""
        return {contact: state for (contact, _), state in self._wires.items()}

    def walk_through(self, point: AccessPointId | None = None) -> bool:
        """A person wants through now (by a turnstile: towards `point`); returns whether the portal lets him."""
        went, changes = self.body.walk_through(self._now_s(), point)
        self._report(changes)
        return went

    def force(self) -> None:
        """Somebody breaks the leaf open, or jumps over the turnstile."""
        self._report(self.body.force(self._now_s()))

    def leave_by_button(self) -> None:
        """Somebody inside presses the button, or steps before its detector, and leaves. A turnstile has none."""
        if isinstance(self.body, Door):
            self._report(self.body.leave_by_button(self._now_s()))

    def hold(self) -> bool:
        """Put a wedge under the leaf, opening it if it can be opened. Returns whether it is held now."""
        if not isinstance(self.body, Door):
            return False
        self._report(self.body.hold(self._now_s()))
        return self.body.is_held

    def shut(self) -> None:
        """Take the wedge away and shut the leaf."""
        if isinstance(self.body, Door):
            self._report(self.body.shut(self._now_s()))

    def jam(self, *, jammed: bool) -> None:
        """Let the leaf or arm get stuck where it is shut, or free it."""
        self.body.is_jammed = jammed
        self._report(self.body.follow(self._now_s()))

    def set_fire(self, *, active: bool) -> None:
        """Let the hard-wired fire release open the portal, or reset it at the portal."""
        self._report(self.body.set_fire(self._now_s(), active=active))
        self._report(self.body.follow(self._now_s()))

    def set_supply(self, *, on: bool) -> None:
        """Cut the current of strike or arm, or restore it."""
        self.body.set_supply(on=on)
        self._report(self.body.follow(self._now_s()))

    def set_wire(self, contact: Contact, state: WireState) -> None:
        """Cut or short the cable of a contact (of a turnstile's passage contacts: all), or mend it.

        Raises NoSuchWireError for a contact that is not wired here.
        """
        for key in self._keys_of(contact):
            self._wires[key] = state
            self._tell(key)

    @property
    def condition(self) -> PortalCondition:
        """What is not as it should be."""
        return PortalCondition(
            is_held=isinstance(self.body, Door) and self.body.is_held,
            is_jammed=self.body.is_jammed,
            is_fire=self.body.is_fire,
            has_supply=self.body.has_supply,
            wires={contact: state for contact, state in self.contacts.items() if state is not WireState.WHOLE},
        )

    def restore(self, condition: PortalCondition) -> None:
        """Bring it into that condition. Raises NoSuchWireError, before anything has changed."""
        for contact in condition.wires:
            self._keys_of(contact)
        for contact in self.contacts:
            self.set_wire(contact, condition.wires.get(contact, WireState.WHOLE))
        self.jam(jammed=condition.is_jammed)
        self.set_supply(on=condition.has_supply)
        self.set_fire(active=condition.is_fire)
        if isinstance(self.body, Door) and self.body.is_held is not condition.is_held:
            now_s = self._now_s()
            self._report(self.body.stand_open(now_s) if condition.is_held else self.body.shut(now_s))

    async def released_within(self, patience_s: float, point: AccessPointId | None = None) -> bool:
        """Wait at most so long until somebody could go through (towards `point`); return whether he can."""
        try:
            async with asyncio.timeout(patience_s):
                while not self.body.is_free(point):
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    async def at_rest(self) -> None:
        """Wait until nothing is open or released."""
        while not self.is_at_rest:
            await self._changed.wait()

    def _keys_of(self, contact: Contact) -> list[tuple[Contact, AccessPointId | None]]:
        keys = [key for key in self._terminals if key[0] is contact]
        if not keys:
            wired = ", ".join(sorted({name.value for name, _ in self._terminals})) or "none"
            message = f"portal {self.id} has no contact {contact.value!r}; it has: {wired}"
            raise NoSuchWireError(message)
        return keys

    def _report(self, changes: list[ContactChange]) -> None:
        for change in changes:
            key = (change.contact, change.point)
            if key in self._active:
                self._active[key] = change.active
                self._tell(key)
        if self._timer is not None:
            self._timer.cancel()
        due_s = self.body.next_change_s
        self._timer = None if due_s is None else asyncio.get_running_loop().call_at(due_s, self._advance)
        self._wake()

    def _tell(self, key: tuple[Contact, AccessPointId | None]) -> None:
        """Bring one contact's state to its terminal, as far as the cable allows."""
        if self._set_input is None:
            return
        is_closed = self._active[key] is not _is_inverted(self.config, key[0])
        if self._wires[key] is not WireState.WHOLE:
            is_closed = self._wires[key] is WireState.SHORT
        self._set_input(self._terminals[key], is_closed)

    def _advance(self) -> None:
        # A timer may fire a clock tick early; the portal must not miss its own moment.
        due_s = self.body.next_change_s
        self._report(self.body.advance(max(self._now_s(), due_s or 0.0)))

    def _wake(self) -> None:
        """Wake whoever waits for a change; they look for themselves."""
        self._changed.set()
        self._changed.clear()

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()


def _body(config: PortalConfig) -> Door | Turnstile:
    if config.kind is PortalKind.TURNSTILE:
        waits_s = max(0, config.passage_ms - _GATE_EXPECTS_LONGER_MS) / 1000
        return Turnstile(config.access_points, config.fail, waits_s, stays_free=config.stays_free)
    if config.kind is PortalKind.BARRIER:
        return Barrier(VEHICLE_S, config.fail)
    return Door(OPEN_S, config.fail)


def _terminals(config: PortalConfig) -> dict[tuple[Contact, AccessPointId | None], int]:
    wired: dict[tuple[Contact, AccessPointId | None], int] = {(Contact.FIRE, None): config.fire_input}
    if config.kind is PortalKind.TURNSTILE:
        wired |= {(Contact.PASSED, point): terminal for point, terminal in config.passed_inputs.items()}
    else:
        wired |= {(Contact.DPS, None): config.dps_input, (Contact.REX, None): config.rex_input}
    return {key: terminal for key, terminal in wired.items() if terminal >= 0}


def _is_inverted(config: PortalConfig, contact: Contact) -> bool:
    """Whether a contact closes its input while it is at rest."""
    if contact is Contact.FIRE:
        return config.fire_closes_when is FireLevel.REST
    return contact is Contact.DPS and config.dps_closes_when is DpsLevel.SHUT
