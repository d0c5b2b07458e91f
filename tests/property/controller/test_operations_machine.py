"""Operations in any order of acts, with restarts: the rules hold at every step, and a restart changes nothing."""

from itertools import count
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contract.clock import NS_PER_S, ManualClock
from contract.ids import AccountId, OperationId
from controller.domain.operation import (
    NAMES_AFTER_S,
    REASONS,
    RENEWED_FOR_S,
    Operation,
    OperationError,
    OperationKind,
    Plan,
    Trigger,
)
from controller.service.alarms import Alarms
from controller.service.operating import operations
from controller.service.operating.operations import Figures, NoSuchOperationError, Operations
from tests.unit.controller.written import Written

LEADING = ["offer", "take", "all_clear", "resume", "silence", "sound"]
OFFICERS = st.sampled_from([AccountId(str(number) * 24) for number in range(3)])
PLANS = st.sampled_from(Plan)
KINDS = st.sampled_from(OperationKind)


class OperationsMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        # Drawn at random, their order would decide whom an act is about, and no example could be played again.
        numbers = count(1)
        self.ids = patch.object(operations, "new_operation_id", lambda: OperationId(f"{next(numbers):024x}"))
        self.ids.start()
        self.clock = ManualClock(1_800_000_000 * NS_PER_S)
        self.ledger = Written()
        self.stood_behind: set[OperationId] = set()
        self.lived_ns: dict[OperationId, int] = {}
        self.operations = self._started()

    def teardown(self) -> None:
        self.ids.stop()

    def _started(self) -> Operations:
        return Operations(self.clock, self.ledger, Alarms(), lambda: Figures(1, 1, 0))

    @property
    def open(self) -> tuple[Operation, ...]:
        return self.operations.open_now(self.clock.now_ns())

    def _live(self, operation: Operation) -> None:
        self.lived_ns[operation.id] = self.clock.now_ns()

    @rule(plan=PLANS, by=OFFICERS, data=st.data())
    def open_emergency(self, plan: Plan, by: AccountId, data: st.DataObject) -> None:
        reason = data.draw(st.sampled_from(sorted(REASONS[OperationKind.EMERGENCY])))
        try:
            operation = self.operations.open_emergency(plan, reason, by)
        except OperationError:
            assert any((each.kind, each.plan) == (OperationKind.EMERGENCY, plan) for each in self.open)
            return
        self.stood_behind.add(operation.id)
        self._live(operation)

    @rule(plan=st.sampled_from([Plan.EVACUATE, Plan.SHELTER]), trigger=st.sampled_from(list(Trigger)[1:]))
    def trigger(self, plan: Plan, trigger: Trigger) -> None:
        reason = min(REASONS[OperationKind.EMERGENCY])
        operation = self.operations.trigger(plan, reason, trigger, "north", str(self.clock.now_ns()))
        if operation:
            self._live(operation)

    @rule(kind=KINDS, plan=PLANS | st.none(), by=OFFICERS, data=st.data())
    def propose(self, kind: OperationKind, plan: Plan | None, by: AccountId, data: st.DataObject) -> None:
        reason = data.draw(st.sampled_from(sorted(REASONS[kind])))
        before = self.operations.proposals(self.clock.now_ns())
        try:
            self.operations.propose(kind, plan, reason, by)
        except OperationError:
            assert self.operations.proposals(self.clock.now_ns()) == before
        else:
            assert kind is not OperationKind.EMERGENCY

    @precondition(lambda self: self.operations.proposals(self.clock.now_ns()))
    @rule(by=OFFICERS, data=st.data())
    def join(self, by: AccountId, data: st.DataObject) -> None:
        proposal = data.draw(st.sampled_from(self.operations.proposals(self.clock.now_ns())))
        try:
            operation = self.operations.join(proposal.id, by)
        except OperationError:
            return
        assert by != proposal.by
        self.stood_behind.add(operation.id)
        self._live(operation)

    @precondition(lambda self: self.open)
    @rule(by=OFFICERS, act=st.sampled_from(["confirm", "renew", "close"]), data=st.data())
    def act(self, by: AccountId, act: str, data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(self.open))
        try:
            getattr(self.operations, act)(operation.id, by)
        except OperationError:
            planned = operation.kind is not OperationKind.EMERGENCY
            leads = operation.led_by in {None, by}
            assert act == "confirm" or (act == "renew" and planned) or (act == "close" and not leads)
            return
        assert act != "close" or operation.led_by in {None, by}
        if act == "confirm":
            self.stood_behind.add(operation.id)
        elif act == "renew":
            self._live(operation)
        else:
            assert operation.id not in {each.id for each in self.open}

    @precondition(lambda self: self.open)
    @rule(by=OFFICERS, to=OFFICERS, act=st.sampled_from(LEADING), data=st.data())
    def lead(self, by: AccountId, to: AccountId, act: str, data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(self.open))
        leads = operation.led_by in {None, by}
        try:
            match act:
                case "offer":
                    after = self.operations.offer_command(operation.id, to, by)
                    assert (after.led_by, after.offered_to) == (operation.led_by, to)
                case "take":
                    after = self.operations.take_command(operation.id, by)
                    assert (after.led_by, after.offered_to) == (by, None)
                case "all_clear":
                    assert self.operations.all_clear(operation.id, by).all_clear_ns is not None
                case "silence":
                    assert self.operations.silence(operation.id, by).silenced_ns is not None
                case "sound":
                    assert self.operations.sound(operation.id, by).silenced_ns is None
                case _:
                    assert self.operations.resume(operation.id, by).all_clear_ns is None
        except OperationError:
            given, silent = operation.all_clear_ns is not None, operation.silenced_ns is not None
            search = operation.kind is OperationKind.SEARCH
            wrong = {
                "offer": to == by,
                "take": operation.led_by == by,
                "all_clear": given or search,
                "silence": given or search or silent,
                "sound": not silent,
            }
            assert (act != "take" and not leads) or wrong.get(act, not given)
        else:
            assert leads or act == "take"

    @rule(seconds=st.sampled_from([0.001, 1, 59, 61, 599, 1800, 3599]))
    def pass_time(self, seconds: float) -> None:
        self.clock.advance_to(self.clock.now_ns() + int(seconds * NS_PER_S))

    @rule()
    def tick(self) -> None:
        self.operations.tick()

    @rule()
    def restart(self) -> None:
        before, proposals = self.open, self.operations.proposals(self.clock.now_ns())
        answered_ns = self.operations.fire_answered_ns
        self.operations = self._started()
        assert self.open == before
        assert self.operations.proposals(self.clock.now_ns()) == proposals
        assert self.operations.fire_answered_ns == answered_ns

    @invariant()
    def names_open_only_behind_a_commander_or_after_a_minute(self) -> None:
        now_ns = self.clock.now_ns()
        for operation in self.open:
            waited = now_ns - operation.opened_ns >= NAMES_AFTER_S * NS_PER_S
            assert operation.names_open(now_ns) == (operation.id in self.stood_behind or waited)

    @invariant()
    def nothing_outlives_its_hour(self) -> None:
        for operation in self.open:
            assert self.clock.now_ns() - self.lived_ns[operation.id] < RENEWED_FOR_S * NS_PER_S + 1000

    @invariant()
    def no_drill_stands_beside_an_emergency(self) -> None:
        kinds = {operation.kind for operation in self.open}
        assert not {OperationKind.DRILL, OperationKind.EMERGENCY} <= kinds

    @invariant()
    def what_is_not_open_can_not_be_found(self) -> None:
        for id_ in self.lived_ns.keys() - {operation.id for operation in self.open}:
            try:
                self.operations.operation(id_)
            except NoSuchOperationError:
                continue
            raise AssertionError(id_)


TestOperations = OperationsMachine.TestCase
TestOperations.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
