"""The site that is played: the site file's areas and access points, with a log as every gate's reader.

Belongs here: turning a site file into that site. Does not belong here: reading it (contract/site.py).
"""

import re
from collections.abc import Collection
from typing import Final

import msgspec

from contract.ids import AccessPointId, EdgeId, ReaderId, SiteId
from contract.site import AccessPoint, AntiPassback, Gate, ReaderConfig, ReaderKind, Site

SITE: Final = SiteId("replay")
"""Certificates and topics carry this name, so that nothing of a replay fits a site that is in service."""
_LONGEST_STEM: Final = 50


def played_site(site: Site) -> Site:
    """Return `site` as it is played: each access point has one reader, of kind LOG, at one gate.

    Gates of the file keep their access points, and lose what is wired to them; an access point without a gate gets one
    of its own. As every row is a passage that happened, no gate refuses: `hard` anti-passback acts as `soft`.
    """
    taken: set[AccessPointId] = set()
    gates: list[Gate] = []
    for gate in site.gate:
        points = [point for point in dict.fromkeys(r.access_point for r in gate.reader) if point not in taken]
        taken.update(points)
        if points:
            gates.append(_gate(gate.id, gate.name, _never_refusing(gate.anti_passback), points))
    names = {gate.id for gate in gates}
    for point in site.access_point:
        if point.id not in taken:
            gate_id = _machine_name(point, names)
            names.add(gate_id)
            gates.append(_gate(gate_id, point.name or point.id, AntiPassback.OFF, [point.id]))
    return msgspec.structs.replace(site, site=msgspec.structs.replace(site.site, id=SITE), gate=gates)


def _gate(edge: EdgeId, name: str, anti_passback: AntiPassback, points: Collection[AccessPointId]) -> Gate:
    readers = [ReaderConfig(ReaderId(f"{edge} {point}"), ReaderKind.LOG, point) for point in points]
    return Gate(edge, name, anti_passback, reader=readers)


def _never_refusing(anti_passback: AntiPassback) -> AntiPassback:
    return AntiPassback.SOFT if anti_passback is AntiPassback.HARD else anti_passback


def _machine_name(point: AccessPoint, names: Collection[EdgeId]) -> EdgeId:
    """Return a name for the gate of `point` that no other gate has (contract.ids.machine_name)."""
    stem = re.sub("[^a-z0-9]+", "-", point.id.lower())[:_LONGEST_STEM].strip("-") or "gate"
    name, number = EdgeId(stem), 1
    while name in names:
        number += 1
        name = EdgeId(f"{stem}-{number}")
    return name
