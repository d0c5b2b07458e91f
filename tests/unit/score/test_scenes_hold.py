"""Every scene with three seeds (`make score`: fifty): what it demands, it gets."""

import pytest

from sacs.score.command import play_seed
from sacs.score.scored import score
from simulators.scenes.file import read_scene, scene_names

SEEDS = {"vehicle-day": 1, "vehicles-cut": 1}
"""Fewer than three where a scene is long: thousands of vehicles."""


@pytest.mark.parametrize("name", scene_names())
def test_a_scene_gets_what_it_demands(name: str) -> None:
    scored = read_scene(name)
    seed = scored.scene.simulation.seed
    found = score(scored, [play_seed(name, seed + more) for more in range(SEEDS.get(name, 3))])
    assert not found.missed
