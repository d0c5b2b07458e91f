"""What was done and seen becomes a scene that passes when it happens again."""

from simulators.bench.acts import Expect, Force, Present, Reset, Wait
from simulators.bench.player import play
from simulators.bench.recorder import Recorder, start_of
from simulators.bench.scene import format_bench_scene, parse_bench_scene
from tests.unit.simulators.bench.bench_parts import NotedBench, state


async def test_a_recorded_scene_passes_again_and_fails_when_it_goes_otherwise() -> None:
    bench = NotedBench()
    bench.follows["present"] = lambda: bench.decided("denied", "pass-blocked")
    bench.follows["force"] = lambda: bench.alarmed("forced")
    recorder = Recorder(bench.journal, start_of(bench.now))
    for act in (Present("entry", "blocked"), Force("door"), Reset()):
        await bench.do(act)
    recorder.stop()
    await bench.do(Force("late"))
    scene = parse_bench_scene(format_bench_scene(recorder.scene("Recorded")))
    assert [step.act for step in scene.steps] == [
        Present("entry", "blocked"),
        Expect(decision="denied", reason="pass-blocked", access_point="in", within_s=5.0),
        Force("door"),
        Expect(alarm="forced", within_s=5.0),
    ]
    assert scene.needs == ["door", "entry"]
    assert (await play("again", scene, bench, lambda _: None)).passed
    bench.follows["present"] = lambda: bench.decided("granted")
    steps = [step for step in scene.steps if not isinstance(step.act, Wait)]
    steps[1] = type(steps[1])(Expect(decision="denied", within_s=0.2))
    otherwise = type(scene)("Otherwise", steps)
    assert not (await play("otherwise", otherwise, bench, lambda _: None)).passed


def test_what_is_held_and_wired_is_the_start() -> None:
    start = start_of(state(held="staff"))
    assert start.held == {"entry": "staff"}
    assert start.network
    assert [act.name for act in start.acts()] == ["hold"]
