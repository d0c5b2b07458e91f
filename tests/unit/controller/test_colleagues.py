"""Who the controllers are is an entry of the ledger with each list, and each newcomer an alarm (L6)."""

from pathlib import Path

import msgspec
import pytest

from contract.clock import ManualClock
from contract.controllers import fingerprint
from contract.ids import ControllerId
from contract.topics import HEALTH
from controller.ledger import Ledger
from controller.pki.listed import Listed
from controller.pki.root import LIST, Root
from controller.service.alarms import Alarms
from controller.service.site.colleagues import Colleagues
from tests.unit.controller.pki.site_root import SITE, Named, carry
from tests.unit.controller.sources import MAIN, at_ns, signer_of

SECOND, THIRD = ControllerId("second"), ControllerId("third")


class Office:
    """A controller's list with its ledger and alarms."""

    def __init__(self, folder: Path, main: Named, root: Root) -> None:
        self.clock = ManualClock(at_ns(1_800_000_000))
        self.alarms = Alarms()
        self.ledger = Ledger(folder / "ledger.jsonl", MAIN, signer_of("controller"))
        self.listed = Listed(folder / "state", root.site, main.card)
        self.colleagues = Colleagues(self.listed, self.ledger, self.alarms, self.clock)

    def entries(self) -> list[tuple[str, object]]:
        return [(e.kind, e.facts.get("controller") or e.facts["list_number"]) for e in self.ledger.entries()]

    def raised(self) -> list[tuple[str, str]]:
        return [(line.kind, line.place) for line in self.alarms.lines()]


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root.make(tmp_path / "root", SITE)


@pytest.fixture
def main() -> Named:
    return Named(MAIN)


def test_each_list_and_each_newcomer_is_written_down_once(tmp_path: Path, root: Root, main: Named) -> None:
    second = Named(SECOND)
    root.enrol([main.card])
    carry(root, tmp_path / "state")
    office = Office(tmp_path, main, root)
    assert office.entries() == [("controllers-listed", 1)]
    assert office.raised() == []
    root.enrol([second.card])
    carry(root, tmp_path / "state")
    assert office.colleagues.look()
    assert not office.colleagues.look()
    added = [("controller-enrolled", SECOND), ("controllers-listed", 2)]
    assert office.entries()[1:] == added
    assert office.raised() == [("controller-enrolled", SECOND)]
    enrolled = office.ledger.last["controller-enrolled"].facts
    assert enrolled["fingerprint"] == fingerprint(second.card.verify_key)
    root.revoke_gate(bytes(32))
    root.remove(SECOND)
    assert office.colleagues.take((root.folder / LIST).read_bytes()), "another controller passes it on"
    assert office.entries()[3:] == [("controller-removed", SECOND), ("gate-revoked", 4), ("controllers-listed", 4)]
    assert Office(tmp_path, main, root).entries() == office.entries(), "a restart says nothing twice"


def test_a_list_that_came_while_it_was_away_is_written_down_at_the_start(
    tmp_path: Path, root: Root, main: Named
) -> None:
    root.enrol([main.card])
    carry(root, tmp_path / "state")
    Office(tmp_path, main, root)
    root.enrol([Named(SECOND).card, Named(THIRD).card])
    carry(root, tmp_path / "state")
    office = Office(tmp_path, main, root)
    assert set(office.raised()) == {("controller-enrolled", SECOND), ("controller-enrolled", THIRD)}


def test_a_forged_or_older_list_is_an_alarm_and_changes_nothing(tmp_path: Path, root: Root, main: Named) -> None:
    root.enrol([main.card])
    old = (root.folder / LIST).read_bytes()
    root.enrol([Named(SECOND).card])
    carry(root, tmp_path / "state")
    office = Office(tmp_path, main, root)
    entries = office.entries()
    (tmp_path / "state" / LIST).write_bytes(b"forged")
    assert not office.colleagues.look()
    assert not office.colleagues.take(old)
    assert ("list-refused", MAIN) in office.raised()
    assert office.entries() == entries
    assert office.listed.now.number == 2


@pytest.mark.parametrize(
    ("number", "sealed_to", "is_alarming"),
    [(1, [MAIN], False), (1, [], False), (2, [MAIN], True), (1, [MAIN, SECOND], True)],
    ids=["the same", "has no keys yet", "a newer list", "somebody else"],
)
def test_a_gate_that_seals_to_somebody_else_is_an_alarm(
    tmp_path: Path, root: Root, main: Named, number: int, sealed_to: list[ControllerId], *, is_alarming: bool
) -> None:
    root.enrol([main.card])
    carry(root, tmp_path / "state")
    office = Office(tmp_path, main, root)
    health = msgspec.structs.replace(HEALTH.example, list_number=number, sealed_to=sealed_to)
    office.colleagues.hear(health)  # type: ignore[arg-type]
    assert (("gate-follows-newer-list", "north") in office.raised()) == is_alarming
