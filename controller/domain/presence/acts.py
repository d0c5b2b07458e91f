"""Officers' acts, as the fold takes them: each counts once, by its id, however often and from wherever it came.

An act's stamp is (occurred_at, act_id) (rule 1). The same act may be sealed by several sources: of its records the
least counts, and all of them go together. A withdrawn act never was. Belongs here: telling acts apart, taking them in
and out. Does not belong here: what they tell (counting.py), or who may do them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from contract.ids import ActId, EdgeId, Epoch, HolderId, OperationId
from controller.domain.presence.answer import Answer
from controller.domain.presence.chain import Evidence, Mark
from controller.domain.presence.crossings import Crossing, Grant
from controller.domain.presence.layout import Way
from controller.domain.presence.memory import Memory
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.sweeps import Sweep

Act = Mark | Crossing | Sweep
_NO_RECORD: Final = Epoch(b"")


class Withdrawal(NamedTuple):
    """The record that says an act never was, the start of its period, and of which operation the act has to be."""

    record: Stamp
    period_s: int
    operation: OperationId


def stamp_of_act(record: Stamp, act: ActId) -> Stamp:
    """Return the stamp of an act that this record carries."""
    return Stamp(record.occurred_ns, EdgeId(act), _NO_RECORD, 0)


class Acts:
    """The acts that can be read, by id, and withdrawals that came before what they withdraw."""

    def __init__(self, memory: Memory) -> None:
        self._memory: Final = memory
        self._acts: Final[dict[ActId, Act]] = {}
        self._by_period: Final[dict[int, set[ActId]]] = defaultdict(set)
        self._withdrawn_in: Final[dict[int, set[ActId]]] = defaultdict(set)
        self._early: Final[dict[ActId, list[Withdrawal]]] = {}

    def sight(
        self,
        record: Stamp,
        act: ActId,
        holder: HolderId,
        way: Way | None,
        period_s: int,
        operation: OperationId = OperationId(""),  # noqa: B008  a plain string
    ) -> Answer:
        """Take an officer's word that the holder went that way, or is there ("now here")."""
        if way is None:
            return Answer.UNPLACED
        readable = self._memory.readable

        def make(copies: tuple[Stamp, ...]) -> Mark:
            chain = readable.chain_of(holder)
            return Mark(stamp_of_act(copies[0], act), period_s, way, chain, Evidence.MANUAL, copies, operation)

        return self._take(record, act, make)

    def crossing(
        self, record: Stamp, act: ActId, between: tuple[int, int], amount: int, period_s: int, grant: Grant | None
    ) -> Answer:
        """Take an officer's word that so many without a name went from one area to another (by index; 0: outside)."""

        def make(copies: tuple[Stamp, ...]) -> Crossing:
            made = Crossing(stamp_of_act(copies[0], act), period_s, between, max(0, amount), copies, grant)
            driver = None if grant is None else self._memory.readable.grant(*grant)
            made.took_place = driver is None or driver.evidence is not Evidence.NOT_TAKEN
            return made

        return self._take(record, act, make)

    def sweep(
        self, record: Stamp, act: ActId, operation: OperationId, area: int, unnamed: int, period_s: int
    ) -> Answer:
        """Take a warden's word that an area was searched (rule 10)."""

        def make(copies: tuple[Stamp, ...]) -> Sweep:
            return Sweep(stamp_of_act(copies[0], act), period_s, area, max(0, unnamed), operation, copies)

        return self._take(record, act, make)

    def _take(self, record: Stamp, id_: ActId, make: Callable[[tuple[Stamp, ...]], Act]) -> Answer:
        known = self._acts.get(id_)
        if known is None:
            act = make((record,))
            act.outcomes = self._withdrawals(id_, act)
            self._put(id_, act)
            return Answer.FOLDED
        if record in known.copies:
            return Answer.DUPLICATE
        copies = tuple(sorted((*known.copies, record)))
        if record.occurred_ns < known.stamp.occurred_ns and not _carries_prior(known):  # else they say the same
            outcomes = known.outcomes
            self._out(id_, known)
            act = make(copies)
            act.outcomes = outcomes
            self._put(id_, act)
            return Answer.FOLDED
        known.copies = copies
        if isinstance(known, Mark):
            self._memory.readable.index(known, record)
        return Answer.FOLDED

    def withdrawn(self, record: Stamp, operation: OperationId, id_: ActId, period_s: int) -> Answer:
        """Take an officer's word that an act of that operation never was."""
        act = self._acts.get(id_)
        withdrawal = Withdrawal(record, period_s, operation)
        if act is None or not operation or act.operation != operation:
            waiting = self._early.setdefault(id_, [])
            if withdrawal in waiting:
                return Answer.DUPLICATE
            waiting.append(withdrawal)
            return Answer.FOLDED
        if record in act.outcomes:
            return Answer.DUPLICATE
        if not act.outcomes:
            self._withdraw(act)
        act.outcomes += (record,)
        self._withdrawn_in[period_s].add(id_)
        return Answer.FOLDED

    def _withdrawals(self, id_: ActId, act: Act) -> tuple[Stamp, ...]:
        """Return the records that have withdrawn an act before it came; they wait no longer."""
        waiting = self._early.pop(id_, [])
        meant = [each for each in waiting if each.operation and act.operation == each.operation]
        others = [each for each in waiting if each not in meant]
        if others:
            self._early[id_] = others
        for each in meant:
            self._withdrawn_in[each.period_s].add(id_)
        return tuple(each.record for each in meant)

    # In and out, with all that follows from it.

    def _put(self, id_: ActId, act: Act) -> None:
        self._acts[id_] = act
        self._by_period[act.period_s].add(id_)
        if isinstance(act, Mark):
            act.evidence = Evidence.NOT_TAKEN if act.outcomes else Evidence.MANUAL
            self._memory.readable.take(act)
            if not act.outcomes:
                self._memory.enter(act)
        elif not act.outcomes:
            self._change(act, is_there=True)

    def _out(self, id_: ActId, act: Act) -> None:
        if isinstance(act, Mark):
            if not act.outcomes:
                self._memory.leave(act)
            self._memory.readable.drop(act)
        elif not act.outcomes:
            self._change(act, is_there=False)
        self.drop(id_)

    def _withdraw(self, act: Act) -> None:
        if isinstance(act, Mark):
            self._memory.leave(act)
            act.evidence = Evidence.NOT_TAKEN
            self._memory.readable.can_go(act)
        else:
            self._change(act, is_there=False)

    def _change(self, act: Crossing | Sweep, *, is_there: bool) -> None:
        counting = self._memory.counting
        if isinstance(act, Crossing):
            counting.change_crossing(act, counting.crossings.add if is_there else counting.crossings.remove)
        else:
            change = counting.sweeps.add if is_there else counting.sweeps.remove
            counting.change_sweep(act, change, self._memory.readable.touching(act.area))

    # Forgetting.

    def of_period(self, closed_s: int) -> Iterator[Crossing | Sweep]:
        """Yield the crossings and sweeps, of periods up to the one that starts at `closed_s`, that can be read."""
        for period_s in [period_s for period_s in self._by_period if period_s <= closed_s]:
            for id_ in self._by_period[period_s]:
                act = self._acts[id_]
                if not isinstance(act, Mark):
                    yield act

    def withdrawn_in(self, closed_s: int) -> Iterator[Act]:
        """Yield the acts of later periods whose withdrawal goes with the periods up to that one: they go as well."""
        for period_s in [period_s for period_s in self._withdrawn_in if period_s <= closed_s]:
            for id_ in self._withdrawn_in.pop(period_s):
                if id_ in self._acts:
                    yield self._acts[id_]

    def drop(self, id_: ActId) -> None:
        """Forget an act, without a change of what it told."""
        period_s = self._acts.pop(id_).period_s
        self._by_period[period_s].discard(id_)
        if not self._by_period[period_s]:
            del self._by_period[period_s]

    def drop_early(self, closed_s: int, cut_ns: int) -> list[Stamp]:
        """Take out, and return, waiting withdrawals whose period is closed, or that lie below the cut."""
        gone = []
        for id_, waiting in list(self._early.items()):
            old = [each for each in waiting if each.period_s <= closed_s or each.record.occurred_ns <= cut_ns]
            gone += [each.record for each in old]
            self._early[id_] = [each for each in waiting if each not in old]
            if not self._early[id_]:
                del self._early[id_]
        return gone


def _carries_prior(act: Act) -> bool:
    return isinstance(act, Mark) and act.chain.prior_at is act
