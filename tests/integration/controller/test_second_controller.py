"""A second controller is enrolled at work, learns, and counts the same; either goes on without the other."""

import pytest

from contract.controllers import fingerprint
from contract.periods import Kind
from controller.domain.presence.chain import Evidence
from tests.integration.controller.conftest import until
from tests.integration.controller.two_controllers import (
    CARDS,
    FIRST,
    NORTH,
    OUT,
    SECOND,
    SITE,
    SOUTH,
    TwoControllers,
    register,
    site,
)

__all__ = ["site"]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


async def test_it_learns_what_was_sealed_before_it_came_and_either_goes_on_without_the_other(
    site: TwoControllers,
) -> None:
    site.enrol(FIRST)
    first = await site.start(FIRST)
    await register(first)
    await site.start_gates(first)
    north = site.gates[NORTH]
    site.pass_by(*CARDS[:3])
    await until(lambda: first.count() == (3, 3, 3), "the first counts three")
    assert await north.journal.flush()

    site.enrol(SECOND, FIRST)  # the root signs, a technician brings the list to both
    await until(lambda: first.assembly.membership.wire.listed.now.number == 2, "the first takes the list up")
    assert first.has_alarm("controller-enrolled", SECOND)
    enrolled = first.assembly.ledger.last["controller-enrolled"].facts
    card = first.assembly.membership.wire.listed.now.card_of(SECOND)
    assert card is not None
    assert enrolled == {"controller": SECOND, "list_number": 2, "fingerprint": fingerprint(card.verify_key)}

    second = await site.start(SECOND)
    assert second.learns
    assert second.count() == (None, None, None), "no exact figure as long as it learns"
    await until(lambda: not second.learns, "the second has learned")
    assert second.count() == first.count() == (3, 3, 3)
    assert second.assembly.reference.count_holders() == len(CARDS)
    assert second.assembly.truth.key_ring.missing == {}
    assert north.controllers.listed.number == 2
    period = SITE.retention.period_at(Kind.MOVEMENT, north.time.now_ns())
    assert set(north.keys.publics(period)) == {FIRST, SECOND}, "and gates seal to both from now on"

    site.pass_by(CARDS[3])
    await until(lambda: first.count() == second.count() == (4, 4, 4), "both count four")

    seen = next(first.assembly.truth.movements.presence.inside())
    await first.assembly.crisis.reconfirmations._marks.reconfirm(seen.holder, seen.area)

    def reconfirmed() -> bool:
        placed = second.assembly.truth.movements.presence.where(seen.holder)
        return placed is not None and placed.evidence is Evidence.RECONFIRMED

    await until(reconfirmed, "the second has the officer's mark")
    assert second.count() == (4, 4, 4)

    await first.stop()
    site.pass_by(CARDS[0], point=OUT)
    await until(lambda: second.count() == (3, 3, 3), "the second goes on alone")

    site.wipe(FIRST, vault=True)
    again = await site.start(FIRST)
    assert again.learns
    await until(lambda: not again.learns, "the first has learned everything again")
    assert again.count() == second.count() == (3, 3, 3)
    await until(lambda: all(gate.uplink.delivered for gate in site.gates.values()), "and gates know that it has all")

    for card in again.assembly.membership.wire.listed.now.controllers:
        assert await site.answer_to(SOUTH, card, "/peer/reference-key") == 403, "a gate is no controller"
    site.revoke(SOUTH, FIRST)  # at one; the other one is told by it
    await until(lambda: not site.gates[SOUTH].uplink.is_connected, "a revoked box is let in nowhere")
    await until(lambda: north.uplink.is_connected and north.controllers.listed.number == 3, "the other gate is")
    assert await site.answer_to(SOUTH, card, "/gate/policy/1") == 403
    assert second.assembly.ledger.last["gate-revoked"].facts["list_number"] == 3
