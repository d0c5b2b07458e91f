"""What no program can see by itself: the points that the person who signs ticks, one for each thing that they concern.

They are those of hardware/bench-checklist.md, in words that hold for fail-safe and fail-secure portals alike.

Belongs here: the points of one gate. Does not belong here: their boxes on paper (document.typ).
"""

from collections.abc import Iterator

import msgspec

from contract.plans import Plan
from contract.site import Fail, Gate, PortalConfig, ReaderKind


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to try. `about`: the gate, or which portal or reader of it, in words."""

    about: str
    words: str


def points_of(gate: Gate) -> tuple[Point, ...]:
    """Return every point that somebody has to try at `gate`, portals first: lives depend on them."""
    points: list[Point] = []
    for portal in gate.portal:
        points += [Point(about=f"{portal.kind} {portal.id}", words=words) for words in _at_portal(portal)]
    for reader in gate.reader:
        if reader.kind is not ReaderKind.LOG:
            words = "Housing opened, or reader pulled off the wall: alarm at the control centre"
            points.append(Point(about=f"reader {reader.id}", words=words))
    for signal in gate.signal:
        words = f"Evacuation ordered for a try: heard everywhere it must be, and silent at the end ({signal.hardware})"
        if Plan.EVACUATE not in signal.plans:
            words = f"Ordered for a try: noticed everywhere it must be, and over at the end ({signal.hardware})"
        points.append(Point(about=f"siren {signal.id}", words=words))
    points += [Point(about=f"gate {gate.name or gate.id}", words=words) for words in _AT_GATE]
    return tuple(points)


_AT_GATE = (
    "Mains switched off: battery carries the gate; alarm at the control centre",
    "Network cable pulled: a permitted card is still admitted, and the event arrives after it is plugged in",
)


def _at_portal(portal: PortalConfig) -> Iterator[str]:
    yield "Fire release pulled with the gate box switched off: opens, and stays open until reset at the portal"
    yield "The emergency opener opens it from inside with the gate box switched off"
    yield "From inside it opens without a card, by handle or exit button (REX)"
    if portal.fail is Fail.SAFE:
        yield "Without any power it stands released (fail-safe), and is locked again when power is back"
    else:
        yield "Without any power it stays locked from outside (fail-secure) and still opens from inside"
    if portal.fire_input >= 0:
        yield "Fire release pulled with the gate at work: fire alarm at the control centre (fire input)"
    yield "Without a card it stays locked, before and after a release"
    yield "Opened or passed without card and exit button: forced alarm at the control centre"
    yield "Held open: warning at the reader, then alarm at the control centre"
    yield "A second person right behind the first is asked for a card, or is noticed as the site wants it (tailgating)"
