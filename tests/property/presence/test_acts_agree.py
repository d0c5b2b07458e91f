"""Officers' acts among passages: only what was said decides, not order, duplicates, restart or deletion (rule 10)."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.domain.presence.answer import Answer
from tests.property.presence.acting import held, histories
from tests.property.presence.histories import Act, Controller, Record, timeline

SEED = st.integers(0, 2**32)


def play(acts: list[Act], seed: int | None, *, restarts: bool = False, cut: bool = True) -> list[tuple[object, ...]]:
    """Return what a controller shows after each act: figures, sums, and who is where. With a `seed`: in any order."""
    chance = Random(seed)
    controller = Controller()
    seen: list[tuple[object, ...]] = []
    for act in acts:
        arrived = list(act.arrived)
        if (seen and seed is not None) or seed is not None:
            arrived += chance.sample(arrived, len(arrived) // 2)
            chance.shuffle(arrived)
        for record in arrived:
            assert controller.deliver(record) in (Answer.FOLDED, Answer.DUPLICATE, Answer.UNPLACED)
            if restarts and chance.random() < 0.3:
                controller.restart()
        controller.close(act.closed_s)
        if restarts and chance.random() < 0.5:
            controller.restart()
        if cut:
            controller.advance_cut(act.cut_ns)
        if restarts and chance.random() < 0.5:
            controller.restart()
        presence = controller.presence
        seen.append((controller.figures(), presence.sums(), sorted(presence.inside())))
    return seen


@given(histories(), SEED)
@settings(max_examples=60, deadline=None)
def test_any_order_and_any_duplicates_show_the_same(records: list[Record], seed: int) -> None:
    acts = held(timeline(records), records)
    assert play(acts, seed) == play(acts, None)


@given(histories(), SEED)
@settings(max_examples=40, deadline=None)
def test_a_restart_at_any_moment_shows_the_same(records: list[Record], seed: int) -> None:
    acts = held(timeline(records), records)
    assert play(acts, seed, restarts=True) == play(acts, seed)


@given(histories())
@settings(max_examples=40, deadline=None)
def test_deleting_completed_cycles_shows_the_same(records: list[Record]) -> None:
    acts = held(timeline(records), records)
    assert play(acts, None) == play(acts, None, cut=False)
