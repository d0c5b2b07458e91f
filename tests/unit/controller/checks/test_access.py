"""Every look at movements is judged again from the ledger alone: without a right at that moment it is a breach."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.clock import NS_PER_S, ManualClock, to_datetime
from contract.ids import AccountId, ControllerId, OperationId
from controller.domain.rights.deeds import Deed
from controller.domain.violations import Violation
from controller.ledger import Entry
from controller.ledger.entry import encode_line
from controller.ledger.told import TOLD
from controller.service.alarms import Alarms
from controller.service.proof.checks.access import Access
from controller.service.proof.checks.check import Finding
from controller.service.proof.checks.watch import BREACH_FOUND, Watch
from controller.service.proof.trail import Trail
from tests.unit.controller.sources import at_ns
from tests.unit.controller.written import Written

START_S = 1_800_000_000
ANNA, CARL = AccountId("a" * 24), AccountId("c" * 24)
DRILL, SEARCH = OperationId("d" * 24), OperationId("e" * 24)


class Scene:
    """Anna, an operator, has all rights; Carl, a commander, opens operations."""

    def __init__(self) -> None:
        self.clock = ManualClock(at_ns(START_S))
        self.ledger = Written()
        self.trail = Trail(self.clock, self.ledger, Alarms())
        self.check = Access(self.clock, self.ledger, self.trail)
        self.write("account-made", account=ANNA, by=CARL)
        self.write("role-given", account=ANNA, role="operator", by=CARL, second="")
        self.write("member-confirmed", account=ANNA, by=CARL)
        self.authorize()
        self.write("briefing-acknowledged", account=ANNA, version="1")

    def write(self, kind: str, **facts: str | int) -> None:
        self.ledger.append(kind, self.clock.now_ns(), **facts)

    def authorize(self) -> None:
        until = to_datetime(at_ns(START_S + 86400)).isoformat()
        self.write("authorization-given", account=ANNA, by=CARL, instrument="DSS/2026/1", until=until)

    def open(self, id_: OperationId, what: str, reason: str, trigger: str = "commander") -> None:
        plan = {} if what == "search" else {"plan": "evacuate"}
        by = f"{CARL} {'b' * 24}" if trigger == "commander" else ""
        figures = {"inside": 1, "named": 1, "unnamed": 0}
        self.write(
            "operation-opened", operation=id_, what=what, reason=reason, trigger=trigger, source="", by=by, **plan,
            **figures,
        )  # fmt: skip

    def close(self, id_: OperationId) -> None:
        figures = {"inside": 1, "named": 1, "unnamed": 0}
        self.write("operation-closed", operation=id_, ending="commander", by=CARL, **figures)

    def later(self, seconds: float) -> None:
        self.clock.advance_to(self.clock.now_ns() + round(seconds * NS_PER_S))

    def see(self, deed: Deed = Deed.SEE_ROLL, by: AccountId = ANNA) -> None:
        self.trail.seen(by, deed, DRILL, 3)

    async def breaches(self) -> int:
        found = await self.check.look()
        assert all(finding.violation is Violation.SEEN_WITHOUT_RIGHT for finding in found)
        return len(found)


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.open(DRILL, "drill", "planned-drill")
    return scene


async def test_whoever_has_every_right_is_no_breach(scene: Scene) -> None:
    scene.see()
    assert await scene.breaches() == 0


async def test_a_look_outside_any_operation_is_a_breach(scene: Scene) -> None:
    scene.close(DRILL)
    scene.see()
    assert await scene.breaches() == 1


async def test_a_look_after_the_hour_that_nobody_renewed_is_a_breach(scene: Scene) -> None:
    scene.later(3599)
    scene.see()
    assert await scene.breaches() == 0
    scene.later(1)
    scene.see()
    assert await scene.breaches() == 1


async def test_a_renewed_operation_goes_on(scene: Scene) -> None:
    scene.later(3000)
    scene.write("operation-renewed", operation=DRILL, by=CARL, inside=1, named=1, unnamed=0)
    scene.later(3000)
    scene.see()
    assert await scene.breaches() == 0


async def test_a_search_for_a_person_in_a_drill_is_a_breach(scene: Scene) -> None:
    scene.see(Deed.SEARCH_PERSON)
    assert await scene.breaches() == 1
    scene.open(SEARCH, "search", "missing-person")
    scene.see(Deed.SEARCH_PERSON)
    assert await scene.breaches() == 1


async def test_names_before_they_open_are_a_breach_unless_a_commander_confirmed() -> None:
    scene = Scene()
    scene.open(DRILL, "emergency", "fire", "fire-input")
    scene.see()
    assert await scene.breaches() == 1
    scene.write("operation-confirmed", operation=DRILL, by=CARL)
    scene.see()
    assert await scene.breaches() == 1


@pytest.mark.parametrize(
    ("kind", "facts"),
    [
        ("authorization-withdrawn", {"account": ANNA, "by": CARL, "second": ""}),
        ("member-left", {"account": ANNA, "by": CARL}),
        ("role-taken", {"account": ANNA, "role": "operator", "by": CARL, "second": ""}),
        ("account-closed", {"account": ANNA, "by": CARL}),
    ],
)
async def test_a_look_after_a_right_was_lost_is_a_breach(scene: Scene, kind: str, facts: dict[str, str]) -> None:
    scene.see()
    scene.write(kind, **facts)
    scene.see()
    assert await scene.breaches() == 1


async def test_a_look_by_an_account_that_never_was_is_a_breach(scene: Scene) -> None:
    scene.see(by=AccountId("f" * 24))
    assert await scene.breaches() == 1


async def test_a_look_that_was_written_late_is_judged_by_its_own_time(scene: Scene) -> None:
    scene.ledger.fails = True
    scene.see()
    scene.ledger.fails = False
    scene.later(10)
    scene.close(DRILL)
    assert await scene.breaches() == 0  # settled by the check itself
    assert scene.ledger.kinds()[-1] == "movement-seen"


async def test_a_breach_is_told_once_also_after_a_restart_and_stands_for_an_hour(scene: Scene) -> None:
    scene.see(by=AccountId("f" * 24))
    watch = Watch(scene.clock, scene.ledger, Alarms(), [scene.check])
    await watch.look_once(scene.check)
    await watch.look_once(scene.check)
    assert scene.ledger.counts[BREACH_FOUND] == 1
    again = Access(scene.clock, scene.ledger, scene.trail)
    assert await again.look() == set()
    scene.later(3601)
    assert await scene.breaches() == 0


async def test_a_breach_that_nobody_was_told_of_is_found_at_the_next_start(scene: Scene) -> None:
    scene.see(by=AccountId("f" * 24))
    again = Access(scene.clock, scene.ledger, scene.trail)
    number = len(scene.ledger.all)
    assert await again.look() == {Finding(Violation.SEEN_WITHOUT_RIGHT, place=f"entry {number}")}


async def test_a_deed_that_does_not_exist_was_nobodys_right(scene: Scene) -> None:
    scene.write("movement-seen", by=ANNA, deed="see-attendance", operation=DRILL, persons=1)
    assert await scene.breaches() == 1


async def test_an_operation_whose_beginning_is_lost_gives_no_right_and_breaks_nothing(scene: Scene) -> None:
    scene.close(DRILL)
    scene.write("operation-renewed", operation=SEARCH, by=CARL, inside=1, named=1, unnamed=0)
    scene.see()
    assert await scene.breaches() == 1


async def test_broken_glass_gives_a_right_to_both_for_that_operation_and_that_long() -> None:
    scene = Scene()
    bert = AccountId("b" * 24)
    for account in (ANNA, bert):
        scene.write("account-made", account=account, by=CARL)
        scene.write("role-given", account=account, role="operator", by=CARL, second="")
        scene.write("member-confirmed", account=account, by=CARL)
    scene.open(DRILL, "drill", "planned-drill")
    until = to_datetime(scene.clock.now_ns() + 600 * NS_PER_S).isoformat()
    scene.write("break-glass", first=ANNA, second=bert, operations=DRILL, until=until, version="1")
    scene.see(by=ANNA)
    scene.see(by=bert)
    assert await scene.breaches() == 0
    scene.later(599)
    scene.see(by=bert)
    assert await scene.breaches() == 0
    scene.later(1)
    scene.see(by=ANNA)
    assert await scene.breaches() == 1
    scene.close(DRILL)
    scene.open(SEARCH, "search", "missing-person")
    scene.see(by=bert)
    assert await scene.breaches() == 2


async def test_a_withdrawal_ends_what_broken_glass_gave() -> None:
    scene = Scene()
    over = to_datetime(scene.clock.now_ns() - NS_PER_S).isoformat()
    scene.write("authorization-given", account=ANNA, instrument="A/1", until=over, by=CARL)
    scene.open(DRILL, "drill", "planned-drill")
    until = to_datetime(scene.clock.now_ns() + 600 * NS_PER_S).isoformat()
    scene.write("break-glass", first=ANNA, second=CARL, operations=DRILL, until=until, version="1")
    scene.see()
    assert await scene.breaches() == 0
    scene.write("authorization-withdrawn", account=ANNA, by=CARL, second="")
    scene.see()
    assert await scene.breaches() == 1


async def test_what_another_controller_entered_counts_from_when_it_was_heard_of() -> None:
    scene = Scene()
    signer = Ed25519PrivateKey.generate()

    def told(after_s: int, kind: str, **facts: str | int) -> None:
        """Another controller entered it, and so many seconds later it is heard of here."""
        entry = Entry(1, to_datetime(scene.clock.now_ns()).isoformat(), "", kind, dict(facts))
        line = encode_line(entry, ControllerId("other"), signer).decode()
        scene.clock.advance_to(scene.clock.now_ns() + after_s * NS_PER_S)
        scene.write(TOLD, controller="other", number=1, entered=kind, line=line)

    opening = {"what": "drill", "plan": "evacuate", "reason": "planned-drill", "trigger": "commander", "source": ""}
    figures = {"inside": 1, "named": 1, "unnamed": 0}
    told(1, "operation-opened", operation=DRILL, by=f"{CARL} {'b' * 24}", **opening, **figures)
    scene.see()
    assert await scene.breaches() == 0, "an operation and an officer of another controller"
    told(1, "authorization-withdrawn", account=ANNA, by=CARL, second="")
    assert await scene.breaches() == 0
    scene.see()
    assert await scene.breaches() == 1
    scene.write("withdrawal-without-effect", account=ANNA, controller="other", withdrawn="2027-01-15T08:00:02+00:00")
    scene.see()
    assert await scene.breaches() == 1, "she has her rights again"
