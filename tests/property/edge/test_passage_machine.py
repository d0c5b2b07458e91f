"""A door, people, an unreliable timer: whatever happens, the passage concludes only what was seen.

Two passages watch the same door. One is ticked at each deadline, the other only when something happens; both must
conclude the same in the end. The history kept here is the reference: what was open when, and which grant stood when.
"""

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contract.ids import AccessPointId, HolderId
from edge.domain.passage import Closed, Forced, Held, NotTaken, Outcome, Passage, Taken, Warned

MS = 1_000_000
UNLOCK_MS, HELD_MS, GRACE_MS = 5000, 15_000, 1000
WINDOW = (UNLOCK_MS + GRACE_MS) * MS


@dataclass
class Given:
    """A grant as the reference remembers it."""

    point: AccessPointId
    holder: HolderId
    at: int
    replaced_at: int | None = None


class Door(RuleBasedStateMachine):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.is_open = False
        self.openings: list[int] = []
        self.exits: list[int] = []
        self.grants: dict[int, Given] = {}
        self.punctual = Passage(expected_ms=UNLOCK_MS, held_after_ms=HELD_MS)
        self.late = Passage(expected_ms=UNLOCK_MS, held_after_ms=HELD_MS)
        self.seen: list[Outcome] = []
        self.seen_late: list[Outcome] = []
        self.is_on_fire = False

    @initialize()
    def known_shut(self) -> None:
        assert self.punctual.contact(is_open=False, now_ns=0) == []
        assert self.late.contact(is_open=False, now_ns=0) == []

    @rule(wait_ms=st.integers(1, 20_000))
    def wait(self, wait_ms: int) -> None:
        until = self.now + wait_ms * MS
        while (deadline := self.punctual.deadline_ns()) is not None and deadline <= until:
            self.seen += self.punctual.tick(deadline)
            after = self.punctual.deadline_ns()
            assert after is None or after > deadline, "a tick at its deadline concludes what was due"
        self.now = until

    @rule(point=st.sampled_from(["in", "out"]), holder=st.sampled_from(["ann", "bob", "cyd"]))
    def grant(self, point: str, holder: str) -> None:
        self.wait(1)
        number = len(self.grants) + 1
        for earlier in self.grants.values():
            if (earlier.point, earlier.holder) == (point, holder) and earlier.replaced_at is None:
                earlier.replaced_at = self.now
        self.grants[number] = Given(AccessPointId(point), HolderId(holder), self.now)
        if self.is_on_fire:
            self.grants[number].replaced_at = self.now
        self.seen += self.punctual.granted(number, AccessPointId(point), HolderId(holder), self.now)
        self.seen_late += self.late.granted(number, AccessPointId(point), HolderId(holder), self.now)

    @rule()
    def ask_for_exit(self) -> None:
        self.wait(1)
        self.exits.append(self.now)
        self.seen += self.punctual.exit_requested(self.now)
        self.seen_late += self.late.exit_requested(self.now)

    @invariant()
    def in_a_fire_nothing_is_waited_for(self) -> None:
        assert not (self.is_on_fire and self.punctual.deadline_ns() is not None)

    @rule()
    def move_door(self) -> None:
        self.wait(1)
        self.is_open = not self.is_open
        if self.is_open:
            self.openings.append(self.now)
        before = len(self.seen)
        self.seen += self.punctual.contact(is_open=self.is_open, now_ns=self.now)
        self.seen_late += self.late.contact(is_open=self.is_open, now_ns=self.now)
        if self.is_open and Forced() in self.seen[before:]:
            self.nobody_was_expected()

    @rule(is_active=st.booleans())
    def fire(self, is_active: bool) -> None:
        self.wait(1)
        before = len(self.seen)
        self.seen += self.punctual.fire(is_active=is_active, now_ns=self.now)
        self.seen_late += self.late.fire(is_active=is_active, now_ns=self.now)
        assert all(isinstance(outcome, Taken) for outcome in self.seen[before:]), "he had opened the door before"
        if is_active and not self.is_on_fire:
            for given in self.grants.values():
                given.replaced_at = given.replaced_at or self.now
        self.is_on_fire = is_active

    def nobody_was_expected(self) -> None:
        assert not any(self.now < asked + WINDOW and not self.used(asked) for asked in self.exits)
        ended = {o.number for o in self.seen if isinstance(o, Taken | NotTaken)}
        assert not self.is_on_fire
        assert all(
            number in ended or self.now >= g.at + WINDOW or g.replaced_at is not None
            for number, g in self.grants.items()
        )

    def used(self, asked: int) -> bool:
        """Whether an opening between the request and now may have been the one that it was for."""
        return any(asked <= opened < self.now for opened in self.openings[:-1])

    @invariant()
    def no_grant_ends_twice(self) -> None:
        ended = [o.number for o in self.seen if isinstance(o, Taken | NotTaken)]
        assert len(ended) == len(set(ended))

    @invariant()
    def taken_was_seen(self) -> None:
        for outcome in self.seen:
            if isinstance(outcome, Taken):
                grant = self.grants[outcome.number]
                assert (outcome.point, outcome.holder) == (grant.point, grant.holder)
                assert any(opened < grant.at + WINDOW for opened in self.openings)

    @invariant()
    def not_taken_had_no_opening_of_its_own(self) -> None:
        for outcome in self.seen:
            if isinstance(outcome, NotTaken):
                grant = self.grants[outcome.number]
                opened = [at for at in self.openings if grant.at < at < grant.at + WINDOW]
                assert not opened or grant.replaced_at is not None

    @invariant()
    def alarms_alternate(self) -> None:
        standing = False
        for outcome in self.seen:
            if isinstance(outcome, Forced | Held):
                assert not standing
                standing = True
            elif isinstance(outcome, Closed):
                assert standing
                standing = False
        assert not (standing and not self.is_open)

    def teardown(self) -> None:
        """Let all time run out: the punctual and the late watcher agree."""
        end = self.now + 10 * HELD_MS * MS
        self.wait(10 * HELD_MS)
        self.seen += self.punctual.tick(end)
        self.seen_late += self.late.tick(end)
        assert sorted(map(repr, self.seen)) == sorted(map(repr, self.seen_late))
        assert sum(isinstance(o, Warned) for o in self.seen) >= sum(isinstance(o, Held) for o in self.seen)


TestDoor = Door.TestCase
