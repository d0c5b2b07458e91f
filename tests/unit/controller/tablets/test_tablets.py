"""Tablets: one-time codes, signed requests, revoking; commanders' keys; openings that are reported late."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from contract.clock import NS_PER_S
from contract.ids import AccountId, OperationId
from contract.periods import Kind, Retention
from controller.domain.disclosure import Copy, DisclosureReason, Form, Recipient, Register
from controller.domain.operation import OperationKind, Plan, Reason
from controller.domain.rights.roles import Role
from controller.domain.tablets import (
    AHEAD_NS,
    OLDEST_OPENING_NS,
    Opening,
    Tablet,
    TabletError,
    TabletFold,
    wanted_periods,
)
from controller.service.site.reference import ReferenceKey
from controller.service.tablets.enrolment import CODE_S, NoTabletError, Signed, Tablets
from controller.service.tablets.handed_lists import HandedLists
from controller.service.tablets.reports import Reports
from controller.service.tablets.roll_keys import SET, RollKeys
from tests.unit.controller.kept import SITE
from tests.unit.controller.office.premises import Premises

ADMINISTRATOR = AccountId("a" * 24)
OPENED = OperationId("0" * 24)
PATH = "/api/tablet/pulse"
WRAPPED = "halves under a passphrase"


class Held:
    """A tablet in somebody's hand, and a commander's key."""

    def __init__(self, folder: Path) -> None:
        self.premises = Premises(folder)
        centre = self.premises.centre
        self.clock, self.ledger, self.operations = centre.clock, centre.ledger, centre.operations
        self.tablets = Tablets(self.clock, self.ledger)
        officers = self.premises.office.officers
        self.keys = RollKeys(self.clock, self.ledger, self.premises.engine, ReferenceKey(bytes(32)), officers)
        self.reports = Reports(self.clock, centre.alarms, self.tablets, self.keys, self.operations)
        self.device, self.commander = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()

    def enrol(self, name: str = "north-1") -> None:
        code, _ = self.tablets.new_code(name, ADMINISTRATOR)
        self.tablets.enrol(code, self.device.public_key().public_bytes_raw())

    def ask(self, body: bytes = b"{}", later_s: float = 0, path: str = PATH) -> str:
        """Sign a request; return whose it is taken for when it arrives as one for PATH with a body of {}."""
        at_ms = (self.clock.now_ns() + round(later_s * NS_PER_S)) // 1_000_000
        texts = ("sacs/1", "tablet-request", "north-1", str(at_ms), "POST", path, hashlib.sha256(body).hexdigest())
        signature = self.device.sign("\0".join(texts).encode())
        return self.tablets.check(Signed("north-1", at_ms, signature), "POST", PATH, b"{}").id

    def opening(self, by: AccountId, ago_s: float = 0, ended_ago_s: float | None = None) -> tuple[Opening, bytes]:
        """What the tablet reports, signed by the commander."""
        now_ns = self.clock.now_ns()
        opened_ns = (now_ns - round(ago_s * NS_PER_S)) // 1_000_000 * 1_000_000
        ended_ns = None if ended_ago_s is None else now_ns - round(ended_ago_s * NS_PER_S)
        opening = Opening(OPENED, "north-1", by, Plan.EVACUATE, Reason.FIRE, opened_ns, ended_ns)
        return opening, self.commander.sign(
            "\0".join(("sacs/1", "sealed-roll-opened", *opening.signed_parts())).encode()
        )

    def with_key(self, *, fit: bool = True) -> AccountId:
        """A commander who has set his key."""
        premises = self.premises
        account = premises.fit(Role.COMMANDER) if fit else premises.account(Role.COMMANDER)
        roll = X25519PrivateKey.generate().public_key().public_bytes_raw()
        self.keys.set(account, roll, self.commander.public_key().public_bytes_raw(), WRAPPED)
        return account

    def kinds(self) -> list[str]:
        return self.ledger.kinds()


@pytest.fixture
def held(tmp_path: Path) -> Held:
    return Held(tmp_path)


def test_a_code_enrols_one_tablet_once_and_for_a_while(held: Held) -> None:
    code, until_ns = held.tablets.new_code("north-1", ADMINISTRATOR)
    assert until_ns == held.clock.now_ns() + CODE_S * NS_PER_S
    with pytest.raises(TabletError, match="not right"):
        held.tablets.enrol("0" * 20, bytes(32))
    with pytest.raises(TabletError, match="32 bytes"):
        held.tablets.enrol(code, bytes(31))
    held.tablets.enrol(f" {code.upper()} ", bytes(32))
    with pytest.raises(TabletError):
        held.tablets.enrol(code, bytes(32))
    older, _ = held.tablets.new_code("north-2", ADMINISTRATOR)
    newer, _ = held.tablets.new_code("north-2", ADMINISTRATOR)
    with pytest.raises(TabletError):
        held.tablets.enrol(older, bytes(32))
    held.premises.wait(CODE_S)
    with pytest.raises(TabletError):
        held.tablets.enrol(newer, bytes(32))
    with pytest.raises(TabletError, match="a-z"):
        held.tablets.new_code("Mr. Smith", ADMINISTRATOR)
    assert [tablet.id for tablet in held.tablets.fold.all()] == ["north-1"]


@pytest.mark.parametrize("wrong", [{"body": b"[]"}, {"path": "/api/tablet/marks"}])
def test_a_request_that_was_altered_is_nobodys(held: Held, wrong: dict[str, Any]) -> None:
    held.enrol()
    assert held.ask() == "north-1"
    with pytest.raises(NoTabletError) as refused:
        held.ask(**wrong)
    assert not refused.value.clock


@pytest.mark.parametrize("off_s", [AHEAD_NS / NS_PER_S + 1, -AHEAD_NS / NS_PER_S - 1])
def test_a_request_of_another_moment_is_told_so(held: Held, off_s: float) -> None:
    held.enrol()
    with pytest.raises(NoTabletError) as refused:
        held.ask(later_s=off_s)
    assert refused.value.clock


def test_a_revoked_or_replaced_tablet_is_nobody_and_a_restart_changes_nothing(held: Held) -> None:
    held.enrol()
    again = Tablets(held.clock, held.ledger)
    assert [tablet.id for tablet in again.fold.all()] == ["north-1"]
    before = held.device
    held.device = Ed25519PrivateKey.generate()
    held.enrol()
    held.device, new = before, held.device
    with pytest.raises(NoTabletError):
        held.ask()
    held.device = new
    assert held.ask() == "north-1"
    held.tablets.revoke("north-1", ADMINISTRATOR)
    with pytest.raises(NoTabletError):
        held.ask()
    with pytest.raises(TabletError):
        held.tablets.revoke("north-1", ADMINISTRATOR)


def test_a_device_that_takes_a_tablets_name_does_not_take_its_lists(held: Held) -> None:
    held.enrol()
    copies: Any = SimpleNamespace(register=Register())
    none: Any = None
    lists = HandedLists(held.clock, SITE, held.tablets, copies, held.operations, none, none, none)
    held.premises.wait(60)
    handed = Copy(
        1, OPENED, Form.TABLET, Recipient.WARDEN, DisclosureReason.ACCOUNT_FOR, (), 3, AccountId("b" * 24),
        held.clock.now_ns(), addressee="north-1/hall",
    )  # fmt: skip
    copies.register.put(handed)
    assert lists.held_by("north-1") == [handed]
    held.premises.wait(60)
    held.device = Ed25519PrivateKey.generate()
    held.enrol()
    assert lists.held_by("north-1") == [], "an administrator's own device, enrolled in its place, would see names"
    held.tablets.revoke("north-1", ADMINISTRATOR)
    assert lists.held_by("north-1") == []


@given(st.permutations(range(4)))
def test_entries_of_two_controllers_make_the_same_tablets_in_any_order(order: list[int]) -> None:
    lost, new = Tablet("north-1", b"lost", 1, ADMINISTRATOR), Tablet("north-1", b"new", 5, ADMINISTRATOR)
    other = Tablet("north-2", b"other", 2, ADMINISTRATOR)
    fold = TabletFold()
    entries: list[Callable[[], None]] = [
        lambda: fold.enrolled(lost),
        lambda: fold.revoked(b"lost"),
        lambda: fold.enrolled(other),
        lambda: fold.revoked(b"other"),
    ]
    for at in order:
        entries[at]()
    assert fold.all() == []
    fold.enrolled(new)
    fold.enrolled(lost)
    assert fold.all() == [new]
    fold.revoked(b"new")
    assert fold.find("north-1") is None, "and not the device that had its name before"


def test_a_key_that_was_removed_is_not_brought_back_by_what_another_controller_did_before(held: Held) -> None:
    commander = held.with_key()
    earlier_ns = held.clock.now_ns() + 1000
    held.premises.wait(60)
    assert held.keys.remove(commander, commander)
    held.ledger.append(SET, earlier_ns, account=commander, roll_key="00" * 32, signing_key="00" * 32)
    assert held.keys.of(commander) is None


def test_a_roll_is_sealed_to_commanders_who_may_see_names_and_to_nobody_else(held: Held) -> None:
    fit = held.with_key()
    held.with_key(fit=False)
    held.premises.fit(Role.COMMANDER)  # who has no key
    assert [key.account for key in held.keys.in_force()] == [fit]
    assert held.keys.of(fit) is not None
    assert WRAPPED not in repr(held.keys.of(fit))
    assert WRAPPED.encode() not in held.premises.path.read_bytes()
    with pytest.raises(TabletError):
        held.keys.set(fit, bytes(31), bytes(32), "{}")
    held.premises.office.officers.withdraw(fit, held.premises.account(Role.AUTHORIZING_OFFICER))
    assert held.keys.in_force() == []
    assert held.keys.remove(fit, fit)
    assert not held.keys.remove(fit, fit)


def test_an_opening_opens_an_emergency_from_its_own_moment_and_told_twice_it_is_one(held: Held) -> None:
    held.enrol()
    commander = held.with_key()
    opening, signature = held.opening(commander, ago_s=5400)
    for _ in range(2):
        operation = held.reports.opened(opening, signature)
        assert operation is not None
        assert (operation.id, operation.kind, operation.opened_ns) == (
            OPENED, OperationKind.EMERGENCY, opening.opened_ns,
        )  # fmt: skip
    assert held.kinds().count("sealed-roll-opened") == 1
    assert held.kinds().count("operation-opened") == 1
    assert held.operations.operation(OPENED).ends_ns > held.clock.now_ns(), "it lasts an hour from now"
    assert held.reports.may_mark("north-1", OPENED) == commander
    assert held.reports.may_mark("north-2", OPENED) is None
    assert "sealed-roll-opened" in held.premises.centre.alarm_kinds()


def test_where_one_is_open_already_both_are_one_and_the_tablet_marks_in_it(held: Held) -> None:
    held.enrol()
    commander = held.with_key()
    there = held.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, commander)
    held.premises.wait(60)
    operation = held.reports.opened(*held.opening(commander))
    assert operation is not None
    assert operation.opened_ns == there.opened_ns
    assert len(held.premises.centre.open()) == 1
    assert held.reports.may_mark("north-1", operation.id) == commander


def test_what_was_over_before_it_was_reported_is_on_record_and_opens_nothing(held: Held) -> None:
    held.enrol()
    commander = held.with_key()
    assert held.reports.opened(*held.opening(commander, ago_s=1200, ended_ago_s=60)) is None
    assert held.premises.centre.open() == []
    assert held.kinds()[-4:] == ["sealed-roll-opened", "operation-opened", "operation-renewed", "operation-closed"]
    assert held.reports.opened(*held.opening(commander, ago_s=1200, ended_ago_s=60)) is None


def test_what_ended_on_a_tablet_ends_no_operation_that_others_opened_meanwhile(held: Held) -> None:
    held.enrol()
    commander = held.with_key()
    held.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, commander)
    operation = held.reports.opened(*held.opening(commander, ago_s=1200, ended_ago_s=60))
    assert operation is not None
    assert operation.id == OPENED, "the earlier one is in front"
    assert len(held.premises.centre.open()) == 1


def test_a_tablet_alone_ends_nothing_after_its_opening_was_reported(held: Held) -> None:
    held.enrol()
    commander = held.with_key()
    assert held.reports.opened(*held.opening(commander, ago_s=60)) is not None
    assert held.reports.opened(*held.opening(commander, ago_s=60, ended_ago_s=0)) is not None
    assert len(held.premises.centre.open()) == 1


def test_what_is_older_than_any_record_is_on_record_and_opens_nothing(held: Held) -> None:
    held.enrol()
    commander = held.with_key()
    assert held.reports.opened(*held.opening(commander, ago_s=OLDEST_OPENING_NS / NS_PER_S + 60)) is None
    assert held.kinds()[-1] == "sealed-roll-opened"


def test_an_opening_that_no_commander_signed_or_of_the_future_is_refused(held: Held) -> None:
    held.enrol()
    commander = held.with_key()
    opening, signature = held.opening(commander)
    with pytest.raises(TabletError, match="no commander's key"):
        held.reports.opened(opening, signature[::-1])
    with pytest.raises(TabletError, match="no commander's key"):
        held.reports.opened(replace(opening, tablet="north-2"), signature)
    with pytest.raises(TabletError, match="no commander's key"):
        held.reports.opened(replace(opening, by=ADMINISTRATOR), signature)
    for words in ({"plan": "fly"}, {"reason": "because"}, {"id": OperationId("Zoe was here")}):
        odd = replace(opening, **words)
        signed = "\0".join(("sacs/1", "sealed-roll-opened", *odd.signed_parts())).encode()
        with pytest.raises(TabletError, match="no operation, plan or reason"):
            held.reports.opened(odd, held.commander.sign(signed))
    with pytest.raises(TabletError, match="future"):
        held.reports.opened(*held.opening(commander, ago_s=-300))
    ahead = held.reports.opened(*held.opening(commander, ago_s=-30))
    assert ahead is not None
    assert ahead.opened_ns <= held.clock.now_ns()


def test_whoever_opened_it_without_the_right_is_a_breach_that_is_alarmed(held: Held) -> None:
    held.enrol()
    assert held.reports.opened(*held.opening(held.with_key(fit=False))) is None
    assert "seen-without-right" in held.premises.centre.alarm_kinds()
    assert "sealed-roll-opened" in held.kinds()
    assert held.premises.centre.open() == [], "whoever may not see names opens no door and no name by a tablet"


def test_whose_right_was_withdrawn_ends_nothing_by_the_tablet_either(held: Held) -> None:
    held.enrol()
    commander = held.with_key()
    held.premises.fit(Role.COMMANDER)  # another one, for the last one can not be withdrawn
    assert held.reports.opened(*held.opening(commander, ago_s=60)) is not None
    for authorizing in [held.premises.account(Role.AUTHORIZING_OFFICER) for _ in range(2)]:
        withdrawn = held.premises.office.officers.withdraw(commander, authorizing)
    assert withdrawn, "while an operation is open it takes two"
    assert held.reports.opened(*held.opening(commander, ago_s=60, ended_ago_s=0)) is None
    assert len(held.premises.centre.open()) == 1


@given(st.integers(0, 40 * 365 * 86400), st.sampled_from([(3600, 86400), (60, 300), (600, 7200), (10, 20)]))
def test_a_tablet_holds_keys_of_all_that_lives_and_none_past_its_limit(now_s: int, settings: tuple[int, int]) -> None:
    retention = Retention(movement_period_s=settings[0], movement_keep_s=settings[1], settle_s=1)
    wanted = wanted_periods(retention, now_s * NS_PER_S)
    assert all(retention.dies_at_s(period) > now_s for period in wanted)
    assert all(one.next() == other for one, other in pairwise(wanted))
    present = retention.period_at(Kind.MOVEMENT, now_s * NS_PER_S)
    assert {present, present.next()} <= set(wanted)
    before = retention.period_at(Kind.MOVEMENT, max(0, wanted[0].start_s - 1) * NS_PER_S)
    assert before in wanted or retention.dies_at_s(before) <= now_s
