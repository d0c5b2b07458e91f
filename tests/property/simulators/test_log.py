"""What holds for every log: bodies are conserved, the log is the truth where nothing is missed, and seeds repeat."""

import csv
import io
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.ids import OUTSIDE, AreaId
from simulators.log import write_holders, write_log
from simulators.people import people
from simulators.scene import Scene, parse_scene
from simulators.truth import Figures, Truth, TruthError

AREAS = ("yard", "house")
SITE = '[site]\ntime_zone = "Europe/Vienna"\n' + "".join(f'[[area]]\nid = "{area}"\n' for area in AREAS) + "".join(
    f'[[access_point]]\nid = "{name}-in"\nfrom = "{outer}"\nto = "{inner}"\n'
    f'[[access_point]]\nid = "{name}-out"\nfrom = "{inner}"\nto = "{outer}"\n'
    for name, outer, inner in (("gate", "outside", "yard"), ("door", "yard", "house"), ("garage", "outside", "house"))
)  # fmt: skip
RATES = st.sampled_from([0.0, 0.02, 0.3, 1.0])
EXACT = "missed_read_rate = 0\ntailgating_rate = 0"
days = st.sampled_from(
    [
        "[simulation.day]",
        "[simulation.day]\nnight_rate = 0.5\noverstay_rate = 0.3\nlunch_out_rate = 1\nweekend_rate = 0.8",
        "[simulation.stays]\nstay_s = [60, 20000]\naway_s = [60, 9000]\noverstay_rate = 0.05",
    ]
)
starts = st.sampled_from([date(2026, 3, 2), date(2026, 3, 28), date(2026, 10, 24)])  # the latter two change the clocks


def scene_of(number: int, seed: int, rates: str, rhythm: str) -> Scene:
    return parse_scene(f"{SITE}\n[simulation]\npeople = {number}\nseed = {seed}\n{rates}\n{rhythm}\n")


def written(scene: Scene, start: date, count: int) -> tuple[str, str, Figures]:
    out, truth = io.StringIO(), io.StringIO()
    figures = write_log(scene, out, truth, days=count, start=start)
    return out.getvalue(), truth.getvalue(), figures


def truth_by_hour(text: str) -> dict[datetime, dict[str, int]]:
    found: dict[datetime, dict[str, int]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        found.setdefault(datetime.fromisoformat(row["at"]), {})[row["area"]] = int(row["present"])
    return found


def folded(log: str, scene: Scene, hours: list[datetime]) -> dict[datetime, dict[str, int]]:
    """Where the rows place everybody at each hour, worked out without anything of the simulator but its holders."""
    holders = io.StringIO()
    write_holders(scene, holders)
    holder = {row["credential"]: row["holder"] for row in csv.DictReader(io.StringIO(holders.getvalue()))}
    leads_to = {point.id: point.to_area for point in scene.site.access_point}
    rows = list(csv.DictReader(io.StringIO(log)))
    place: dict[str, str] = {}
    found = {}
    at = 0
    for hour in hours:
        while at < len(rows) and datetime.fromisoformat(rows[at]["at"]) <= hour:
            place[holder[rows[at]["credential"]]] = leads_to[rows[at]["access_point"]]  # type: ignore[index]
            at += 1
        counted = Counter(place.values())
        found[hour] = {area: counted[area] for area in AREAS}
    return found


@settings(max_examples=15)
@given(st.integers(0, 25), st.integers(0, 9), days, starts)
def test_with_all_passages_read_the_log_is_the_truth(number: int, seed: int, rhythm: str, start: date) -> None:
    scene = scene_of(number, seed, EXACT, rhythm)
    log, truth, figures = written(scene, start, 4)
    expected = truth_by_hour(truth)
    assert folded(log, scene, list(expected)) == expected
    assert figures.unread == 0
    assert figures.by_area == figures.read_by_area
    assert log.count("\n") - 1 == figures.moves


@settings(max_examples=15)
@given(st.integers(0, 25), st.integers(0, 9), RATES, RATES, days)
def test_bodies_are_conserved_and_rows_are_the_read_moves(
    number: int, seed: int, missed: float, tailgating: float, rhythm: str
) -> None:
    scene = scene_of(number, seed, f"missed_read_rate = {missed}\ntailgating_rate = {tailgating}", rhythm)
    log, truth, figures = written(scene, date(2026, 3, 2), 3)
    rows = list(csv.DictReader(io.StringIO(log)))
    entered = sum(row["access_point"] in {"gate-in", "garage-in"} for row in rows) + figures.unread_entries
    left = sum(row["access_point"] in {"gate-out", "garage-out"} for row in rows) + figures.unread_exits
    assert figures.present == entered - left
    assert len(rows) == figures.moves - figures.unread
    assert figures.unread_exits == (left if missed == 1 else figures.unread_exits)
    hours = truth_by_hour(truth)
    assert hours[max(hours)] == figures.by_area
    assert all(earlier <= later for earlier, later in pairwise(row["at"] for row in rows))


@settings(max_examples=10)
@given(st.integers(1, 20), st.integers(0, 9), days, starts)
def test_a_seed_repeats_every_byte(number: int, seed: int, rhythm: str, start: date) -> None:
    scene = scene_of(number, seed, "missed_read_rate = 0.1\ntailgating_rate = 0.1", rhythm)
    assert written(scene, start, 2) == written(scene, start, 2)


def test_another_seed_gives_another_log() -> None:
    one, two = (written(scene_of(20, seed, EXACT, "[simulation.day]"), date(2026, 3, 2), 1) for seed in (1, 2))
    assert one[0] != two[0]


def test_every_hour_of_every_day_has_its_truth_also_when_the_clocks_change() -> None:
    _, truth, _ = written(scene_of(1, 1, EXACT, "[simulation.day]"), date(2026, 3, 28), 2)
    hours = sorted(truth_by_hour(truth))
    assert len(hours) == 47
    assert {later - earlier for earlier, later in pairwise(hours)} == {timedelta(hours=1)}


def test_progress_is_told_for_every_hour() -> None:
    told: list[tuple[int, int]] = []
    scene = scene_of(3, 1, EXACT, "[simulation.day]")
    write_log(
        scene,
        io.StringIO(),
        io.StringIO(),
        days=1,
        start=date(2026, 3, 2),
        progress=lambda done, of: told.append((done, of)),
    )
    assert told == [(hour, 24) for hour in range(1, 25)]


def test_blocked_and_expired_passes_are_in_no_row() -> None:
    scene = scene_of(10, 1, "blocked = 3\nexpired = 3", "[simulation.day]")
    log, _, _ = written(scene, date(2026, 3, 2), 2)
    assert any(person.card.texts[0] in log for person in people(scene) if person.is_admitted)
    assert not any(text in log for person in people(scene) if not person.is_admitted for text in person.card.texts)


moves = st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["yard", "house", OUTSIDE]), st.booleans()), max_size=40)


@given(moves)
def test_the_truth_conserves_bodies_under_any_moves(wanted: list[tuple[int, str, bool]]) -> None:
    truth = Truth([AreaId(area) for area in AREAS])
    places: dict[int, AreaId] = {}
    entered = left = 0
    for person, target, is_read in wanted:
        source, to = places.get(person, OUTSIDE), AreaId(target)
        if source == to:
            continue
        truth.move(person, source, to, is_read=is_read)
        places[person] = to
        entered += source == OUTSIDE
        left += to == OUTSIDE
        elsewhere = AreaId("yard" if to == "house" else "house")
        try:
            truth.move(person, elsewhere, OUTSIDE, is_read=True)
        except TruthError:
            pass
        else:
            raise AssertionError("a body left an area in which it is not")
    figures = truth.figures()
    assert figures.present == sum(figures.by_area.values()) == entered - left
    assert figures.by_area == {area: Counter(places.values())[AreaId(area)] for area in AREAS}
