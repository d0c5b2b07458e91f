"""What a gate's portals do: does the strike open, and does the contact follow.

Belongs here: releasing each portal once, while somebody goes through. Does not belong here: readers and boards.
"""

from collections.abc import AsyncIterator, Callable
from typing import Final

from contract.ids import AccessPointId
from contract.site import DpsLevel, Gate, PortalConfig, PortalKind
from drivers import ports
from edge.commissioning.finding import Finding, Subject, failed, not_checked, passed
from edge.commissioning.seen import Seen
from edge.gate import Devices

SHUT_S: Final = 30.0
"""How long a leaf has to fall shut again."""
_CONTACT_S: Final = 5.0
_MS_PER_S: Final = 1000


async def check_portals(
    config: Gate, devices: Devices, seen: Seen, say: Callable[[str], None]
) -> AsyncIterator[Finding]:
    """Yield a finding about each portal of `config`, or each way through a turnstile. `say` gets requests in words.

    Doors are released: nobody who must not pass may stand before them.
    """
    for portal in config.portal:
        hardware = devices.portals[portal.id]
        if portal.kind is PortalKind.TURNSTILE:
            for point in portal.access_points:
                yield await _turn(portal, point, hardware, seen, say)
        else:
            yield _interlocked(config, portal, seen) or await _door(portal, hardware, seen, say)


async def _turn(
    config: PortalConfig, point: AccessPointId, hardware: ports.PortalHardware, seen: Seen, say: Callable[[str], None]
) -> Finding:
    name, release_s = f"{config.id} {point}", config.unlock_ms / _MS_PER_S
    if point not in config.passed_inputs:
        words = "has no passage contact this way: nobody can see whether it turns"
        return not_checked(Subject.PORTAL, name, words, "wire a contact, or see to it by hand")
    if config.id in seen.on_fire:
        return _on_fire(name)
    seen.turned.pop(config.id, None)
    say(f"turnstile {config.id}: released for {point}; walk through within {release_s:g} s")
    trouble = _release(name, config, hardware, point)
    if trouble is not None:
        return trouble
    if not await seen.until(lambda: config.id in seen.turned, release_s + _CONTACT_S):
        return _no_opening(name, "no turn was counted")
    if seen.turned[config.id] != point:
        words = f"released, and the turn was counted for {seen.turned[config.id]}"
        return failed(Subject.PORTAL, name, words, "look at outputs and passed_inputs: two of them are swapped")
    return passed(Subject.PORTAL, name, "released, and the turn was counted")


async def _door(
    config: PortalConfig, hardware: ports.PortalHardware, seen: Seen, say: Callable[[str], None]
) -> Finding:
    trouble = await _before_release(config, seen)
    if trouble is not None:
        return trouble
    release_s = config.unlock_ms / _MS_PER_S
    say(f"portal {config.id}: released; open it within {release_s:g} s, then let it fall shut")
    trouble = _release(config.id, config, hardware, None)
    if trouble is not None:
        return trouble
    try:
        return await _walked(config, seen, release_s)
    finally:
        hardware.lock()


def _interlocked(gate: Gate, config: PortalConfig, seen: Seen) -> Finding | None:
    """Return that another door of its interlock stands open, if so: the check is no way through a mantrap."""
    together = {other for each in gate.interlock if config.id in each.portals for other in each.portals} - {config.id}
    is_open = sorted(other for other in together if seen.is_open.get(other))
    if not is_open:
        return None
    words = f"not released: {is_open[0]}, which is in an interlock with it, stands open"
    return failed(Subject.PORTAL, config.id, words, f"shut {is_open[0]} and check again")


async def _walked(config: PortalConfig, seen: Seen, release_s: float) -> Finding:
    """Wait until somebody has opened the released door and let it fall shut."""
    if not await seen.until(lambda: seen.is_open.get(config.id, False), release_s + _CONTACT_S):
        return _no_opening(config.id, "the contact did not follow")
    if not await seen.until(lambda: not seen.is_open.get(config.id, True), SHUT_S):
        words = "opened, and its contact never closed again"
        return failed(Subject.PORTAL, config.id, words, "look at leaf, closer and contact")
    words = "strike released, contact opened and closed"
    if config.dps_closes_when is DpsLevel.OPEN:
        # It passes, for some devices have no other contact; who signs has to know what will never be alarmed.
        words += "; its contact closes when the door opens, so a cut wire looks like a shut door: better is a contact "
        words += 'that closes when it is shut (dps_closes_when = "shut")'
    return passed(Subject.PORTAL, config.id, words)


async def _before_release(config: PortalConfig, seen: Seen) -> Finding | None:
    """Return why the portal can not be tried, if it can not."""
    if config.dps_input < 0:
        words = "has no door contact: nobody can see whether it opens"
        return not_checked(Subject.PORTAL, config.id, words, "wire a contact, or see to it by hand")
    if not await seen.until(lambda: config.id in seen.is_open, _CONTACT_S):
        words = "the door contact was never reported"
        return failed(Subject.PORTAL, config.id, words, "look at the contact's wiring and input")
    if config.id in seen.on_fire:
        return _on_fire(config.id)
    if seen.is_open[config.id]:
        words = "stands open before it was released"
        return failed(Subject.PORTAL, config.id, words, "shut it, or look at dps_closes_when")
    return None


def _release(
    name: str, config: PortalConfig, hardware: ports.PortalHardware, point: AccessPointId | None
) -> Finding | None:
    """Release the portal; return why it could not be, if so."""
    try:
        is_submitted = hardware.unlock(config.unlock_ms, point)
    except ports.BadCommandError as error:
        return failed(Subject.PORTAL, name, f"its device can not release it so: {error}", "look at unlock_ms")
    if is_submitted:
        return None
    remedy = "look at the reader or board whose output releases it"
    return failed(Subject.PORTAL, name, "the release could not be submitted: its device is not online", remedy)


def _on_fire(name: str) -> Finding:
    words = "its fire release is active: nobody can see what the strike does"
    return failed(Subject.PORTAL, name, words, "reset the fire release, or look at fire_input")


def _no_opening(name: str, what: str) -> Finding:
    remedy = "did somebody go through in time? then look at strike, output number and contact"
    return failed(Subject.PORTAL, name, f"released, and {what}", remedy)
