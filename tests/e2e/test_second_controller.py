"""A second controller is enrolled at work, learns, and counts the same; either goes on without the other."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from contract.periods import Kind
from tests.e2e.two_controllers import CARDS, FIRST, NORTH, OUT, SECOND, SITE, SOUTH, TwoControllers, register, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[TwoControllers]:
    async with AsyncExitStack() as stack:
        yield TwoControllers(tmp_path, stack)


async def test_it_learns_what_was_sealed_before_it_came_and_either_goes_on_without_the_other(
    site: TwoControllers,
) -> None:
    site.enrol(FIRST)
    first = await site.start(FIRST)
    await register(first, site.folder)
    await site.start_gates()
    north = site.gates[NORTH]
    site.pass_by(*CARDS[:3])
    await first.counts(3)

    site.enrol(SECOND, FIRST)  # the root signs, a technician brings the list to both
    await first.alarms("controller-enrolled", SECOND)
    second = await site.start(SECOND)
    assert (await second.live()).learning, "gates are still to tell it"
    await second.has_learned()
    assert await second.count() == (3, 3, 3)
    await second.alarms("controllers-changed", NORTH)
    period = SITE.retention.period_at(Kind.MOVEMENT, north.time.now_ns())
    assert set(north.keys.publics(period)) == {FIRST, SECOND}, "gates seal to both from now on"
    site.pass_by(CARDS[3])
    await first.counts(4)
    await second.counts(4)

    await first.kill()
    site.pass_by(CARDS[0], point=OUT)
    await second.counts(3)
    await second.alarms("controller-away", FIRST)

    site.wipe(FIRST)
    again = await site.start(FIRST)
    await again.has_learned()
    assert await again.count() == await second.count() == (3, 3, 3)
    await until(lambda: all(gate.uplink.delivered for gate in site.gates.values()), "gates know that it has all")

    for card in site.listed.controllers:
        assert await site.answer_to(SOUTH, card, "/peer/reference-key") == 403, "a gate is no controller"
    site.revoke(SOUTH, FIRST)  # at one; the other one is told by it
    await until(lambda: not site.gates[SOUTH].uplink.is_connected, "a revoked box is let in nowhere")
    await until(lambda: north.uplink.is_connected and north.controllers.listed.number == 3, "the other gate is")
    for card in site.listed.controllers:
        assert await site.answer_to(SOUTH, card, "/gate/policy/1") == 403
