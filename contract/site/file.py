"""The whole site file: site, areas, access points, limits and gates, and what must hold between them.

Belongs here: the file and its checks. Does not belong here: the equipment of one gate (gate.py), what one access point
asks for (access_point.py).
"""

import difflib
import hashlib
from collections.abc import Collection, Iterator
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from contract.ids import (
    ANYWHERE,
    OUTSIDE,
    AccessPointId,
    AreaId,
    BadIdError,
    EdgeId,
    MusterPointId,
    SiteId,
    label,
    machine_name,
)
from contract.periods import LimitError, Retention
from contract.site.access_point import AccessPoint, check_access_points
from contract.site.announce import AnnounceTo, check_announce_to
from contract.site.camera import CameraConfig
from contract.site.error import SiteFileError
from contract.site.gate import Gate
from contract.site.gate_checks import check_gate
from contract.site.law import AlertSource, Law, check_alert_sources, check_law
from contract.site.numbers import Number, Some

_Share = Annotated[float, msgspec.Meta(ge=0)]


class Area(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the premises in which persons are counted. `capacity` bounds what a count can be.

    `within`: the area that it lies in, "" for none; whoever is in it is counted in that one as well.
    """

    id: AreaId
    name: str = ""
    capacity: Number | None = None
    within: AreaId = AreaId("")


class MusterPoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where people gather in an emergency. `area`: in which it lies, mostly the outside.

    `areas`: whose people shall come here; empty: everybody's. A read at another one is a flag, not a refusal. Its
    readers stand at access points that name it in `muster_point`.
    """

    id: MusterPointId
    name: str = ""
    area: AreaId = OUTSIDE
    areas: list[AreaId] = []


class SiteInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The site itself. `time_zone` is an IANA name: screens and schedules use it, what is stored is UTC.

    `longest_stay_h` is the declared longest stay without a read, reconfirmation or sweep (rule 14); not declared, the
    highest figure keeps every unnamed person. `missed_exit_rate` and `missed_entry_rate` are the
    declared exits and entries without a read for each one that is read (0.02 is 2 %).
    """

    id: SiteId = SiteId("site")
    name: str = ""
    time_zone: str = "UTC"
    longest_stay_h: Some | None = None
    missed_exit_rate: _Share = 0.0
    missed_entry_rate: _Share = 0.0


class Site(msgspec.Struct, frozen=True):
    """A whole site file. Tables of other programs (`[simulation]`) are passed over.

    `file_sha256`: of the text that it was read from, hex, as `sha256sum` tells it of the file; no setting.
    """

    area: list[Area]
    access_point: list[AccessPoint]
    site: SiteInfo = SiteInfo()
    retention: Retention = Retention()
    gate: list[Gate] = []
    law: Law = Law()
    alert_source: list[AlertSource] = []
    muster_point: list[MusterPoint] = []
    announce_to: list[AnnounceTo] = []
    file_sha256: str = ""

    def gate_of(self, edge: EdgeId) -> Gate:
        """Return the gate with that id. Raises SiteFileError if the file has none."""
        for gate in self.gate:
            if gate.id == edge:
                return gate
        message = f"no gate {edge!r} in the site file; it has: {', '.join(g.id for g in self.gate) or 'none'}"
        raise SiteFileError(message)

    def time_zone(self) -> ZoneInfo:
        """Return the site's time zone."""
        return ZoneInfo(self.site.time_zone)


def parse_site(text: str) -> Site:
    """Return the site that a TOML text describes. Raises SiteFileError with the place and the remedy."""
    try:
        site = msgspec.toml.decode(text, type=Site)
    except (msgspec.ValidationError, msgspec.DecodeError, LimitError) as error:
        message = f"site file: {error}"
        raise SiteFileError(message) from error
    _check_tables(msgspec.toml.decode(text))
    _check(site)
    return msgspec.structs.replace(site, file_sha256=hashlib.sha256(text.encode()).hexdigest())


def _check_tables(tables: Collection[str]) -> None:
    """Refuse what looks like a misspelled table: passed over, it would leave a default in force that nobody wanted."""
    known = Site.__struct_fields__
    for name in tables:
        near = difflib.get_close_matches(name, known, 1)
        if name not in known and near:
            message = f"site file: table {name!r} is not known: is it meant to be {near[0]!r}?"
            raise SiteFileError(message)


def _check(site: Site) -> None:
    try:
        for name in (
            site.site.id,
            *(gate.id for gate in site.gate),
            *(source.id for source in site.alert_source),
            *(system.id for system in site.announce_to),
        ):
            machine_name(name)
        for text in _labels(site):
            label(text)
    except BadIdError as error:
        message = f"site file: {error}"
        raise SiteFileError(message) from error
    try:
        site.time_zone()
    except (ZoneInfoNotFoundError, ValueError) as error:
        message = f"site file: time_zone {site.site.time_zone!r} is not known: use a name such as 'Europe/Vienna'"
        raise SiteFileError(message) from error
    for what, ids in (
        ("area", [area.id for area in site.area]),
        ("access_point", [point.id for point in site.access_point]),
        ("gate", [gate.id for gate in site.gate]),
        ("reader", [reader.id for gate in site.gate for reader in gate.reader]),
        ("board", [board.id for gate in site.gate for board in gate.board]),
        ("portal", [portal.id for gate in site.gate for portal in gate.portal]),
        ("signal", [signal.id for gate in site.gate for signal in gate.signal]),
        ("camera", [camera.id for gate in site.gate for camera in gate.camera]),
        ("lane", [lane.id for gate in site.gate for lane in gate.lane]),
        ("alert_source", [source.id for source in site.alert_source]),
        ("announce_to", [system.id for system in site.announce_to]),
        ("muster_point", [muster.id for muster in site.muster_point]),
    ):
        twice = sorted({str(i) for i in ids if ids.count(i) > 1})  # type: ignore[arg-type]
        if twice:
            message = f"site file: {what} {', '.join(twice)} stands there more than once"
            raise SiteFileError(message)
    if ANYWHERE in {area.id for area in site.area}:
        message = f"site file: no area can be called {ANYWHERE!r}: it is the `from` of a reader that says 'now here'"
        raise SiteFileError(message)
    check_law(site.law)
    check_alert_sources(site.alert_source)
    check_announce_to(site.announce_to)
    _check_references(site)


def _labels(site: Site) -> Iterator[str]:
    yield from (area.id for area in site.area)
    yield from (point.id for point in site.access_point)
    yield from (muster.id for muster in site.muster_point)
    for gate in site.gate:
        yield from (reader.id for reader in gate.reader)
        yield from (board.id for board in gate.board)
        yield from (portal.id for portal in gate.portal)
        yield from (signal.id for signal in gate.signal)
        yield from (camera.id for camera in gate.camera)
        yield from (lane.id for lane in gate.lane)


def _check_references(site: Site) -> None:
    areas = {area.id for area in site.area} | {OUTSIDE}
    there = f"it has {', '.join(sorted(areas))}"
    points = {point.id for point in site.access_point}
    _check_within(site.area)
    _check_muster_points(site)
    for point in site.access_point:
        for area in (point.from_area, point.to_area):
            if area not in areas and not (area == ANYWHERE and area is point.from_area):
                message = f"site file: access_point {point.id} names area {area!r}, which is not in the file; {there}"
                raise SiteFileError(message)
        if point.from_area == point.to_area:
            message = f"site file: access_point {point.id} leads from {point.from_area} to itself"
            raise SiteFileError(message)
    for gate in site.gate:
        for named in (
            *(r.access_point for r in gate.reader),
            *(p for d in gate.portal for p in d.access_points),
            *(p for c in gate.camera for p in (*c.access_points, *_counted(c))),
        ):
            if named not in points:
                message = f"site file: gate {gate.id} names access_point {named!r}, which is not in the file"
                raise SiteFileError(message)
        check_gate(gate)
    check_access_points(site.access_point, site.gate, declares_missed_exits=site.site.missed_exit_rate > 0)


def _counted(camera: CameraConfig) -> list[AccessPointId]:
    line = camera.counts
    return [] if line is None else [point for point in (line.left, line.right) if point]


def _check_within(areas: list[Area]) -> None:
    within = {area.id: area.within for area in areas}
    for area in areas:
        around, seen = area.within, {area.id}
        while around:
            if around not in within or around == OUTSIDE:
                message = (
                    f"site file: area {area.id} lies within {around!r}, which is no area of the premises in the file"
                )
                raise SiteFileError(message)
            if around in seen:
                message = f"site file: area {area.id} lies within itself, by way of {area.within!r}"
                raise SiteFileError(message)
            seen.add(around)
            around = within[around]


def _check_muster_points(site: Site) -> None:
    areas = {area.id for area in site.area} | {OUTSIDE}
    points = {muster.id: muster for muster in site.muster_point}
    for muster in site.muster_point:
        for area in (muster.area, *muster.areas):
            if area not in areas:
                message = f"site file: muster_point {muster.id} names area {area!r}, which is not in the file"
                raise SiteFileError(message)
    for point in site.access_point:
        if not point.muster_point:
            continue
        if point.muster_point not in points:
            named = point.muster_point
            message = f"site file: access_point {point.id} names muster_point {named!r}, which is not in the file"
            raise SiteFileError(message)
        area = points[point.muster_point].area
        if point.from_area != ANYWHERE or point.to_area != area:
            message = (
                f"site file: access_point {point.id} stands at muster_point {point.muster_point}: it only says 'now "
                f"here', so it needs from = {ANYWHERE!r} and to = {str(area)!r}"
            )
            raise SiteFileError(message)
