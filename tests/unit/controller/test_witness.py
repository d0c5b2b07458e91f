"""Whoever cuts the ledger off is found out by what others have seen of it, and the controller goes on."""

import errno
from pathlib import Path

import pytest

from contract.clock import ManualClock
from contract.ids import ControllerId, EdgeId
from contract.messages import VERSION, LedgerHead
from contract.signing import BadSignatureError, sign
from controller.ledger import Ledger
from controller.ledger.head import read_head
from controller.service.alarms import Alarms
from controller.service.proof.witness import SIGN_EVERY_S, LedgerWitnesses
from tests.unit.controller.disk import failing
from tests.unit.controller.sources import at_ns, signer_of
from tests.unit.controller.test_ledger import MAIN, NOW_NS, SIGNER, say

NORTH, SOUTH = EdgeId("north"), EdgeId("south")


class Premises:
    """A controller's state and vault folder; `start` is a start of the program."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "state" / "ledger.jsonl"
        self.head_file = folder / "vault" / "ledger.head"
        self.head_file.parent.mkdir()
        self.clock = ManualClock(NOW_NS)
        self.said = 0

    def begin(self) -> None:
        self.alarms = Alarms()
        self.ledger = Ledger(self.file, MAIN, SIGNER)
        self.witnesses = LedgerWitnesses(self.ledger, MAIN, self.clock, self.alarms, self.head_file)
        self.witnesses.begin()

    async def start(self) -> "Premises":
        self.begin()
        await self.witnesses.keep()
        return self

    async def grow(self, entries: int) -> bytes:
        """Append, and return the head that gates then hear of."""
        for _ in range(entries):
            self.said += 1
            say(self.ledger, "even", 0, self.said)
        await self.witnesses.keep()
        return self.witnesses.head

    def cut(self, lines: int) -> None:
        """Somebody removes the last lines from the file."""
        kept = self.file.read_bytes().splitlines(keepends=True)[:-lines]
        self.file.write_bytes(b"".join(kept))

    def raised(self) -> list[tuple[str, str]]:
        return [(line.kind, line.place) for line in self.alarms.lines()]

    def cuts(self) -> list[tuple[object, ...]]:
        found = [entry.facts for entry in self.ledger.entries() if entry.kind == "ledger-cut"]
        return [(cut["witness"], cut["known_number"], cut["found_number"]) for cut in found]


@pytest.fixture
async def premises(tmp_path: Path) -> Premises:
    return await Premises(tmp_path).start()


async def test_a_head_is_signed_and_kept_after_entries_and_each_minute(premises: Premises) -> None:
    first = await premises.grow(3)
    head = read_head(first, MAIN, SIGNER.public_key())
    assert (head.number, head.line_hash.hex()) == (3, premises.ledger.hash_at(3))
    assert premises.head_file.read_bytes() == first
    await premises.witnesses.keep()
    assert premises.witnesses.head == first
    premises.clock.advance_to(NOW_NS + at_ns(SIGN_EVERY_S))
    assert await premises.grow(0) != first
    assert premises.head_file.read_bytes() == premises.witnesses.head


async def test_an_untouched_ledger_is_never_suspected(premises: Premises) -> None:
    heads = [await premises.grow(1) for _ in range(5)]
    for data in heads:
        premises.witnesses.hear(NORTH, [data])
    await premises.start()
    for data in heads:
        premises.witnesses.hear(SOUTH, [data])
        await premises.witnesses.keep()
    assert premises.raised() == []
    assert premises.ledger.number == 5


@pytest.mark.parametrize("lines", [1, 4, 5])
async def test_the_vaults_head_tells_that_the_end_is_gone(premises: Premises, lines: int) -> None:
    await premises.grow(5)
    premises.cut(lines)
    await premises.start()
    assert premises.raised() == [("ledger-cut", "vault")]
    assert premises.cuts() == [("vault", 5, 5 - lines)]
    await premises.start()
    assert premises.raised() == []
    assert len(premises.cuts()) == 1


async def test_a_gate_tells_it_where_the_vaults_head_is_gone_too(premises: Premises) -> None:
    seen = await premises.grow(5)
    premises.cut(2)
    premises.head_file.unlink()
    await premises.start()
    assert premises.raised() == []
    for gate in (NORTH, SOUTH, NORTH):
        premises.witnesses.hear(gate, [seen])
        await premises.witnesses.keep()
    assert premises.raised() == [("ledger-cut", "north")]
    assert premises.cuts() == [("north", 5, 3)]
    await premises.start()
    premises.witnesses.hear(SOUTH, [seen])
    await premises.witnesses.keep()
    assert len(premises.cuts()) == 1


async def test_entries_that_were_replaced_by_others_are_found_too(premises: Premises) -> None:
    seen = await premises.grow(5)
    premises.cut(2)
    premises.head_file.unlink()
    await premises.start()
    await premises.grow(9)
    premises.witnesses.hear(NORTH, [seen])
    await premises.witnesses.keep()
    assert premises.cuts() == [("north", 5, 12)]


async def test_a_forged_head_is_refused_and_accuses_nobody(premises: Premises) -> None:
    await premises.grow(2)
    forged = sign(LedgerHead(VERSION, MAIN, 9, bytes(32), 0), MAIN, signer_of("north"))
    with pytest.raises(BadSignatureError):
        premises.witnesses.hear(NORTH, [forged])
    second = ControllerId("second")
    anothers = sign(LedgerHead(VERSION, second, 9, bytes(32), 0), second, signer_of("second"))
    premises.witnesses.hear(NORTH, [anothers])
    await premises.witnesses.keep()
    assert premises.raised() == []


async def test_a_damaged_head_beside_the_vault_is_a_breach_of_its_own(premises: Premises) -> None:
    await premises.grow(2)
    premises.head_file.write_bytes(b"damaged")
    await premises.start()
    assert premises.raised() == [("ledger-witness-damaged", "vault")]
    assert premises.ledger.last["ledger-witness-damaged"].number == 3
    await premises.start()
    assert premises.raised() == []


async def test_what_the_disk_refuses_is_tried_again(premises: Premises) -> None:
    await premises.grow(5)
    premises.cut(2)
    premises.begin()
    with failing(0, OSError(errno.ENOSPC, "No space left")), pytest.raises(OSError, match="No space"):
        await premises.witnesses.keep()
    assert premises.cuts() == []
    await premises.witnesses.keep()
    assert premises.cuts() == [("vault", 5, 3)]
