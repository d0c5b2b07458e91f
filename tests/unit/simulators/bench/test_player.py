"""Playing a scene: order, what counts as fulfilled, and a verdict in every case."""

import asyncio

import pytest

from simulators.bench.acts import AnyAct, Expect, Force, Present, Wait
from simulators.bench.errors import CanNotError
from simulators.bench.journal import Source
from simulators.bench.player import Progress, Verdict, check_needs, play
from simulators.bench.scene import BenchScene, Start, Step
from tests.unit.simulators.bench.bench_parts import NotedBench, state

SOON_S = 0.2


async def played(bench: NotedBench, *acts: AnyAct, start: Start | None = None) -> Verdict:
    steps = [Step(act) for act in acts]
    told: list[Progress] = []
    verdict = await play("name", BenchScene("Title", steps, start=start or Start()), bench, told.append)
    assert len(told) == verdict.steps_done + (not told[-1].is_fulfilled if told else 0)
    return verdict


async def test_a_scene_begins_and_ends_at_rest() -> None:
    bench = NotedBench()
    verdict = await played(bench, Force("door"), start=Start(tampered=["entry"]))
    assert verdict.passed
    assert bench.done == ["reset", "tamper", "force", "reset"]
    assert [entry.kind for entry in bench.journal.since(0) if entry.source is Source.SCENE] == ["begins", "passed"]


async def test_what_followed_the_last_act_fulfils_every_expectation() -> None:
    bench = NotedBench()
    bench.follows["force"] = lambda: bench.alarmed("forced")
    verdict = await played(bench, Force("door"), Wait(0), Expect(alarm="forced"), Expect(alarm="forced", portal="door"))
    assert verdict.passed


async def test_a_step_waits_from_the_beginning_of_the_act_before() -> None:
    bench = NotedBench()
    bench.follows["present"] = lambda: bench.decided("granted")
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    # What is expected in between takes its own time, and the next act comes no later for it.
    steps = [Step(Present("entry", "staff")), Step(Expect(alarm="forced", never=True, within_s=SOON_S))]
    steps.append(Step(Force("door"), 2 * SOON_S))
    assert (await play("name", BenchScene("Title", steps), bench, lambda _: None)).passed
    present, force = (e for e in bench.journal.since(0) if e.kind in {"present", "force"})
    assert (force.at - present.at).total_seconds() >= 2 * SOON_S * 0.99
    assert loop.time() - began_s >= 2 * SOON_S


async def test_what_followed_an_earlier_act_fulfils_nothing() -> None:
    bench = NotedBench()
    bench.follows["force"] = lambda: bench.alarmed("forced")
    verdict = await played(bench, Force("door"), Present("entry", "staff"), Expect(alarm="forced", within_s=SOON_S))
    assert not verdict.passed
    assert verdict.cause == "step 3: expected alarm forced within 0.2 s"
    assert verdict.steps_done == 2


async def test_a_decision_with_another_reason_is_not_the_one_expected() -> None:
    bench = NotedBench()
    bench.follows["present"] = lambda: bench.decided("denied", "pass-blocked")
    present = Present("entry", "staff")
    assert (await played(bench, present, Expect(decision="denied", reason="pass-blocked"))).passed
    assert (await played(bench, present, Expect(decision="denied", access_point="in", reader="entry"))).passed
    for wrong in (
        Expect(decision="denied", reason="wrong-pin", within_s=SOON_S),
        Expect(decision="granted", within_s=SOON_S),
        Expect(decision="denied", reader="other", within_s=SOON_S),
    ):
        assert not (await played(bench, present, wrong)).passed


async def test_what_must_never_happen_fails_as_soon_as_it_does() -> None:
    bench = NotedBench()
    bench.follows["present"] = lambda: bench.decided("granted")
    present = Present("entry", "staff")
    verdict = await played(bench, present, Expect(decision="granted", within_s=30, never=True))
    assert not verdict.passed
    assert verdict.took_s < 30
    assert (await played(bench, present, Expect(decision="denied", within_s=SOON_S, never=True))).passed


async def test_how_a_door_and_a_light_stand_is_looked_at() -> None:
    bench = NotedBench()

    def open_up() -> None:
        bench.now = state(is_released=True, light="green")

    bench.follows["present"] = open_up
    shows = [Expect(shows="released", portal="door"), Expect(shows="green", reader="entry")]
    assert (await played(bench, Present("entry", "staff"), *shows, Expect(shows="secure", reader="entry"))).passed
    for wrong in (
        Expect(shows="open", portal="door", within_s=SOON_S),
        Expect(shows="red", reader="entry", within_s=SOON_S),
        Expect(shows="open", portal="nowhere", within_s=SOON_S),
        Expect(shows="pink", portal="door", within_s=SOON_S),
    ):
        assert not (await played(bench, wrong)).passed


async def test_an_act_that_can_not_be_done_ends_the_scene() -> None:
    bench = NotedBench()
    bench.impossible = {"force"}
    verdict = await played(bench, Present("entry", "staff"), Force("door"), Force("door"))
    assert (verdict.passed, verdict.cause, verdict.steps_done) == (False, "step 2: force can not be done", 1)


def test_a_scene_for_other_hardware_is_not_played() -> None:
    check_needs(BenchScene("Title", [Step(Force("door"))], ["door", "entry"]), state())
    with pytest.raises(CanNotError, match="the scene needs lift, which the gate"):
        check_needs(BenchScene("Title", [Step(Force("door"))], ["door", "lift"]), state())
