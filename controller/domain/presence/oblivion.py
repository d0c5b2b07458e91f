"""Forgetting: what goes with a key, or once its cycle is complete, and what it leaves behind (rules 4, 5 and 7).

Belongs here: which passages, acts and outcomes go when. Does not belong here: the bundle that is committed
(forgotten.py), or when a key dies (controller/service).
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import islice
from typing import Final

from contract.ids import ActId
from controller.domain.presence.acts import Acts
from controller.domain.presence.chain import Chain, Evidence, Mark, Passage
from controller.domain.presence.crossings import Crossing
from controller.domain.presence.forgotten import Forgetting, Forgotten
from controller.domain.presence.memory import Memory
from controller.domain.presence.sweeps import Sweep
from controller.domain.presence.tallies import TallyKind


class Oblivion:
    """Takes out of memory what may no longer be there."""

    def __init__(self, memory: Memory, acts: Acts) -> None:
        self._memory: Final = memory
        self._acts: Final = acts

    def close_period(self, closed_s: int) -> Forgotten:
        """Forget all periods up to the one that starts at `closed_s` (rule 5)."""
        readable, counting, forgetting = self._memory.readable, self._memory.counting, self._begin()
        self._forget_period(closed_s, readable.of_periods(closed_s), forgetting)
        for act in list(self._acts.withdrawn_in(closed_s)):
            self._forget_withdrawn(act, forgetting)
        acts = list(self._acts.of_period(closed_s))
        crossings = [act for act in acts if isinstance(act, Crossing)]
        chains = {readable.chains[each.driver] for each in crossings if each.driver is not None}
        self._memory.part(crossings)
        for act in acts:
            if isinstance(act, Crossing):
                self._book(act, forgetting)
            elif not act.outcomes:
                forgetting.book((counting.found(act),), act.unnamed)
        self._end_priors(closed_s, forgetting)
        counting.close(closed_s)
        for act in acts:
            self._drop_act(act, forgetting)
        for chain in chains:
            self._memory.ride_again(chain)
        self._drop_early(closed_s, 0, forgetting)
        self._memory.tallies.close(closed_s)
        return forgetting.done()

    def shrink_period(self, period_s: int, most: int) -> Forgotten:
        """Forget some `most` passages of the periods up to the one that starts at `period_s`."""
        forgetting = self._begin()
        self._forget_period(period_s, islice(self._memory.readable.of_periods(period_s), most), forgetting)
        return forgetting.done()

    def advance_cut(self, cut_ns: int, never_s: int) -> Forgotten:
        """Forget every cycle that is complete at the cut, and what was not taken below it (rule 7)."""
        forgetting = self._begin()
        exits: dict[Chain, int] = {}
        for passage in list(self._memory.readable.passed(cut_ns)):
            chain = passage.chain
            if passage.evidence is Evidence.NOT_TAKEN:
                if passage is not chain.prior_at:  # the one that carries a prior stays until its key ends
                    self._forget(chain, 0, [passage], forgetting)
            elif not passage.way.to:
                exits[chain] = max(chain.position_of(passage), exits.get(chain, 0))
        for chain, last in exits.items():
            self._forget(chain, last + 1, [], forgetting)
        self._drop_early(never_s, cut_ns, forgetting)
        return forgetting.done()

    def _drop_early(self, closed_s: int, cut_ns: int, forgetting: Forgetting) -> None:
        """Take out what has waited for something that can come no more."""
        readable, vehicles = self._memory.readable, self._memory.counting.vehicles
        forgetting.records += readable.drop_early(closed_s, cut_ns)
        forgetting.records += self._acts.drop_early(closed_s, cut_ns)
        forgetting.records += vehicles.drop_alone(closed_s, cut_ns, self._memory.knows)

    def _begin(self) -> Forgetting:
        forgetting = Forgetting(self._memory.layout)
        forgetting.settle(*self._memory.counting.unstored())
        return forgetting

    def _forget_period(self, period_s: int, passages: Iterable[Passage], forgetting: Forgetting) -> None:
        """Forget `passages`, all of periods up to `period_s`, and what their chains hold before them."""
        not_taken: dict[Chain, list[Passage]] = defaultdict(list)
        for passage in passages:
            gone = not_taken[passage.chain]
            if passage.evidence is Evidence.NOT_TAKEN:
                gone.append(passage)
        for chain, gone in not_taken.items():
            count = len(chain.passages)
            while count and chain.passages[count - 1].period_s > period_s:
                count -= 1
            self._forget(chain, count, gone, forgetting)

    def _forget(self, chain: Chain, count: int, not_taken: list[Passage], forgetting: Forgetting) -> None:
        """Rule 4: take the first `count` passages out of a chain, and those that were `not_taken` out of memory."""
        counting, passages = self._memory.counting, chain.passages
        gone = passages[:count] + not_taken
        changed = count > 0 or chain.prior_at in gone
        self._memory.part(each for passage in gone for each in counting.crossings.of(passage.stamp[1:]))
        place, left_ns = chain.place_before(count), chain.prior_left_ns
        was_ended = bool(place) and not counting.place_before(chain, count)
        for at, passage in enumerate(passages[:count]):
            forgetting.book(counting.told(chain, at))
            if at + 1 < len(passages):
                forgetting.book(counting.told_of(chain, at + 1, passage))
            left_ns = counting.sweeps.left_ns(place, passage)
        if changed and place and count == len(passages):
            self._lose_name(chain, place, forgetting, was_ended=was_ended)
            place = 0
        elif count and was_ended:  # he is one of those without a name whom a sweep has counted
            place = 0
        del passages[:count]
        for passage in gone:
            self._drop(passage, forgetting)
        if changed:
            self._memory.note(chain)
            if chain.prior_at and chain.prior_at not in gone:
                forgetting.prior(chain.prior_at, 0)
            self._set_prior(chain, place, left_ns)
            if chain.prior_at:
                forgetting.prior(chain.prior_at, place, left_ns)
            self._memory.ride_again(chain)

    def _lose_name(self, chain: Chain, place: int, forgetting: Forgetting, *, was_ended: bool) -> None:
        """Rule 5: whoever was inside is now one unnamed, unless a sweep has counted him as such (`was_ended`)."""
        memory, counting = self._memory, self._memory.counting
        counting.place(chain, -1)
        evidence = chain.passages[-1] if chain.passages else chain.prior_at
        if not was_ended and evidence is not None:
            unnamed = list(counting.stay(memory.layout.slots(place, TallyKind.UNNAMED), evidence))
            forgetting.book(unnamed)
            forgetting.overstays += 1
            counting.add(unnamed, 1)

    @staticmethod
    def _set_prior(chain: Chain, place: int, left_ns: int) -> None:
        chain.prior = place
        chain.prior_at = chain.passages[0] if place else None
        chain.prior_left_ns = left_ns if place else 0

    def _end_priors(self, closed_s: int, forgetting: Forgetting) -> None:
        """Take away the priors of stays that were ended by a sweep which goes now: nobody could tell afterwards."""
        counting = self._memory.counting
        areas = {sweep.area for sweep in counting.sweeps if sweep.period_s <= closed_s}
        if not areas:
            return
        for chain in self._memory.readable.chains.values():
            if chain.prior in areas and chain.prior_at and not counting.place_before(chain, 0):
                forgetting.prior(chain.prior_at, 0)
                self._set_prior(chain, 0, 0)

    def _drop(self, passage: Passage, forgetting: Forgetting) -> None:
        memory, grant = self._memory, passage.stamp[1:]
        for crossing in memory.counting.crossings.of(grant):  # who is to say whether they went?
            self._book(crossing, forgetting)
        for crossing in list(memory.counting.crossings.of(grant)):
            self._drop_act(crossing, forgetting)
        forgetting.records += memory.counting.vehicles.drop(grant)
        memory.readable.drop(passage)
        memory.doubts.drop(passage)
        memory.contradicted.discard(passage)
        if isinstance(passage, Mark):
            self._acts.drop(ActId(passage.stamp.edge))
        forgetting.records += passage.records

    def _book(self, crossing: Crossing, forgetting: Forgetting) -> None:
        for told, amount in self._memory.counting.crossed(crossing):
            forgetting.book((told,), amount)

    def _drop_act(self, act: Crossing | Sweep, forgetting: Forgetting) -> None:
        """Forget an act that is booked; what it told stays counted."""
        self._acts.drop(ActId(act.stamp.edge))
        if isinstance(act, Crossing):
            self._memory.drop_crossing(act)
        forgetting.records += act.records

    def _forget_withdrawn(self, act: Passage | Crossing | Sweep, forgetting: Forgetting) -> None:
        """Forget an act of a later period with the record that withdrew it, for it must not come back."""
        if isinstance(act, Mark):
            self._forget(act.chain, 0, [act], forgetting)
        elif isinstance(act, Crossing | Sweep):
            self._drop_act(act, forgetting)
