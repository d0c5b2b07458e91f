"""Scene files: what they hold, what is said of one that can not be played, and those that come with the bench."""

from pathlib import Path

import pytest

from contract.site import parse_site
from simulators.bench import SCENES
from simulators.bench.acts import CutWire, Expect, Force, Hold, NetworkDown, Present, Unplug
from simulators.bench.scene import (
    BenchScene,
    SceneFileError,
    Start,
    Step,
    format_bench_scene,
    parse_bench_scene,
    scene_name,
    scenes_in,
)

TEXT = """
title = "Somebody forces the door"
titles = { ar = "عنوة" }
needs = ["door"]

[start]
held = { entry = "staff" }
unplugged = ["bus"]
cut = { door = "dps" }
network = false

[[step]]
act = "force"
portal = "door"

[[step]]
act = "expect"
event = "forced"
after_s = 0.5
"""


def test_a_scene_says_what_is_wired_what_is_done_and_what_follows() -> None:
    scene = parse_bench_scene(TEXT)
    assert scene.steps == [Step(Force("door")), Step(Expect(event="forced"), 0.5)]
    assert scene.needs == ["door"]
    assert scene.start.acts() == [Unplug("bus"), CutWire("door"), NetworkDown(), Hold("entry", "staff")]
    assert parse_bench_scene(format_bench_scene(scene)) == scene


def test_what_is_as_usual_is_not_written() -> None:
    written = format_bench_scene(BenchScene("Short", [Step(Present("entry", "staff"))]))
    assert written == 'title = "Short"\n\n[[step]]\nact = "present"\nreader = "entry"\ncard = "staff"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "missing required field `title`"),
        ("title = 'x'\nstep = []", "step"),
        ("title = ", "scene:"),
        ("title = 'x'\nsteps = 1\n[[step]]\nact = 'reset'", "unknown field `steps`"),
        ("title = 'x'\n[[step]]\nact = 'reset'\n[[step]]\nact = 'fly'", "step 2: no act 'fly'"),
        ("title = 'x'\n[[step]]\nact = 'reset'\nafter_s = -1", "step 1"),
        ("title = 'x'\n[start]\ncut = { door = 'soul' }\n[[step]]\nact = 'reset'", "start: cut-wire"),
        ("title = 'x'\n[start]\nflooded = true\n[[step]]\nact = 'reset'", "flooded"),
    ],
)
def test_what_is_no_scene_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(SceneFileError, match=said):
        parse_bench_scene(text)


@pytest.mark.parametrize("name", ["", "../x", "A", "-x", "x" * 64, "a/b", "a.b"])
def test_a_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(SceneFileError, match="use a-z"):
        scene_name(name)


def test_a_saved_scene_goes_before_one_that_came_with_the_bench(tmp_path: Path) -> None:
    own = tmp_path / "fire.toml"
    own.write_text(format_bench_scene(BenchScene("Mine", [Step(Force("door"))], start=Start())))
    found = scenes_in(SCENES, tmp_path)
    assert found["fire"] == own
    assert found["mantrap"].parent == SCENES


@pytest.mark.parametrize("name", sorted(scenes_in(SCENES)))
def test_a_scene_that_comes_with_the_bench_fits_its_site_and_has_an_arabic_title(name: str) -> None:
    scene = parse_bench_scene((SCENES / f"{name}.toml").read_text(encoding="utf-8"))
    assert scene.titles["ar"]
    assert any(isinstance(step.act, Expect) for step in scene.steps)
    sites = SCENES.parents[1] / "sites"
    texts = [(sites / f"{each}.toml").read_text(encoding="utf-8") for each in ("bench", "bench-smart-card")]
    site = parse_site("".join(texts))
    (gate,) = site.gate
    there = {*(r.id for r in gate.reader), *(p.id for p in gate.portal), *(b.id for b in gate.board)}
    assert set(scene.needs) <= there
