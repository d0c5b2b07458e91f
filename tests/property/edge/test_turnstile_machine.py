"""A turnstile and a crowd: every turn is somebody's grant, a free way, a request, a fire, or an alarm; never two.

Two machines see the same; one is ticked at each deadline, the other only when something happens. Both conclude alike.
"""

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from contract.ids import AccessPointId, HolderId
from edge.domain.passage import LeftFreely, NotTaken, Outcome, Taken, Unexpected
from edge.domain.turnstile import Turnstile

MS = 1_000_000
UNLOCK_MS, EXTRA_MS, GRACE_MS = 5000, 7000, 1000
IN, OUT = AccessPointId("in"), AccessPointId("out")
WAYS = st.sampled_from([IN, OUT])


class Arm(RuleBasedStateMachine):
    """See the module. Out is free."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.is_on_fire = False
        self.punctual, self.late = (
            Turnstile(expected_ms=UNLOCK_MS, extra_ms=EXTRA_MS, seen=(IN, OUT), free=(OUT,)) for _ in range(2)
        )
        self.seen: list[Outcome] = []
        self.seen_late: list[Outcome] = []
        self.open: dict[int, tuple[AccessPointId, str, int]] = {}
        self.grants = 0
        self.dropped = 0
        self.exits: dict[AccessPointId, int] = {}
        self.is_watched = True
        self.unseen: set[int] = set()
        self.begun_anew: set[int] = set()

    @rule(wait_ms=st.integers(1, 8000))
    def wait(self, wait_ms: int) -> None:
        until = self.now + wait_ms * MS
        while (deadline := self.punctual.deadline_ns()) is not None and deadline <= until:
            self.seen += self.punctual.tick(deadline)
            after = self.punctual.deadline_ns()
            assert after is None or after > deadline, "a tick at its deadline concludes what was due"
        self.now = until
        over = {number for number, each in self.open.items() if self.now >= each[2]}
        self.dropped += len(over & self.unseen)
        self.open = {number: each for number, each in self.open.items() if number not in over}

    @rule(point=WAYS, holder=st.sampled_from("abc"), is_extended=st.booleans())
    def grant(self, point: AccessPointId, holder: str, is_extended: bool) -> None:
        self.wait(1)
        self.grants += 1
        for machine, told in ((self.punctual, self.seen), (self.late, self.seen_late)):
            told.extend(machine.granted(self.grants, point, HolderId(holder), self.now, is_extended=is_extended))
        if self.is_on_fire:
            self.dropped += 1
            return
        self.begun_anew |= {n for n, each in self.open.items() if each[:2] == (point, holder)}
        self.open = {n: each for n, each in self.open.items() if each[:2] != (point, holder)}
        until = self.now + (UNLOCK_MS + GRACE_MS + EXTRA_MS * is_extended) * MS
        self.open[self.grants] = point, holder, until
        if not self.is_watched:
            self.unseen.add(self.grants)

    @rule(point=WAYS)
    def ask_for_exit(self, point: AccessPointId) -> None:
        self.wait(1)
        self.exits[point] = self.now + (UNLOCK_MS + GRACE_MS) * MS
        for machine, told in ((self.punctual, self.seen), (self.late, self.seen_late)):
            told.extend(machine.exit_requested(point, self.now))

    @rule(point=WAYS)
    def turn(self, point: AccessPointId) -> None:
        self.wait(1)
        ours = self.punctual.turned(point, self.now)
        self.seen += ours
        self.seen_late += self.late.turned(point, self.now)
        oldest = next((number for number, each in self.open.items() if each[0] == point), None)
        asked = self.now < self.exits.get(point, 0)
        expected: list[Outcome]
        if oldest is not None:
            expected = [Taken(oldest, point, HolderId(self.open.pop(oldest)[1]))]
        else:
            self.exits.pop(point, None)
            excused = asked or self.is_on_fire
            expected = [] if excused else [LeftFreely() if point == OUT else Unexpected(point)]
        assert ours == expected

    @rule(is_active=st.booleans())
    def fire(self, is_active: bool) -> None:
        self.wait(1)
        self.is_on_fire = is_active
        if is_active:
            self.dropped += len(self.open)
            self.open.clear()
        for machine, told in ((self.punctual, self.seen), (self.late, self.seen_late)):
            told.extend(machine.fire(is_active=is_active, now_ns=self.now))

    @rule()
    def lose_the_board(self) -> None:
        self.wait(1)
        self.dropped += len(self.open)
        self.open.clear()
        self.exits.clear()
        self.seen_late += self.late.tick(self.now)  # the gate ticks before it forgets, by its timer
        self.punctual.contact_lost()
        self.late.contact_lost()
        self.is_watched = False

    @rule()
    def the_board_answers(self) -> None:
        self.wait(1)
        self.punctual.contact_back()
        self.late.contact_back()
        self.is_watched = True

    @invariant()
    def nothing_that_nobody_could_see_is_called_not_taken(self) -> None:
        told = {o.number for o in self.seen if isinstance(o, NotTaken)} & self.unseen
        assert told <= self.begun_anew

    @invariant()
    def each_grant_ends_once_at_most_and_none_is_forgotten(self) -> None:
        ended = Counter(outcome.number for outcome in self.seen if isinstance(outcome, Taken | NotTaken))
        assert max(ended.values(), default=1) == 1
        assert len(ended) + len(self.open) + self.dropped == self.grants

    def teardown(self) -> None:
        """Let all time run out: the punctual and the late machine agree."""
        self.wait(8000)
        self.wait(8000)
        self.seen_late += self.late.tick(self.now)
        assert sorted(map(repr, self.seen)) == sorted(map(repr, self.seen_late))


TestArm = Arm.TestCase
