"""When people mean to be where: the rhythm of a site, without any door or reader.

A rhythm answers one question: it is now, a person is here; when does he next mean to be where? Whoever asks walks him
there, or fails to, and asks again.

Belongs here: seeded intentions. Does not belong here: walking (world.py, log.py) and what readers miss. Not simulated:
meetings, weather, public holidays, people who arrive together.
"""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from contract.clock import NS_PER_S, from_datetime, to_datetime
from contract.ids import OUTSIDE, AreaId
from simulators.people import Person
from simulators.routes import Routes
from simulators.scene import Day, Scene, Stays, minutes_of_day

_MINUTE_NS: Final = 60 * NS_PER_S
_NIGHT_ARRIVE: Final = 21 * 60 + 45
_NIGHT_LEAVE: Final = 30 * 60 + 15
_SATURDAY: Final = 5
_MOST_IDLE_DAYS: Final = 60
"""A person with no plan within so many days is not asked again before they are over."""


class Intent(NamedTuple):
    """A person means to be in an area from a moment on: nanoseconds since 1970-01-01 UTC."""

    at_ns: int
    to: AreaId


class Rhythm(Protocol):
    """The question of this module."""

    def first(self, person: Person, now_ns: int) -> Intent:
        """Return the first intent of a person who is outside when the world begins."""
        ...

    def next(self, person: Person, now_ns: int, place: AreaId) -> Intent:
        """Return the next intent, later than `now_ns`, of a person who is in `place`."""
        ...


def rhythm_of(scene: Scene, routes: Routes, seed: int | None = None) -> Rhythm:
    """Return the rhythm that a scene asks for. `seed` stands in for the scene's own."""
    simulation = scene.simulation
    chosen = simulation.seed if seed is None else seed
    if simulation.day is not None:
        return WorkingDays(simulation.day, routes, scene.site.time_zone(), chosen)
    return ComingAndGoing(simulation.stays or Stays(), routes, chosen)


class ComingAndGoing:
    """People who come, stay for a while, go, and come back. A person's sequence does not depend on anybody else."""

    def __init__(self, stays: Stays, routes: Routes, seed: int) -> None:
        self._stays = stays
        self._routes = routes
        self._seed = seed
        self._chances: dict[int, Random] = {}

    def first(self, person: Person, now_ns: int) -> Intent:
        """See Rhythm: people arrive spread over the longest absence."""
        chance = self._chance(person)
        return self._arrival(person, now_ns, chance.uniform(0, self._stays.away_s[1]), chance)

    def next(self, person: Person, now_ns: int, place: AreaId) -> Intent:
        """See Rhythm."""
        chance = self._chance(person)
        if place == OUTSIDE:
            return self._arrival(person, now_ns, chance.uniform(*self._stays.away_s), chance)
        is_long = chance.random() < self._stays.overstay_rate
        stay_s = chance.uniform(*(self._stays.overstay_s if is_long else self._stays.stay_s))
        return Intent(_later(now_ns, stay_s), OUTSIDE)

    def _arrival(self, person: Person, now_ns: int, after_s: float, chance: Random) -> Intent:
        areas = self._routes.destinations(person.access_points)
        return Intent(_later(now_ns, after_s), chance.choice(areas) if areas else OUTSIDE)

    def _chance(self, person: Person) -> Random:
        if person.number not in self._chances:
            self._chances[person.number] = Random(f"stays {self._seed} {person.number}")
        return self._chances[person.number]


class WorkingDays:
    """People with working days in the site's time zone; a day depends on seed, person and date alone."""

    def __init__(self, day: Day, routes: Routes, zone: ZoneInfo, seed: int) -> None:
        self._day = day
        self._routes = routes
        self._zone = zone
        self._seed = seed
        self._plans: dict[tuple[int, date], list[Intent]] = {}

    def first(self, person: Person, now_ns: int) -> Intent:
        """See Rhythm: whoever would be inside by now comes at once."""
        today = self._local_date(now_ns)
        begun = [i for i in self._plan(person, today - timedelta(1)) + self._plan(person, today) if i.at_ns <= now_ns]
        if begun and max(begun).to != OUTSIDE:
            return Intent(now_ns + 1, max(begun).to)
        return self.next(person, now_ns, OUTSIDE)

    def next(self, person: Person, now_ns: int, place: AreaId) -> Intent:
        """See Rhythm. Somebody who never comes gets an intent to stay outside, far in the future."""
        today = self._local_date(now_ns)
        self._plans.pop((person.number, today - timedelta(2)), None)
        for ahead in range(-1, _MOST_IDLE_DAYS):
            for intent in self._plan(person, today + timedelta(ahead)):
                if intent.at_ns > now_ns and (intent.to == OUTSIDE) != (place == OUTSIDE):
                    return intent
        return Intent(_later(now_ns, timedelta(_MOST_IDLE_DAYS).total_seconds()), OUTSIDE)

    def _plan(self, person: Person, day: date) -> list[Intent]:
        key = (person.number, day)
        if key not in self._plans:
            self._plans[key] = self._draw(person, day)
        return self._plans[key]

    def _draw(self, person: Person, day: date) -> list[Intent]:
        shape = self._day
        chance, is_there = self._attendance(person, day)
        if not is_there or self._is_still_there(person, day):
            return []
        overstays = chance.random() < shape.overstay_rate
        areas = self._routes.destinations(person.access_points)
        if not areas:
            return []
        place = chance.choice(areas)
        works_at_night = self._works_at_night(person)
        arrive = _NIGHT_ARRIVE if works_at_night else minutes_of_day(shape.arrive)
        leave = _NIGHT_LEAVE if works_at_night else minutes_of_day(shape.leave)
        come, go = (self._instant(day, at + chance.gauss(0, shape.spread_min)) for at in (arrive, leave))
        if overstays:
            return [Intent(come, place), Intent(go + round(timedelta(1).total_seconds()) * NS_PER_S, OUTSIDE)]
        plan = [Intent(come, place)]
        if not works_at_night and chance.random() < shape.lunch_out_rate:
            out = self._instant(day, minutes_of_day(shape.lunch) + chance.gauss(0, shape.spread_min / 2))
            back = out + round(chance.uniform(0.7, 1.3) * shape.lunch_min * _MINUTE_NS)
            plan += [Intent(out, OUTSIDE), Intent(back, place)]
        return sorted([*plan, Intent(go, OUTSIDE)])

    def _is_still_there(self, person: Person, day: date) -> bool:
        """Whether somebody stays from the day before."""
        if not self._day.overstay_rate:
            return False
        chance, was_there = self._attendance(person, day - timedelta(1))
        return was_there and chance.random() < self._day.overstay_rate

    def _works_at_night(self, person: Person) -> bool:
        rate = self._day.night_rate
        return rate > 0 and Random(f"night {self._seed} {person.number}").random() < rate

    def _attendance(self, person: Person, day: date) -> tuple[Random, bool]:
        """Whether a person works on a date, and the chance for the rest of it, which always begins alike."""
        chance = Random(f"day {self._seed} {person.number} {day.toordinal()}")
        rate = self._day.weekend_rate if day.weekday() >= _SATURDAY else 1 - self._day.absent_rate
        return chance, chance.random() < rate

    def _instant(self, day: date, minutes: float) -> int:
        """Return the moment so many minutes after a date's midnight on the clocks of the site."""
        local = datetime.combine(day, time.min) + timedelta(minutes=minutes)
        return from_datetime(local.replace(tzinfo=self._zone).astimezone(UTC))

    def _local_date(self, at_ns: int) -> date:
        return to_datetime(at_ns).astimezone(self._zone).date()


def _later(now_ns: int, after_s: float) -> int:
    return now_ns + max(1, round(after_s * NS_PER_S))
