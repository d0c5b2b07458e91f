"""When people mean to be where."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from contract.clock import from_datetime, to_datetime
from contract.ids import OUTSIDE, AreaId
from simulators.people import people
from simulators.rhythm import rhythm_of
from simulators.routes import Routes
from simulators.scene import Scene, built_in, parse_scene

SITE = """
[site]
time_zone = "Asia/Kathmandu"
[[area]]
id = "inside"
[[access_point]]
id = "in"
from = "outside"
to = "inside"
[[access_point]]
id = "out"
from = "inside"
to = "outside"
"""
INSIDE = AreaId("inside")
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def scene(table: str) -> Scene:
    return parse_scene(f"{SITE}\n[simulation]\n{table}")


def working(people_count: int, *settings: str) -> str:
    """A table of working days that are all alike but for `settings`."""
    rates = {"absent_rate": "0", "weekend_rate": "0", "night_rate": "0", "lunch_out_rate": "0", "overstay_rate": "0"}
    rates |= dict(setting.split(" = ") for setting in settings)
    lines = "".join(f"{name} = {value}\n" for name, value in rates.items())
    return f"people = {people_count}\n[simulation.day]\n{lines}"


def week(table: str) -> list[list[tuple[datetime, AreaId]]]:
    """What each person means to do in one week, if nothing is in the way; times as the site's clocks show them."""
    asked = scene(table)
    zone = asked.site.time_zone()
    rhythm = rhythm_of(asked, Routes(asked.site))
    weeks = []
    for person in people(asked):
        intents: list[tuple[datetime, AreaId]] = []
        intent = rhythm.first(person, from_datetime(MONDAY))
        while intent.at_ns < from_datetime(MONDAY + timedelta(7)):
            intents.append((to_datetime(intent.at_ns).astimezone(zone), intent.to))
            intent = rhythm.next(person, intent.at_ns, intent.to)
        weeks.append(intents)
    return weeks


def test_people_with_a_working_day_arrive_and_leave_by_the_clocks_of_the_site() -> None:
    weeks = week(working(20, 'arrive = "09:00"', 'leave = "18:00"', "spread_min = 5"))
    for intents in weeks:
        assert [to for _, to in intents] == [INSIDE, OUTSIDE] * 5
        for at, to in intents:
            middle = at.replace(hour=9 if to == INSIDE else 18, minute=0, second=0, microsecond=0)
            assert abs(at - middle) < timedelta(minutes=30)
            assert at.weekday() < 5


def test_lunch_off_the_premises_is_one_more_way_out_and_in() -> None:
    weeks = week(working(5, "lunch_out_rate = 1"))
    assert all([to for _, to in intents] == [INSIDE, OUTSIDE] * 10 for intents in weeks)


def test_the_night_shift_is_inside_at_midnight() -> None:
    weeks = week(working(5, "night_rate = 1", "weekend_rate = 1"))
    for intents in weeks:
        assert intents[0][1] == INSIDE, "the first Monday begins with somebody at work since Sunday"
        arrivals = Counter(at.hour for at, to in intents[1:] if to == INSIDE)
        assert set(arrivals) <= {20, 21, 22, 23}


def test_who_overstays_leaves_on_the_next_evening() -> None:
    weeks = week(working(3, "overstay_rate = 1", "spread_min = 1"))
    for intents in weeks:
        stays = [left - came for (came, _), (left, _) in zip(intents[::2], intents[1::2], strict=False)]
        assert stays
        assert all(timedelta(hours=32) < stay < timedelta(hours=34) for stay in stays)


def test_who_never_works_stays_outside() -> None:
    assert week("people = 2\n[simulation.day]\nabsent_rate = 1\nweekend_rate = 0") == [[], []]


def test_coming_and_going_keeps_to_its_figures_and_overstays_at_its_rate() -> None:
    asked = scene(
        "people = 40\n[simulation.stays]\nstay_s = [10, 20]\naway_s = [5, 6]\n"
        "overstay_rate = 0.1\noverstay_s = [100, 110]"
    )
    rhythm = rhythm_of(asked, Routes(asked.site))
    now_ns = from_datetime(MONDAY)
    stays_s = []
    for person in people(asked):
        assert 0 < rhythm.first(person, now_ns).at_ns - now_ns <= 6e9
        for _ in range(50):
            arrival = rhythm.next(person, now_ns, OUTSIDE)
            assert arrival.to == INSIDE
            assert 5e9 <= arrival.at_ns - now_ns <= 6e9
            departure = rhythm.next(person, now_ns, INSIDE)
            assert departure.to == OUTSIDE
            stays_s.append((departure.at_ns - now_ns) / 1e9)
    long = [stay for stay in stays_s if stay > 20]
    assert all(10 <= stay <= 20 or 100 <= stay <= 110 for stay in stays_s)
    assert 0.05 * len(stays_s) < len(long) < 0.15 * len(stays_s)


def test_a_person_s_days_do_not_depend_on_anybody_else() -> None:
    asked = parse_scene(built_in("office"))
    somebody = people(asked)[500]
    now_ns = from_datetime(MONDAY)
    alone, crowded = (rhythm_of(asked, Routes(asked.site)) for _ in range(2))
    for other in people(asked)[:20]:
        crowded.next(other, now_ns, OUTSIDE)
    assert alone.next(somebody, now_ns, OUTSIDE) == crowded.next(somebody, now_ns, OUTSIDE)
