"""What the ledger says of the law: what stands until an auditor has noted it, receipts, copies, addressees."""

import pytest

from contract.clock import ManualClock, to_datetime
from contract.ids import AccountId
from controller.domain.violations import Rule
from controller.law.facts import Copies
from controller.law.record import LATE_S, NothingToNoteError, Record
from tests.unit.controller.sources import at_ns
from tests.unit.controller.written import Written

NOW_S = 1_800_000_000
AUDITOR = AccountId("a" * 24)


class Scene:
    def __init__(self) -> None:
        self.ledger = Written()
        self.record = Record(ManualClock(at_ns(NOW_S)), self.ledger)

    def write(self, kind: str, **facts: str | int) -> int:
        return self.ledger.append(kind, at_ns(NOW_S), **facts).number

    def again(self) -> Record:
        return Record(ManualClock(at_ns(NOW_S)), self.ledger)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_breach_stands_until_it_is_noted_also_after_a_restart(scene: Scene) -> None:
    number = scene.write("breach-found", violation="gate-twice", rule="L6", place="north")
    scene.write("finding-over", violation="gate-twice", number=number)
    for record in (scene.record, scene.again()):
        assert [(each.number, each.blame) for each in record.standing()] == [(number, "breach")]
        assert record.standing_by_rule() == {Rule.L6: 1}
    scene.record.note(number, AUDITOR)
    assert scene.ledger.all[-1].facts == {"number": number, "by": AUDITOR}
    assert scene.record.standing() == scene.again().standing() == []
    with pytest.raises(NothingToNoteError):
        scene.record.note(number, AUDITOR)


def test_whatever_is_no_breach_or_fault_can_not_be_noted(scene: Scene) -> None:
    number = scene.write("briefing-acknowledged", account=AUDITOR, version="1")
    with pytest.raises(NothingToNoteError):
        scene.record.note(number, AUDITOR)


@pytest.mark.parametrize(
    ("kind", "facts", "rule"),
    [
        ("access-refused", {"by": AUDITOR, "deed": "see-roll", "refusal": "role", "attempts": 1}, Rule.L2),
        ("fault-found", {"violation": "video-outlived", "rule": "L5", "place": "north"}, Rule.L5),
        ("hand-over-failed", {"operation": "o", "copy": 1, "addressee": "a"}, Rule.L3),
        ("canary-found", {"place": "p", "form": "utf-8", "hits": 1}, Rule.L7),
        ("ledger-altered", {"line": 3, "set_aside": "x", "sha256": "y"}, Rule.L6),
    ],
)
def test_each_breach_and_fault_counts_against_its_rule(
    scene: Scene, kind: str, facts: dict[str, str | int], rule: Rule
) -> None:
    scene.write(kind, **facts)
    assert scene.record.standing_by_rule() == {rule: 1}


def test_how_late_keys_died_is_kept(scene: Scene) -> None:
    for late_s in (0.5, LATE_S, LATE_S + 1, 2.0):
        scene.write(
            "key-destroyed",
            period_kind="movement",
            period_start="x",
            period_s=3600,
            planned=to_datetime(at_ns(NOW_S)).isoformat(),
            key_gone=to_datetime(at_ns(NOW_S + late_s)).isoformat(),
            rows_gone=to_datetime(at_ns(NOW_S + 100)).isoformat(),
            records=1,
            rows_before=0,
            rows=1,
            became_unnamed=0,
            vault="file",
        )
    assert (scene.record.latest_death_s, scene.record.late_deaths) == (LATE_S + 1, 1)
    death = scene.record.last_death()
    assert death is not None
    assert (death.entry, death.kind) == (4, "movement")


def test_copies_are_out_until_they_are_back_or_destroyed(scene: Scene) -> None:
    for copy in (1, 2, 3):
        scene.write(
            "disclosure-made", operation="o", copy=copy, form="print", recipient="warden", reason="muster", areas="all",
            persons=3, by=AUDITOR,
        )  # fmt: skip
    scene.write("disclosure-returned", operation="o", copy=1, by=AUDITOR)
    scene.write("disclosure-destroyed", operation="o", copy=2, by=AUDITOR)
    assert scene.record.copies == scene.again().copies == Copies(3, back=2, handed_over=0, out=1)


def test_a_hand_over_stays_with_who_goes_on_and_is_never_out(scene: Scene) -> None:
    scene.write(
        "disclosure-made", operation="o", copy=1, form="hand-over", recipient="crisis-team", reason="before-limit",
        areas="", persons=3, by="", addressee="crisis-team", period_start="2027-01-15T08:00:00+00:00",
    )  # fmt: skip
    assert scene.record.copies == scene.again().copies == Copies(1, back=0, handed_over=1, out=0)


def test_the_standing_order_is_counted(scene: Scene) -> None:
    for addressee in ("a", "b"):
        scene.write(
            "addressee-set", addressee=addressee, recipient="crisis-team", way="folder", address="x", certificate="y",
            by=AUDITOR,
        )  # fmt: skip
    scene.write("addressee-removed", addressee="a", by=AUDITOR)
    assert scene.record.addressees == scene.again().addressees == 1
