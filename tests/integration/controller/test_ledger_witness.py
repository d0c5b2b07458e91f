"""A gate hears with the time where the ledger ends, and its word stands against a ledger that was cut off."""

from controller.ledger.head import read_head
from tests.integration.controller.conftest import MAIN, Premises, until


async def test_a_gate_is_a_witness_against_a_ledger_that_was_cut(one_premises: Premises) -> None:
    premises = one_premises
    file = premises.folder / "state" / "ledger.jsonl"
    async with premises.running() as controller:
        for hits in range(3):
            controller.ledger.append("canary-found", premises.clock.now_ns(), place="state", form="utf-8", hits=hits)
        await controller.witnesses.keep()
        async with premises.gate() as gate:
            await until(lambda: bool(gate.head), "a head with the time")
            seen = gate.head
            known = read_head(seen, MAIN, gate.enrolment.controller_keys()[MAIN]).number
            assert known == controller.ledger.number >= 3
            await gate.say(1, 0, heads=[seen])
            await until(lambda: bool(controller.truth.gates.lines()[0].last_heard_at), "the gate is heard")
            await controller.witnesses.keep()
            assert not controller.ledger.counts["ledger-cut"]
    file.write_bytes(file.read_bytes().splitlines(keepends=True)[0])
    (premises.folder / "vault" / "ledger.head").unlink()
    async with premises.running() as controller, premises.gate() as gate:
        await controller.witnesses.keep()
        await gate.say(2, 0, heads=[seen])
        await until(lambda: bool(controller.truth.gates.lines()[0].last_heard_at), "the gate is heard")
        await controller.witnesses.keep()
        cut = controller.ledger.last["ledger-cut"]
        assert (cut.facts["witness"], cut.facts["known_number"]) == ("north", known)
        assert ("ledger-cut", "north") in [(line.kind, line.gate) for line in controller.truth.alarms.lines()]
