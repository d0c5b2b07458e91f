"""What was seen becomes figures, and whatever a scene demands and does not get is said."""

from dataclasses import replace

import msgspec
import pytest

from contract.clock import NS_PER_S
from contract.ids import AreaId
from contract.periods import DAY_S, HOUR_S
from sacs.score.player import Look, Roll, Seen
from sacs.score.scored import score
from simulators.scenes.file import Demands, ScoredScene, parse_scored_scene

SCENE = """
[scene]
title = "Try"
site = "campus"
days = 4
start = 2026-03-02
moment_every_min = 60
[scene.assumes]
why = "tried"
named = 10
[simulation]
people = 1
"""
HELD = Look(0, truth=5, lowest=4, best=5, highest=6, is_best_everywhere=True, missed=[], agree=True)


def scene(**demands: object) -> ScoredScene:
    parsed = parse_scored_scene("try", SCENE)
    wanted = msgspec.convert(demands, Demands)
    return replace(parsed, about=msgspec.structs.replace(parsed.about, demands=wanted))


def seen(*looks: Look) -> list[Seen]:
    return [Seen(0, list(looks))]


def test_what_is_held_is_added_up() -> None:
    low = replace(HELD, best=3, lowest=3, is_best_everywhere=False, agree=False)
    found = score(scene(), seen(HELD, low))
    assert (found.moments, found.error_mean, found.error_worst, found.exact) == (2, -1, -2, 0.5)
    assert found.error_rms == pytest.approx(2**0.5)
    assert (found.within, found.width_mean, found.width_worst, found.width_allowed) == (1, 2.5, 3, 10)
    assert (found.unknown, found.agree, found.missed, found.accounted_90_min) == (0, 0.5, [], None)


@pytest.mark.parametrize(
    ("look", "demands", "says"),
    [
        (replace(HELD, missed=[AreaId("hall")]), {}, "the bounds hold the truth at 99.00%"),
        (replace(HELD, highest=15), {}, "the bounds lie 11 apart, and may 10"),
        (replace(HELD, lowest=None, highest=None), {}, "the figure is unknown at 1.00%"),
        (replace(HELD, is_best_everywhere=False), {"exact": True}, "best is the truth at 99.00%"),
        (HELD, {"accounted_90_min": 5}, "90 % are accounted for never"),
    ],
)
def test_what_is_missed_is_said(look: Look, demands: dict[str, object], says: str) -> None:
    (missed,) = score(scene(**demands), seen(*[HELD] * 99, look)).missed
    assert says in missed


def test_one_moment_in_a_thousand_may_be_missed_and_an_unknown_figure_be_allowed() -> None:
    assert score(scene(), seen(*[HELD] * 999, replace(HELD, missed=[AreaId("")]))).missed == []
    unknown = replace(HELD, best=99, lowest=None, highest=None)
    found = score(scene(unknown=1.0), seen(unknown))
    assert (found.missed, found.error_worst) == ([], 0)


def test_drift_compares_whole_days_from_noon_to_noon() -> None:
    def at(hours: float, error: int) -> Look:
        return replace(HELD, at_ns=int(hours * HOUR_S) * NS_PER_S, best=5 + error)

    end_h = 4 * DAY_S / HOUR_S
    looks = [at(6, 9), at(13, 1), at(35, -1), at(40, 9), at(end_h - 35, 2), at(end_h - 13, -2), at(end_h - 1, 9)]
    assert score(scene(drift=2.0), seen(*looks)).missed == []
    (missed,) = score(scene(drift=1.9), seen(*looks)).missed
    assert "2.00 times" in missed


def test_the_slowest_seed_tells_how_long_a_roll_call_took() -> None:
    def one(*rolls: tuple[int, int]) -> Seen:
        return Seen(0, [HELD], {0: [Roll(minute * 60 * NS_PER_S, 10, count) for minute, count in rolls]})

    found = score(scene(), [one((1, 5), (4, 9), (6, 10)), one((2, 9), (9, 10))])
    assert (found.accounted_90_min, found.accounted_100_min) == (4, 9)
    assert score(scene(), [one((1, 10)), one((1, 9))]).accounted_100_min is None
