"""What was done and seen becomes a scene that passes when it happens again."""

from contract.clock import SystemClock
from simulators.bench.acts import Expect, Force, Present, Reset, Wait
from simulators.bench.journal import Journal, Source
from simulators.bench.player import play
from simulators.bench.recorder import Recorder, start_of
from simulators.bench.scene import format_bench_scene, parse_bench_scene
from tests.unit.simulators.bench.bench_parts import NotedBench, state


class SetClock(SystemClock):
    """A clock that stands until it is set."""

    at_ns = 1_700_000_000_000_000_000

    def now_ns(self) -> int:
        return self.at_ns


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
        Present("entry", "blocked", 0.5),
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


async def test_moments_are_kept_and_what_failed_or_hangs_on_earlier_presence_is_no_part() -> None:
    clock = SetClock()
    journal = Journal(clock)
    recorder = Recorder(journal, start_of(state()))
    journal.add(Source.ACT, "present", "entry", facts={"reader": "entry", "card": "staff"})
    clock.at_ns += 20_000_000
    journal.add(Source.GATE, "decision", "in", facts={"outcome": "granted", "reason": None, "reader": "entry"})
    clock.at_ns += 2_000_000_000
    journal.add(Source.ACT, "walk", "in", facts={"access_point": "in"})
    journal.add(Source.CONTROLLER, "alarm", "gate", facts={"alarm": "in-twice", "gate": "gate"})
    clock.at_ns += 1_000_000_000
    begun = journal.add(Source.ACT, "hold-door", "door", facts={"portal": "door"})
    journal.add(Source.ACT, "not-done", "door", "locked", {"act": "hold-door", "number": begun.number})
    journal.add(Source.ACT, "unheard", "entry", facts={"why": ""})
    recorder.stop()
    scene = recorder.scene("Moments")
    assert [(step.act.name, step.after_s) for step in scene.steps] == [("present", 0), ("expect", 0), ("walk", 2.02)]


def test_what_is_held_and_wired_is_the_start() -> None:
    start = start_of(state(held="staff"))
    assert start.held == {"entry": "staff"}
    assert start.network
    assert [act.name for act in start.acts()] == ["hold"]
