"""The hand-over against its rules: any people, decisions, refusals, restarts and operations, minute by minute."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contract.ids import AccountId, OperationId
from contract.periods import DAY_S, HOUR_S
from controller.domain.disclosure import Copy, DisclosureReason, Form, Recipient
from controller.domain.hand_over import Batch, Book, Errand, HandOverError, Phase, Spans, Waiting, waiting
from controller.domain.operation import Operation, OperationKind, Plan, Reason, opened
from controller.domain.standing_order import Addressee, Way

NS = 10**9
MINUTE_NS = 60 * NS
SPANS = Spans.of(DAY_S)
START_S = 1000 * HOUR_S
PERIODS = (START_S, START_S + HOUR_S)
DIES_NS = {period_s: (period_s + DAY_S - 60) * NS for period_s in PERIODS}
FIRE, DRILL, MISSING = (OperationId(name) for name in ("fire", "drill", "missing"))
KINDS = {
    FIRE: (OperationKind.EMERGENCY, Plan.EVACUATE, Reason.FIRE),
    DRILL: (OperationKind.DRILL, Plan.EVACUATE, Reason.PLANNED_DRILL),
    MISSING: (OperationKind.SEARCH, None, Reason.MISSING_PERSON),
}
CHIEF, SECOND = AccountId("chief"), AccountId("second")


@dataclass
class Entries:
    """What the ledger would hold: all that a restart can rest on."""

    lines: list[tuple[str, object]] = field(default_factory=list)

    def book(self) -> Book:
        book = Book()
        for kind, what in self.lines:
            getattr(book, kind)(what)
        return book


class HandOvers(RuleBasedStateMachine):
    """A night of a long operation. `book` is the running program's; a restart folds another from the entries."""

    @initialize(addressees=st.integers(0, 2), minutes=st.sampled_from([150, 30, 16]), persons=st.integers(0, 4))
    def begin(self, addressees: int, minutes: int, persons: int) -> None:
        self.now_ns = DIES_NS[PERIODS[0]] - minutes * MINUTE_NS
        self.entries, self.book = Entries(), Book()
        self.operations: dict[OperationId, Operation] = {FIRE: opened(FIRE, *KINDS[FIRE], (CHIEF,), self.now_ns)}
        self.persons = dict.fromkeys(PERIODS, persons)
        self.addressees = [Addressee(f"a{n}", Recipient.CRISIS_TEAM, Way.FOLDER, "", "") for n in range(addressees)]
        self.reachable = {each.id: True for each in self.addressees}
        self.numbers = 0
        self.delivered: dict[tuple[Batch, str], int] = {}
        """The largest list that an addressee got of a batch."""

    # What happens.

    @rule(minutes=st.sampled_from([1, 1, 2, 14, 15, 60]))
    def time_passes(self, minutes: int) -> None:
        for _ in range(minutes):
            self.now_ns += MINUTE_NS
            self.operations = {name: each.renewed(self.now_ns) for name, each in self.operations.items()}
            self.run_errands()

    @rule(which=st.sampled_from(sorted(KINDS)))
    def an_operation_opens_or_closes(self, which: OperationId) -> None:
        if self.operations.pop(which, None) is None:
            self.operations[which] = opened(which, *KINDS[which], (CHIEF, SECOND), self.now_ns)

    @rule(period_s=st.sampled_from(PERIODS), by=st.integers(-3, 3))
    def people_are_accounted_for_or_news_comes_late(self, period_s: int, by: int) -> None:
        self.persons[period_s] = max(0, self.persons[period_s] + by)

    @rule(addressee=st.integers(0, 1))
    def an_addressee_can_not_be_reached_or_can_again(self, addressee: int) -> None:
        if addressee < len(self.addressees):
            name = self.addressees[addressee].id
            self.reachable[name] = not self.reachable[name]

    @rule(choice=st.data(), declines=st.booleans())
    def a_commander_decides(self, choice: st.DataObject, declines: bool) -> None:
        if not (open_ := self.waiting()):
            return
        each = choice.draw(st.sampled_from(open_))
        if declines:
            try:
                self.book.check_declinable(each)
            except HandOverError:
                assert self.now_ns >= each.due_ns
                return
            self.note("declined", each.batch)
        else:
            self.make(each, "")

    @rule()
    def the_program_starts_again(self) -> None:
        before = self.errands()
        self.book = self.entries.book()
        assert self.errands() == before

    # What must hold.

    @invariant()
    def only_what_is_about_to_die_in_a_serious_operation_waits(self) -> None:
        for each in self.waiting():
            assert each.batch.operation in {FIRE, MISSING}
            assert each.batch.operation in self.operations
            left_ns = DIES_NS[each.batch.period_s] - self.now_ns
            assert 0 < left_ns <= 2 * HOUR_S * NS
            assert each.persons > 0

    @invariant()
    def from_a_quarter_of_an_hour_before_the_end_nobody_reachable_lacks_what_nobody_decided(self) -> None:
        for each in self.waiting():
            if each.phase is not Phase.DUE or each.due_ns > self.now_ns:
                continue
            for addressee in self.addressees:
                if self.reachable[addressee.id] and not self.errands():
                    assert self.delivered.get((each.batch, addressee.id), 0) >= each.persons

    @invariant()
    def nothing_is_left_owing_once_the_records_are_dead(self) -> None:
        living = {period_s: dies_ns for period_s, dies_ns in DIES_NS.items() if dies_ns > self.now_ns}
        for copy in self.book.given_up(living, self.now_ns):
            assert copy.period_s not in living
            assert copy.addressee

    # The program's part.

    def waiting(self) -> list[Waiting]:
        return waiting(self.operations.values(), self.persons, DIES_NS, SPANS, self.book, self.now_ns)

    def errands(self) -> list[Errand]:
        return self.book.errands(self.waiting(), self.addressees)

    def note(self, kind: str, what: object) -> None:
        self.entries.lines.append((kind, what))
        getattr(self.book, kind)(what)

    def make(self, each: Waiting, addressee: str) -> Copy:
        self.numbers += 1
        officer = None if addressee else CHIEF
        copy = Copy(
            self.numbers, each.batch.operation, Form.HAND_OVER, Recipient.CRISIS_TEAM, DisclosureReason.BEFORE_LIMIT,
            (), each.persons, officer, self.now_ns, addressee=addressee, period_s=each.batch.period_s,
        )  # fmt: skip
        self.note("made", copy)
        return copy

    def run_errands(self) -> None:
        for errand in self.errands():
            each = errand.waiting
            assert each.due_ns <= self.now_ns < each.dies_ns, "never earlier, never later"
            assert each.phase is Phase.DUE
            copy = errand.copy or self.make(each, errand.addressee.id)
            if self.reachable[errand.addressee.id]:
                key = each.batch, errand.addressee.id
                assert self.delivered.get(key, 0) < copy.persons, "nobody gets the same list twice"
                self.delivered[key] = copy.persons
                self.note("settled", copy.number)


HandOvers.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestHandOvers = HandOvers.TestCase


def batch_of(persons: int, *, now_ns: int, operation: Operation, book: Book | None = None) -> list[Waiting]:
    return waiting([operation], {START_S: persons}, DIES_NS, SPANS, book or Book(), now_ns)


def test_the_times_are_two_hours_and_a_quarter_of_an_hour_and_shrink_with_the_limit() -> None:
    assert (SPANS.prepared_s, SPANS.due_s) == (7200, 900)
    assert Spans.of(300) == Spans(25, 3)
    assert Spans.of(20) == Spans(1, 1)


def test_each_edge_of_time() -> None:
    fire = opened(FIRE, *KINDS[FIRE], (CHIEF,), 0)
    dies_ns = DIES_NS[START_S]

    def phase_at(before_s: int) -> Phase | None:
        now_ns = dies_ns - before_s * NS
        found = batch_of(4, now_ns=now_ns, operation=replace(fire, renewed_ns=now_ns))
        return found[0].phase if found else None

    assert [phase_at(s) for s in (7201, 7200, 901, 900, 1, 0)] == [
        None, Phase.PREPARED, Phase.PREPARED, Phase.DUE, Phase.DUE, None,
    ]  # fmt: skip


def test_a_decision_covers_as_many_as_it_named_and_news_after_it_is_due_again() -> None:
    now_ns = DIES_NS[START_S] - 600 * NS
    fire = replace(opened(FIRE, *KINDS[FIRE], (CHIEF,), 0), renewed_ns=now_ns)
    book = Book()
    book.made(
        Copy(1, FIRE, Form.HAND_OVER, Recipient.CRISIS_TEAM, DisclosureReason.BEFORE_LIMIT, (), 4, CHIEF, 0,
             period_s=START_S)
    )  # fmt: skip
    assert [each.phase for each in batch_of(4, now_ns=now_ns, operation=fire, book=book)] == [Phase.DECIDED]
    assert [each.phase for each in batch_of(3, now_ns=now_ns, operation=fire, book=book)] == [Phase.DECIDED]
    assert [each.phase for each in batch_of(5, now_ns=now_ns, operation=fire, book=book)] == [Phase.DUE]


def test_a_copy_that_was_made_and_not_delivered_is_the_one_that_is_sent() -> None:
    now_ns = DIES_NS[START_S] - 600 * NS
    fire = replace(opened(FIRE, *KINDS[FIRE], (CHIEF,), 0), renewed_ns=now_ns)
    to = Addressee("crisis", Recipient.CRISIS_TEAM, Way.FOLDER, "", "")
    made = Copy(
        1, FIRE, Form.HAND_OVER, Recipient.CRISIS_TEAM, DisclosureReason.BEFORE_LIMIT, (), 4, None, 0,
        addressee="crisis", period_s=START_S,
    )  # fmt: skip
    book = Book()
    book.made(made)
    due = batch_of(4, now_ns=now_ns, operation=fire, book=book)
    assert [errand.copy for errand in book.errands(due, [to])] == [made]
    more = batch_of(5, now_ns=now_ns, operation=fire, book=book)
    assert [errand.copy for errand in book.errands(more, [to])] == [None]
    book.made(replace(made, number=2, persons=5))
    assert [copy.number for copy in book.given_up({}, now_ns)] == [2], "the second list stands in for the first"
    book.settled(2)
    assert book.errands(more, [to]) == []
    assert book.given_up({}, now_ns) == []


def test_it_can_be_declined_until_it_is_due() -> None:
    dies_ns = DIES_NS[START_S]
    for before_s, may in ((901, True), (900, False)):
        now_ns = dies_ns - before_s * NS
        fire = replace(opened(FIRE, *KINDS[FIRE], (CHIEF,), 0), renewed_ns=now_ns)
        (each,) = batch_of(4, now_ns=now_ns, operation=fire)
        if may:
            assert Book().check_declinable(each) is each
        else:
            with pytest.raises(HandOverError, match="too late"):
                Book().check_declinable(each)
    with pytest.raises(HandOverError, match="no such list"):
        Book().check_declinable(None)


def test_what_was_declined_goes_to_nobody() -> None:
    now_ns = DIES_NS[START_S] - 600 * NS
    fire = replace(opened(FIRE, *KINDS[FIRE], (CHIEF,), 0), renewed_ns=now_ns)
    to = Addressee("crisis", Recipient.CRISIS_TEAM, Way.FOLDER, "", "")
    book = Book()
    assert len(book.errands(batch_of(4, now_ns=now_ns, operation=fire, book=book), [to])) == 1
    book.declined(Batch(FIRE, START_S))
    assert book.errands(batch_of(9, now_ns=now_ns, operation=fire, book=book), [to]) == []
