"""Officers against their rules: whoever tries whatever, in and out of operations, with restarts (L2)."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contract.clock import to_datetime
from contract.ids import AccountId
from controller.domain.operation import OperationError, Plan, Reason
from controller.domain.rights.acts import ActError
from controller.domain.rights.deeds import RULES, Deed, Sight
from controller.domain.rights.judge import is_fit, refusal
from controller.domain.rights.roles import SEES_MOVEMENTS, SEES_NO_MOVEMENTS, Role, excluding
from controller.service.officers.officers import NOBODY, NoSuchAccountError, Officers
from tests.unit.controller.centre import Centre

PEOPLE = [AccountId(f"{number:024x}") for number in range(6)]
who = st.sampled_from(PEOPLE)
some = st.integers(0, 15)
"""Chooses mostly among those who might do it, now and then anybody."""
roles = st.sampled_from(sorted(Role))
MOVEMENTS = [deed for deed in Deed if RULES[deed].sight is Sight.MOVEMENTS]


class ManyOfficers(RuleBasedStateMachine):
    """Six people. Each rule is somebody's try; what the rules forbid is refused and changes nothing."""

    @initialize()
    def begin(self) -> None:
        self.centre = Centre()
        self.version = "1"
        self.officers = self.start()
        for account in PEOPLE:
            self.officers.account_made(account, NOBODY)
        for account, role in zip(
            PEOPLE, (Role.ADMINISTRATOR, Role.AUTHORIZING_OFFICER, Role.COMMANDER, Role.COMMANDER), strict=False
        ):
            self.officers.first_role(account, role)
        for commander in PEOPLE[2:4]:
            self.officers.set_member(commander, PEOPLE[1], member=True)
            self.authorize(commander, PEOPLE[1], days=200)
            self.acknowledge(commander)

    def start(self) -> Officers:
        centre = self.centre
        return Officers(
            centre.clock, centre.ledger, centre.alarms, centre.operations.open_now,
            lambda: self.version,
        )  # fmt: skip

    def fit(self) -> set[AccountId]:
        """Who may see movements now: a member without such a role loses nothing when his membership ends."""
        now = self.officers.situation()
        return {
            each.account
            for each in self.officers.register.officers()
            if each.roles & SEES_MOVEMENTS and is_fit(each, now)
        }

    def one_of(self, number: int, *entitled: Role) -> AccountId:
        found = [each.account for role in entitled for each in self.officers.register.having(role)]
        return found[number % len(found)] if found and number < 12 else PEOPLE[number % len(PEOPLE)]

    @rule(account=who, role=roles, number=some)
    def give(self, account: AccountId, role: Role, number: int) -> None:
        by = self.one_of(number, Role.ADMINISTRATOR)
        self.attempt(lambda: self.officers.give_role(account, role, by), by)

    @rule(subject=some, role=roles, number=some)
    def take(self, subject: int, role: Role, number: int) -> None:
        account, by = self.one_of(subject, role), self.one_of(number, Role.ADMINISTRATOR)
        self.attempt(lambda: self.officers.take_role(account, role, by), by)

    @rule(subject=some, number=some, given=st.booleans())
    def name_authorizing(self, subject: int, number: int, given: bool) -> None:
        account = PEOPLE[subject % len(PEOPLE)] if given else self.one_of(subject, Role.AUTHORIZING_OFFICER)
        by = self.one_of(number, Role.ADMINISTRATOR, Role.AUTHORIZING_OFFICER)
        self.attempt(lambda: self.officers.name_authorizing_officer(account, by, given=given), by)

    @rule(account=who, number=some, member=st.booleans())
    def state_membership(self, account: AccountId, number: int, member: bool) -> None:
        by = self.one_of(number, Role.AUTHORIZING_OFFICER)
        self.attempt(lambda: self.officers.set_member(account, by, member=member), by)

    @rule(account=who, number=some, days=st.integers(-1, 400))
    def give_authorization(self, account: AccountId, number: int, days: int) -> None:
        self.authorize(account, self.one_of(number, Role.AUTHORIZING_OFFICER), days)

    def authorize(self, account: AccountId, by: AccountId, days: int) -> None:
        until = to_datetime(self.centre.clock.now_ns()) + timedelta(days=days)
        self.attempt(lambda: self.officers.authorize(account, "A/1", until, by), by)

    @rule(subject=some, number=some)
    def withdraw(self, subject: int, number: int) -> None:
        account = self.one_of(subject, Role.COMMANDER, Role.OPERATOR)
        by = self.one_of(number, Role.AUTHORIZING_OFFICER, Role.COMMANDER)
        commanders = {each.account for each in self.officers.register.having(Role.COMMANDER)}
        led = bool(self.fit() & commanders)
        self.attempt(lambda: self.officers.withdraw(account, by), by)
        assert not led or self.fit() & commanders, "a withdrawal always leaves a commander"

    @rule(account=who)
    def acknowledge(self, account: AccountId) -> None:
        self.attempt(lambda: self.officers.acknowledge(account, self.version), NOBODY)

    @rule(subject=some, number=some)
    def close(self, subject: int, number: int) -> None:
        account, by = self.one_of(subject, Role.COMMANDER), self.one_of(number, Role.ADMINISTRATOR)
        self.attempt(lambda: self.officers.close(account, by), by)

    @rule(number=some)
    def break_glass(self, number: int) -> None:
        by = self.one_of(number, Role.COMMANDER, Role.OPERATOR)
        self.attempt(lambda: self.officers.break_glass(by, self.version), by)

    @rule()
    def open_operation(self) -> None:
        try:
            self.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, PEOPLE[2])
        except OperationError:
            return

    @rule()
    def close_operations(self) -> None:
        for operation in self.centre.open():
            self.centre.operations.close(operation, PEOPLE[2])

    @rule(hours=st.sampled_from([0.1, 1.5, 13, 24 * 30]))
    def wait(self, hours: float) -> None:
        self.centre.wait(hours * 3600)
        self.centre.operations.tick()

    @rule()
    def new_text(self) -> None:
        self.version = str(int(self.version) + 1)

    def attempt(self, act: Callable[[], object], by: AccountId) -> None:
        """Let somebody try; see who lost and who won by it."""
        before, fit = {each.account: each for each in self.officers.register.officers()}, self.fit()
        asked = {each.by for each in self.officers.seconds.waiting()}
        entries = len(self.centre.ledger.all)
        try:
            act()
        except (ActError, NoSuchAccountError):
            assert len(self.centre.ledger.all) == entries, "what is refused leaves nothing"
        last = self.centre.ledger.all[-1]
        if len(self.centre.ledger.all) == entries:
            return
        facts = last.facts
        if last.kind not in {"briefing-acknowledged", "break-glass"}:
            assert facts["account"] not in {facts["by"], facts.get("second") or None}, "nobody acts about himself"
            assert by in {facts["by"], facts.get("second")}
        if facts.get("second") and last.kind != "break-glass":
            assert {facts["by"], facts["second"]} <= asked | {by}
            assert facts["by"] != facts["second"]
        if self.centre.open() and fit - self.fit():
            assert last.kind == "authorization-withdrawn", f"{last.kind} ended access in an operation"
            assert facts["second"]
        if last.kind == "role-given" and facts["role"] == Role.AUTHORIZING_OFFICER:
            pair = [before[AccountId(str(facts[name]))].roles for name in ("by", "second")]
            assert any(Role.ADMINISTRATOR in each for each in pair)
            assert any(Role.AUTHORIZING_OFFICER in each for each in pair)

    @invariant()
    def a_restart_changes_nothing(self) -> None:
        if hasattr(self, "officers"):
            again = self.start()
            self.centre.ledger.followers.pop()
            assert again.register.officers() == self.officers.register.officers()

    @invariant()
    def nobody_holds_what_excludes_each_other_and_the_site_keeps_its_first_two(self) -> None:
        if hasattr(self, "officers"):
            register = self.officers.register
            assert not [each for each in register.officers() if excluding(each.roles)]
            assert register.having(Role.ADMINISTRATOR)
            assert register.having(Role.AUTHORIZING_OFFICER)

    @invariant()
    def movements_are_for_members_of_the_right_role_only(self) -> None:
        if not hasattr(self, "officers"):
            return
        now = self.officers.situation()
        for officer in self.officers.register.officers():
            may = [deed for deed in MOVEMENTS if refusal(officer, deed, now) is None]
            if may:
                assert officer.member
                assert officer.roles & SEES_MOVEMENTS
                assert not officer.roles & SEES_NO_MOVEMENTS
                assert now.operations or may == [Deed.RECONFIRM]
                assert officer.authorization or officer.broke_glass_for & {each.id for each in now.operations}


TestManyOfficers = ManyOfficers.TestCase
TestManyOfficers.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
