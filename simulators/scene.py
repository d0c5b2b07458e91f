"""A scene: one site file with what its `[simulation]` table says about people and chance.

Belongs here: that table's shape and its checks, and the site files that come with the package. Does not
belong here: areas and gates (contract.site), or what people do (rhythm.py, world.py).

The whole table, with its defaults; give `[simulation.stays]` or `[simulation.day]`, not both:

    [simulation]
    people = 50                # how many hold a pass
    visitors = 0               # how many of them are visitors, who may use `visitor_access_points` alone
    visitor_access_points = []
    blocked = 0                # how many hold a blocked pass; they try now and then
    expired = 0                # how many hold a pass that has expired; they try as well
    seed = 1                   # the same seed gives the same people, days and mishaps
    missed_read_rate = 0.0     # share of departures from the premises that no reader sees
    tailgating_rate = 0.0      # share of entries to the premises on somebody's heels, unread
    not_taken_rate = 0.0       # share of grants after which nobody walks
    unknown_card_every_s = 0   # mean time between tries with a card that nobody issued; 0: never

    [simulation.evacuation]    # what people do when a siren sounds
    stays_rate = 0.0           # share of those inside who do not hear or heed it
    badge_rate = 0.8           # share of those who leave by a door that stands open and hold their card up all the same
    muster_rate = 0.95         # share of those outside who go to the reader of a muster point
    wrong_point_rate = 0.05    # share of these who go to another one than theirs
    reaction_s = [0.5, 8]      # until somebody gets up
    to_muster_s = [1, 8]       # from the door to the muster point

    [simulation.traffic]       # who comes by vehicle, where the site has lanes
    vehicles = 0               # how many holders have a vehicle, and never walk in or out
    strangers = 0              # how many expected deliveries there are; they have no card
    stranger_every_s = 90      # mean time between two deliveries or strangers
    unknown_rate = 0.3         # share of these whose plate nobody has entered
    strange_card_rate = 0.0    # share of these whose driver holds up a card that nobody issued
    trailer_rate = 0.05
    stays_behind_rate = 0.0    # share of vehicles of several that leave without one of them
    backs_out_rate = 0.0       # share of vehicles that are let through and back out
    stalls_rate = 0.0          # share of vehicles that stand under the boom for a while
    heels_rate = 0.0           # share of strangers who follow on another vehicle's heels
    patience_s = 60            # how long a driver waits at the barrier

    [simulation.outdoors]      # what the site's cameras see by
    light = "day"              # or "night"
    rain = false

    [simulation.stays]         # come and go all the time, each time drawn evenly between two figures (seconds)
    stay_s = [20, 180]
    away_s = [10, 80]
    overstay_rate = 0.0        # share of stays that last `overstay_s` instead
    overstay_s = [320, 480]

    [simulation.day]           # a working day in the site's time zone
    arrive = "08:30"
    leave = "17:30"
    spread_min = 25            # standard deviation of both, minutes
    lunch = "12:15"
    lunch_min = 45
    lunch_out_rate = 0.3       # share of days with lunch off the premises
    absent_rate = 0.1          # share of working days off
    weekend_rate = 0.03        # share of Saturdays and Sundays at work
    night_rate = 0.02          # share of people who work from 21:45 to 06:15
    overstay_rate = 0.001      # share of days that end only on the next evening
"""

import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Final, Literal

import msgspec

from contract.ids import OUTSIDE, AccessPointId
from contract.site import AccessPoint, Site, parse_site

BUILT_IN: Final = ("demo", "office")
_TIME_OF_DAY = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_MINUTES_PER_HOUR: Final = 60
MOST_PEOPLE: Final = 200_000


class SceneError(ValueError):
    """A `[simulation]` table that can not be used; the message says where and what would do."""


class Stays(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """People who come and go all the time; see the module. Pairs are lowest and highest, in seconds."""

    stay_s: tuple[float, float] = (20.0, 180.0)
    away_s: tuple[float, float] = (10.0, 80.0)
    overstay_rate: float = 0.0
    overstay_s: tuple[float, float] = (320.0, 480.0)


class Day(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """People with a working day; see the module. Times are `HH:MM` in the site's time zone."""

    arrive: str = "08:30"
    leave: str = "17:30"
    spread_min: float = 25.0
    lunch: str = "12:15"
    lunch_min: float = 45.0
    lunch_out_rate: float = 0.3
    absent_rate: float = 0.1
    weekend_rate: float = 0.03
    night_rate: float = 0.02
    overstay_rate: float = 0.001


class Evacuation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people do when a siren sounds; see the module."""

    stays_rate: float = 0.0
    badge_rate: float = 0.8
    muster_rate: float = 0.95
    wrong_point_rate: float = 0.05
    reaction_s: tuple[float, float] = (0.5, 8.0)
    to_muster_s: tuple[float, float] = (1.0, 8.0)


class TrafficSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who comes by vehicle; see the module."""

    vehicles: int = 0
    strangers: int = 0
    stranger_every_s: float = 90.0
    unknown_rate: float = 0.3
    strange_card_rate: float = 0.0
    trailer_rate: float = 0.05
    stays_behind_rate: float = 0.0
    backs_out_rate: float = 0.0
    stalls_rate: float = 0.0
    heels_rate: float = 0.0
    patience_s: float = 60.0


class Outdoors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the site's cameras see by."""

    light: Literal["day", "night"] = "day"
    rain: bool = False


class Simulation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `[simulation]` table; see the module. Exactly one of `stays` and `day` is given; neither means `stays`."""

    people: int = 50
    visitors: int = 0
    visitor_access_points: list[AccessPointId] = []
    blocked: int = 0
    expired: int = 0
    seed: int = 1
    missed_read_rate: float = 0.0
    tailgating_rate: float = 0.0
    not_taken_rate: float = 0.0
    unknown_card_every_s: float = 0.0
    evacuation: Evacuation = Evacuation()
    traffic: TrafficSettings = TrafficSettings()
    outdoors: Outdoors = Outdoors()
    stays: Stays | None = None
    day: Day | None = None


class Scene(msgspec.Struct, frozen=True):
    """A site and what is simulated on it."""

    site: Site
    simulation: Simulation


class _Tables(msgspec.Struct, frozen=True):
    simulation: Simulation = Simulation()


def parse_scene(text: str) -> Scene:
    """Return the scene of a site file. Raises contract.site.SiteFileError or SceneError."""
    site = parse_site(text)
    try:
        simulation = msgspec.toml.decode(text, type=_Tables).simulation
    except msgspec.ValidationError as error:
        message = f"site file, simulation: {error}"
        raise SceneError(message) from error
    _check_people(simulation, site)
    _check_rhythm(simulation)
    if simulation.stays is None and simulation.day is None:
        simulation = msgspec.structs.replace(simulation, stays=Stays())
    return Scene(site, simulation)


def built_in(name: str) -> str:
    """Return the text of a site file that comes with the package: one of BUILT_IN. Raises SceneError."""
    if name not in BUILT_IN:
        message = f"no built-in site {name!r}; there are: {', '.join(BUILT_IN)}"
        raise SceneError(message)
    return files("simulators").joinpath("sites", f"{name}.toml").read_text(encoding="utf-8")


def unread_rate(simulation: Simulation, point: AccessPoint) -> float:
    """Return the share of passages through `point` that no reader sees.

    Reads are missed where the premises are left, people walk in on others' heels where they are entered; inner doors
    see everybody.
    """
    if point.to_area == OUTSIDE:
        return simulation.missed_read_rate
    return simulation.tailgating_rate if point.from_area == OUTSIDE else 0.0


def minutes_of_day(text: str) -> int:
    """Return the minutes since midnight of `HH:MM`."""
    hours, minutes = text.split(":")
    return int(hours) * _MINUTES_PER_HOUR + int(minutes)


def _check_people(simulation: Simulation, site: Site) -> None:
    if not 0 <= simulation.people <= MOST_PEOPLE:
        _refuse(f"people is {simulation.people}: use 0 to {MOST_PEOPLE}")
    special = (simulation.visitors, simulation.blocked, simulation.expired)
    if min(special) < 0 or sum(special) > simulation.people:
        _refuse("visitors, blocked and expired are at least 0 and together at most `people`")
    if simulation.visitors and not simulation.visitor_access_points:
        _refuse("visitors need visitor_access_points")
    unknown = set(simulation.visitor_access_points) - {point.id for point in site.access_point}
    if unknown:
        _refuse(f"visitor_access_points names {', '.join(sorted(unknown))}, which the file lacks")
    if simulation.unknown_card_every_s < 0:
        _refuse("unknown_card_every_s is at least 0")
    traffic = simulation.traffic
    if min(traffic.vehicles, traffic.strangers) < 0 or min(traffic.stranger_every_s, traffic.patience_s) <= 0:
        _refuse("traffic: vehicles and strangers are at least 0, stranger_every_s and patience_s above 0")


def _check_rhythm(simulation: Simulation) -> None:
    if simulation.stays is not None and simulation.day is not None:
        _refuse("give [simulation.stays] or [simulation.day], not both")
    for table in (simulation, simulation.evacuation, simulation.traffic, simulation.stays, simulation.day):
        if table is not None:
            _check_rates(table)
    if simulation.stays is not None:
        _check_spans("stays", simulation.stays, ("stay_s", "away_s", "overstay_s"))
    _check_spans("evacuation", simulation.evacuation, ("reaction_s", "to_muster_s"))
    if simulation.day is not None:
        _check_day(simulation.day)


def _check_spans(name: str, table: Stays | Evacuation, spans: Iterable[str]) -> None:
    for span in spans:
        low, high = getattr(table, span)
        if not 0 < low <= high:
            _refuse(f"{name}.{span} is [{low}, {high}]: two figures above 0, the lower one first")


def _check_rates(table: Simulation | Evacuation | TrafficSettings | Stays | Day) -> None:
    for name in table.__struct_fields__:
        if name.endswith("_rate") and not 0 <= getattr(table, name) <= 1:
            _refuse(f"{name} is {getattr(table, name)}: a rate lies between 0 and 1")


def _check_day(day: Day) -> None:
    for name in ("arrive", "leave", "lunch"):
        if not _TIME_OF_DAY.fullmatch(getattr(day, name)):
            _refuse(f"day.{name} is {getattr(day, name)!r}: use HH:MM, 00:00 to 23:59")
    if not minutes_of_day(day.arrive) < minutes_of_day(day.lunch) < minutes_of_day(day.leave):
        _refuse("a day begins with arrive, then lunch, then leave")
    if day.spread_min < 0 or day.lunch_min < 0:
        _refuse("day.spread_min and day.lunch_min are at least 0")


def _refuse(what: str) -> None:
    message = f"site file, simulation: {what}"
    raise SceneError(message)
