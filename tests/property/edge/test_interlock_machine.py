"""A mantrap of three doors: whatever is asked of it, two are never open by a card, unless there is a fire."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contract.ids import PortalId
from edge.domain.interlock import Interlocks

A, B, C, LONE = (PortalId(name) for name in ("a", "b", "c", "lone"))
DOORS = (A, B, C)
UNLOCK_NS = 5_000
GROUPS = [(A, B), (B, C)]


class Mantrap(RuleBasedStateMachine):
    """See the module. A door opens only while it is released; a card releases it only if the interlock lets it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.interlocks = Interlocks(GROUPS)
        self.is_open = dict.fromkeys(DOORS, False)
        self.is_known = dict.fromkeys(DOORS, False)
        self.released_until = dict.fromkeys(DOORS, 0)
        self.on_fire: set[PortalId] = set()
        self.had_fire = False

    @initialize()
    def all_shut(self) -> None:
        for door in DOORS:
            assert not self.interlocks.may_release(door, 0), "nobody has said yet how the others stand"
            assert self.interlocks.may_release(door, 0, is_exit_request=True)
        for door in DOORS:
            self.see(door)

    def see(self, door: PortalId) -> None:
        self.is_known[door] = True
        self.interlocks.contact(door, is_open=self.is_open[door])

    def neighbours(self, door: PortalId) -> set[PortalId]:
        return {other for group in GROUPS if door in group for other in group} - {door}

    @rule(wait=st.integers(1, 8000))
    def wait(self, wait: int) -> None:
        self.now += wait

    @rule(door=st.sampled_from(DOORS))
    def present(self, door: PortalId) -> None:
        may = self.interlocks.may_release(door, self.now)
        holding = [
            other
            for other in self.neighbours(door)
            if not self.is_known[other] or self.is_open[other] or self.now < self.released_until[other]
        ]
        lifted = {other for group in GROUPS if door in group and self.on_fire & set(group) for other in group}
        assert may is not any(other not in lifted for other in holding)
        if may:
            self.released_until[door] = self.now + UNLOCK_NS
            self.interlocks.released(door, self.now + UNLOCK_NS)

    @rule(door=st.sampled_from(DOORS))
    def move(self, door: PortalId) -> None:
        if self.is_open[door] or self.now < self.released_until[door]:
            self.is_open[door] = not self.is_open[door]
            if self.is_known[door]:
                self.see(door)

    @rule(door=st.sampled_from(DOORS))
    def lose_sight(self, door: PortalId) -> None:
        self.is_known[door] = False
        self.interlocks.contact(door, is_open=None)

    @rule(door=st.sampled_from(DOORS))
    def see_again(self, door: PortalId) -> None:
        self.see(door)

    @rule(door=st.sampled_from(DOORS), is_active=st.booleans())
    def fire(self, door: PortalId, is_active: bool) -> None:
        self.interlocks.fire(door, is_active=is_active)
        (self.on_fire.add if is_active else self.on_fire.discard)(door)
        self.had_fire = self.had_fire or is_active

    @invariant()
    def two_of_a_group_are_never_open_by_a_card(self) -> None:
        if not self.had_fire:
            assert not any(all(self.is_open[door] for door in group) for group in GROUPS)

    @invariant()
    def a_portal_of_no_interlock_is_held_by_none(self) -> None:
        assert self.interlocks.may_release(LONE, self.now)


TestMantrap = Mantrap.TestCase
