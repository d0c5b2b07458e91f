"""Officers: acts about roles, authorizations and briefings, each an entry in the ledger, from which all is folded.

Belongs here: carrying acts out, and the second officer that some of them need. Does not belong here: the rules
(domain/rights), names and passwords (accounts.py), or who is signed in (sessions.py).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from contract.clock import NS_PER_S, Clock, from_datetime, to_datetime
from contract.ids import AccountId, ControllerId
from controller.domain.operation import Operation
from controller.domain.rights import acts
from controller.domain.rights import register as kinds
from controller.domain.rights.acts import ActError, Objection
from controller.domain.rights.judge import Situation
from controller.domain.rights.merged import HEARD, MergedRegister, Withdrawal
from controller.domain.rights.officer import Officer
from controller.domain.rights.register import Register
from controller.domain.rights.roles import Role
from controller.ledger import Entry, Fact, Ledger
from controller.ledger.told import TOLD, entry_of, said_of
from controller.service.alarms import Alarms
from controller.service.officers.seconds import Ask, Seconds

NOBODY: Final = AccountId("")
"""In an entry: the first accounts are made by whoever started the controller, and some acts need no second officer."""
NEW_WAY_IN: Final = "new-way-in"
NAMING: Final = "naming"
UNNAMING: Final = "unnaming"
WITHDRAWAL: Final = "withdrawal"
BREAKING_GLASS: Final = "break-glass"


class NoSuchAccountError(LookupError):
    """No open account with that id."""


class Officers:
    """Carries acts out. They raise ActError for what can not be done, NoSuchAccountError, and OSError for the disk.

    `operations`: those that are open at a moment. `briefing_version`: of today's text.
    """

    def __init__(
        self,
        clock: Clock,
        ledger: Ledger,
        alarms: Alarms,
        operations: Callable[[int], tuple[Operation, ...]],
        briefing_version: Callable[[], str],
    ) -> None:
        self._clock = clock
        self._ledger = ledger
        self._alarms = alarms
        self._operations = operations
        self._briefing_version = briefing_version
        self.kept_elsewhere: Callable[[], str | None] = lambda: None
        """Returns the name of the controller at which rights are given, if it is not this one."""
        self.merged: Final = MergedRegister()
        self.seconds: Final = Seconds(clock)
        """Acts that wait for a second officer."""
        self._noted: set[Withdrawal] = set()
        """The withdrawals without effect that stand in the ledger."""
        ledger.follow(self._take, self._take_new)

    @property
    def register(self) -> Register:
        """All officers, as the entries of all controllers make them."""
        return self.merged.now

    def situation(self) -> Situation:
        """Return what holds now."""
        now_ns = self._clock.now_ns()
        return Situation(now_ns, self._operations(now_ns), self._briefing_version())

    def officer(self, account: AccountId) -> Officer:
        """Return one. Raises NoSuchAccountError."""
        found = self.register.officer(account)
        if found is None:
            raise NoSuchAccountError("no open account has that id")
        return found

    def leads(self, account: AccountId) -> bool:
        """Return whether command of an operation can go to that account: a commander's, and open."""
        found = self.register.officer(account)
        return found is not None and Role.COMMANDER in found.roles

    def account_made(self, account: AccountId, by: AccountId) -> None:
        """Put on record that an account was made; only from then on can it be used."""
        self.must_keep()
        self._enter(kinds.ACCOUNT_MADE, account=account, by=by)

    def first_role(self, account: AccountId, role: Role) -> None:
        """Give the first officer of a role his role; nobody else could."""
        self._enter(kinds.ROLE_GIVEN, account=account, role=role.value, by=NOBODY, second=NOBODY)

    def close(self, account: AccountId, by: AccountId) -> None:
        """Close an account for good."""
        self.must_keep()
        acts.check_closing(self.officer(account), self.officer(by), self.register, self.situation())
        self._enter(kinds.ACCOUNT_CLOSED, account=account, by=by, **self._heard())

    def give_role(self, account: AccountId, role: Role, by: AccountId) -> None:
        """Give a role, if it is not there yet."""
        self.must_keep()
        subject = self.officer(account)
        acts.check_role_given(subject, role, self.officer(by))
        if role not in subject.roles:
            self._enter(kinds.ROLE_GIVEN, account=account, role=role.value, by=by, second=NOBODY)

    def take_role(self, account: AccountId, role: Role, by: AccountId) -> None:
        """Take a role, if it is there."""
        self.must_keep()
        subject = self.officer(account)
        acts.check_role_taken(subject, role, self.officer(by), self.register, self.situation())
        if role in subject.roles:
            self._enter(kinds.ROLE_TAKEN, account=account, role=role.value, by=by, second=NOBODY, **self._heard())

    def name_authorizing_officer(self, account: AccountId, by: AccountId, *, given: bool) -> bool:
        """Make somebody an authorizing officer, or no longer; return False while another one has to join."""
        self.must_keep()

        def check(first: Officer, second: Officer | None) -> None:
            acts.check_naming(self.officer(account), first, second, self.register, given=given)

        first = self._joined(Ask(NAMING if given else UNNAMING, account), by, check)
        if first is None:
            return False
        kind = kinds.ROLE_GIVEN if given else kinds.ROLE_TAKEN
        self._enter(kind, account=account, role=Role.AUTHORIZING_OFFICER.value, by=first, second=by)
        return True

    def new_way_in(self, account: AccountId, by: AccountId) -> bool:
        """Allow a code for setting a password anew; return False while another one has to join."""
        self.must_keep()
        first = self._joined(
            Ask(NEW_WAY_IN, account), by, lambda one, two: acts.check_new_way_in(self.officer(account), one, two)
        )
        if first is None:
            return False
        self._enter("sign-in-reset", account=account, by=first, second=by if first != by else NOBODY)
        return True

    def set_member(self, account: AccountId, by: AccountId, *, member: bool) -> None:
        """State that somebody belongs to the security department, or no longer."""
        self.must_keep()
        subject = self.officer(account)
        acts.check_membership(subject, self.officer(by), self.register, self.situation(), member=member)
        if subject.member is not member:
            kind, known = (kinds.MEMBER_CONFIRMED, {}) if member else (kinds.MEMBER_LEFT, self._heard())
            self._enter(kind, account=account, by=by, **known)

    def authorize(self, account: AccountId, instrument: str, until: datetime, by: AccountId) -> None:
        """Record the act that authorizes somebody, until an aware time."""
        self.must_keep()
        until_ns = from_datetime(until) // NS_PER_S * NS_PER_S
        acts.check_authorizing(self.officer(account), self.officer(by), instrument, until_ns, self.situation())
        written = datetime.fromtimestamp(until_ns // NS_PER_S, UTC).isoformat()
        facts = {"account": account, "instrument": instrument, "until": written, "by": by, **self._heard()}
        self._enter(kinds.AUTHORIZATION_GIVEN, **facts)

    def withdraw(self, account: AccountId, by: AccountId) -> bool:
        """Withdraw what lets somebody see movements, at once; return False while a second officer has to join."""
        situation = self.situation()

        def check(first: Officer, second: Officer | None) -> None:
            acts.check_withdrawal(self.officer(account), first, second, self.register, situation)

        first = self._joined(Ask(WITHDRAWAL, account), by, check)
        if first is None:
            return False
        second = by if first != by else NOBODY
        self._enter(kinds.AUTHORIZATION_WITHDRAWN, account=account, by=first, second=second, **self._heard())
        self._alarms.of_system(situation.now_ns, "authorization-withdrawn")
        return True

    def acknowledge(self, account: AccountId, version: str) -> None:
        """Record that somebody has read the text of paragraph 27, himself."""
        if version != self._briefing_version():
            raise ActError(Objection.OTHER_VERSION)
        self._enter(kinds.BRIEFING_ACKNOWLEDGED, account=self.officer(account).account, version=version)

    def break_glass(self, by: AccountId, version: str) -> bool:
        """Take access with a second member until the operation ends; return False while the second has to join."""
        situation = self.situation()
        first = self._joined(
            Ask(BREAKING_GLASS, NOBODY), by, lambda one, two: acts.check_break_glass(one, two, version, situation)
        )
        if first is None:
            return False
        until_s = situation.now_ns // NS_PER_S + acts.BROKEN_GLASS_S
        self._enter(
            kinds.BREAK_GLASS,
            first=first,
            second=by,
            operations=" ".join(each.id for each in situation.operations),
            until=datetime.fromtimestamp(until_s, UTC).isoformat(),
            version=version,
        )
        self._alarms.of_system(situation.now_ns, "break-glass")
        return True

    def note_void(self) -> None:
        """Enter and alarm each withdrawal that has no effect by what another controller told. Raises OSError."""
        for each in self.merged.void:
            if each not in self._noted:
                facts = {"controller": each.controller, "withdrawn": to_datetime(each.at_ns).isoformat()}
                self._enter(kinds.WITHOUT_EFFECT, account=each.account, **facts)
                self._alarms.of_system(self._clock.now_ns(), "last-commander-kept")

    def _joined(self, ask: Ask, by: AccountId, check: Callable[[Officer, Officer | None], None]) -> AccountId | None:
        """Return who is first in an act that is complete now; None where `by` is first, and a second has to join."""
        asked = self.seconds.of(ask)
        first = asked.by if asked is not None and self._still_asks(asked.by, check) else by
        try:
            check(self.officer(first), self.officer(by) if first != by else None)
        except ActError as error:
            if error.objection is not Objection.SECOND_OFFICER:
                raise
            self.seconds.ask(ask, by)
            return None
        self.seconds.done(ask)
        return first

    def _still_asks(self, account: AccountId, check: Callable[[Officer, Officer | None], None]) -> bool:
        """Whether somebody who asked before could ask now: else he would stand in the way of who can."""
        officer = self.register.officer(account)
        if officer is None:
            return False
        try:
            check(officer, None)
        except ActError as error:
            return error.objection is Objection.SECOND_OFFICER
        return True

    def _heard(self) -> dict[str, Fact]:
        """Return what an entry says that this controller has heard of the others."""
        return {HEARD: text} if (text := self.merged.heard(self._ledger.controller)) else {}

    def _enter(self, kind: str, **facts: Fact) -> None:
        self._ledger.append(kind, self._clock.now_ns(), **facts)

    def must_keep(self) -> None:
        """Raise ActError where rights are given at another controller: withdrawing, though, can be done at each."""
        if self.kept_elsewhere() is not None:
            raise ActError(Objection.KEPT_ELSEWHERE)

    def _take(self, entry: Entry) -> None:
        self.merged.hear(said_of(entry, self._ledger.controller))
        if entry.kind == kinds.WITHOUT_EFFECT:
            facts = {name: str(value) for name, value in entry.facts.items()}
            at_ns = from_datetime(datetime.fromisoformat(facts["withdrawn"]))
            self._noted.add(Withdrawal(AccountId(facts["account"]), ControllerId(facts["controller"]), at_ns))

    def _take_new(self, entry: Entry) -> None:
        self._take(entry)
        said = entry_of(entry).kind if entry.kind == TOLD else ""
        if said == kinds.AUTHORIZATION_WITHDRAWN:
            self._alarms.of_system(self._clock.now_ns(), "authorization-withdrawn")
        elif said == kinds.BREAK_GLASS:
            self._alarms.of_system(self._clock.now_ns(), "break-glass")
