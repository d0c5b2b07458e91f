"""What a person does at a door, turnstile or barrier: one function an act.

Belongs here: acts on one portal. Does not belong here: finding the portal (doing.py), or its physics (portal.py).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contract.site import PortalKind
from simulators.bench import acts
from simulators.bench.errors import CanNotError
from simulators.door import Contact
from simulators.portal import NoSuchWireError, SimulatedPortal, WireState


def force(portal: SimulatedPortal, _: acts.Force) -> None:
    """Break it open, or break past its arm."""
    portal.force()


def hold_door(portal: SimulatedPortal, _: acts.HoldDoor) -> None:
    """Put a wedge under the leaf. Raises CanNotError if it can not be opened."""
    if not portal.hold():
        raise CanNotError(f"portal {portal.id} can not be held: it is locked, jammed, or has no leaf")


def shut(portal: SimulatedPortal, _: acts.Shut) -> None:
    """Take the wedge away and shut the leaf. Raises CanNotError where there is none."""
    if portal.config.kind is PortalKind.TURNSTILE:
        raise CanNotError(f"portal {portal.id} is a turnstile: it has no leaf to shut")
    portal.shut()


def jam(portal: SimulatedPortal, act: acts.Jam) -> None:
    """Let the leaf get stuck, or free it."""
    portal.jam(jammed=act.jammed)


def rex(portal: SimulatedPortal, _: acts.Rex) -> None:
    """Press the request-to-exit button and leave. Raises CanNotError where there is none."""
    if Contact.REX not in portal.contacts:
        raise CanNotError(f"portal {portal.id} has no request-to-exit button")
    portal.leave_by_button()


def fire(portal: SimulatedPortal, act: acts.Fire) -> None:
    """Let the hard-wired fire release open it, or reset it."""
    portal.set_fire(active=act.active)


def cut_wire(portal: SimulatedPortal, act: acts.CutWire) -> None:
    """Cut or short the wire of a contact. Raises CanNotError for one that is not there."""
    _set_wire(portal, act.wire, WireState.SHORT if act.short else WireState.CUT)


def mend_wire(portal: SimulatedPortal, act: acts.MendWire) -> None:
    """Mend the wire of a contact. Raises CanNotError for one that is not there."""
    _set_wire(portal, act.wire, WireState.WHOLE)


def make_whole(portal: SimulatedPortal) -> None:
    """Bring everything at a portal back to rest."""
    portal.jam(jammed=False)
    portal.set_fire(active=False)
    for contact in portal.contacts:
        portal.set_wire(contact, WireState.WHOLE)
    portal.set_supply(on=True)
    portal.shut()


def _set_wire(portal: SimulatedPortal, wire: acts.Wire, state: WireState) -> None:
    try:
        portal.set_wire(Contact(wire.value), state)
    except NoSuchWireError as error:
        raise CanNotError(str(error)) from error


PORTAL_ACTS: Final[Mapping[type[acts.Act], Callable[[SimulatedPortal, Any], None]]] = {
    acts.Force: force,
    acts.HoldDoor: hold_door,
    acts.Shut: shut,
    acts.Jam: jam,
    acts.Rex: rex,
    acts.Fire: fire,
    acts.CutWire: cut_wire,
    acts.MendWire: mend_wire,
}
