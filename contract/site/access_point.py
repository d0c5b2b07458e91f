"""Access points in the site file: what one asks of a person, and whether the equipment at it can ask for that.

Belongs here: the access point and what must hold between it and its readers and portals. Does not belong here: areas
(file.py), the equipment of one gate alone (gate.py).
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Annotated

import msgspec

from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId, MusterPointId
from contract.site.error import SiteFileError
from contract.site.gate import Assurance, Gate, PortalConfig, PortalKind, ReaderConfig, ReaderKind
from contract.site.numbers import NOT_WIRED


class AccessPoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One direction through a portal. `from = "any"` is a reader that only says "now here".

    `requires`: what a read must prove here. `pin`: whether the holder's PIN is asked for after his card. `persons`: 2
    where two different holders must present themselves one after the other (two-person rule). `muster_point`: at which
    its readers stand, "" for none: a read there accounts for its holder, whether he is granted anything or not.
    """

    id: AccessPointId
    from_area: AreaId = msgspec.field(name="from")
    to_area: AreaId = msgspec.field(name="to")
    name: str = ""
    requires: Assurance = Assurance.IDENTIFIED
    pin: bool = False
    muster_point: MusterPointId = MusterPointId("")
    persons: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1


def check_access_points(points: Iterable[AccessPoint], gates: Collection[Gate], *, declares_missed_exits: bool) -> None:
    """Raise SiteFileError for what an access point asks for and its equipment can not do, or contradicts."""
    by_id = {point.id: point for point in points}
    _check_ways(gates)
    _check_muster_readers(by_id, gates)
    readers = [reader for gate in gates for reader in gate.reader]
    for point in by_id.values():
        _check_readers(point, [reader for reader in readers if reader.access_point == point.id])
    for gate in gates:
        portals = {portal.id: portal for portal in gate.portal}
        for portal in gate.portal:
            if portal.free_exit:
                _check_free_exit(
                    portal,
                    [by_id[point] for point in portal.access_points],
                    declares_missed_exits=declares_missed_exits,
                )
        for interlock in gate.interlock:
            for name in interlock.portals:
                _check_interlocked(portals[name])


def _check_ways(gates: Collection[Gate]) -> None:
    """Refuse an access point whose grant could release another portal than the one before its holder, or none."""
    ways: dict[AccessPointId, tuple[Gate, PortalConfig]] = {}
    for gate in gates:
        for portal in gate.portal:
            for point in portal.access_points:
                if point in ways:
                    other = ways[point][1].id
                    message = (
                        f"site file: portal {portal.id} names access_point {point} more than once: once will do"
                        if other == portal.id
                        else f"site file: access_point {point} leads through {other} and {portal.id}: it needs one of "
                        "its own for each portal"
                    )
                    raise SiteFileError(message)
                ways[point] = gate, portal
    for gate in gates:
        for reader in gate.reader:
            if reader.access_point in ways and ways[reader.access_point][0] is not gate:
                message = (
                    f"site file: reader {reader.id} of gate {gate.id} reads for access_point {reader.access_point}, "
                    f"whose portal is at gate {ways[reader.access_point][0].id}: that gate's readers alone can open it"
                )
                raise SiteFileError(message)


def _check_muster_readers(points: Mapping[AccessPointId, AccessPoint], gates: Collection[Gate]) -> None:
    for gate in gates:
        for portal in gate.portal:
            for each in portal.access_points:
                if points[each].muster_point:
                    message = (
                        f"site file: portal {portal.id} names access_point {each}, whose readers stand at a "
                        "muster_point: nothing opens there"
                    )
                    raise SiteFileError(message)


def _check_readers(point: AccessPoint, readers: Collection[ReaderConfig]) -> None:
    kinds = {reader.kind for reader in readers}
    if point.muster_point and (point.pin or point.requires is Assurance.AUTHENTICATED):
        message = (
            f"site file: access_point {point.id} stands at muster_point {point.muster_point}: whoever got out is "
            "counted there by any card, so it can ask neither for a PIN nor for authenticated cards"
        )
        raise SiteFileError(message)
    if point.pin and readers and ReaderKind.OSDP not in kinds:
        message = f"site file: access_point {point.id} asks for a PIN: it needs an osdp reader, for its keypad"
        raise SiteFileError(message)
    if point.requires is Assurance.AUTHENTICATED and readers and ReaderKind.PCSC not in kinds:
        message = (
            f"site file: access_point {point.id} requires authenticated cards, and its readers only identify: it needs "
            "a pcsc reader"
        )
        raise SiteFileError(message)
    if point.persons > 1 and point.from_area == ANYWHERE:
        message = f"site file: access_point {point.id} only says 'now here': nobody passes it in pairs"
        raise SiteFileError(message)


def _check_free_exit(portal: PortalConfig, points: Collection[AccessPoint], *, declares_missed_exits: bool) -> None:
    if portal.kind is PortalKind.TURNSTILE and all(point.to_area != OUTSIDE for point in points):
        message = f"site file: turnstile {portal.id} has a free exit, but none of its access points leads outside"
        raise SiteFileError(message)
    if not declares_missed_exits:
        message = (
            f"site file: portal {portal.id} has a free exit: persons leave there without being read, so [site] has to "
            "declare a missed_exit_rate above 0, or the headcount would seem exact"
        )
        raise SiteFileError(message)


def _check_interlocked(portal: PortalConfig) -> None:
    if portal.kind is PortalKind.TURNSTILE or portal.dps_input == NOT_WIRED:
        message = (
            f"site file: portal {portal.id} stands in an interlock: it must be a door or barrier with a dps_input that "
            "tells whether it is open"
        )
        raise SiteFileError(message)
