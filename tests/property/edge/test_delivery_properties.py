"""Whatever a broker loses, repeats or forgets: in the end the controller has the ring, and nothing else was sent."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from contract.ids import ControllerId, Epoch
from contract.messages import RingExtent
from edge.delivery import Delivery
from edge.domain.extents import merged
from edge.ring_file import RecordKind

MAIN = ControllerId("main")
NEW = Epoch(b"n" * 16)

happenings = st.lists(
    st.one_of(
        st.tuples(st.just("grow"), st.integers(1, 30)),
        st.tuples(st.just("wait"), st.integers(1, 90)),
        st.tuples(st.just("reconnect"), st.just(0)),
        st.tuples(st.just("wipe"), st.just(0)),
        st.tuples(st.just("expire"), st.integers(1, 10)),
        st.tuples(st.just("deaf"), st.integers(1, 20)),
    ),
    max_size=25,
)


class World:
    """A gate's ring, a broker that loses things, and a controller that says what it has."""

    def __init__(self, chance: Random) -> None:
        self.delivery = Delivery([MAIN])
        self.delivery.connected(0)
        self.chance = chance
        self.first, self.last, self.now_s, self.deaf_s = 1, 0, 0.0, 0
        self.has: set[int] = set()

    @property
    def ring(self) -> list[RingExtent]:
        return [RingExtent(NEW, self.first, self.last)]

    def second(self, loss: float) -> None:
        """A second passes: the gate sends what is due, the controller speaks unless it is deaf."""
        self.now_s += 1
        while (span := self.delivery.next(self.ring, self.now_s)) is not None:
            assert self.first <= span.first <= span.last <= self.last
            upto = min(span.last, span.first + 6)
            if span.kind is RecordKind.EVENT:
                self.has.update(n for n in range(span.first, upto + 1) if self.chance.random() >= loss)
            self.delivery.sent(span, upto, upto - span.first + 1, self.now_s)
        self.deaf_s -= 1
        if self.deaf_s < 0:
            self.delivery.have(MAIN, {NEW: merged((n, n) for n in self.has)}, self.now_s)

    def happen(self, what: str, size: int, loss: float) -> None:
        """Let one thing of a history happen."""
        match what:
            case "grow":
                self.last += size
            case "reconnect":
                self.delivery.connected(self.now_s)
            case "wipe":
                self.has.clear()
            case "expire":
                self.first = min(self.first + size, self.last + 1)
            case "deaf":
                self.deaf_s = size
        for _ in range(size if what == "wait" else 1):
            self.second(loss)


@given(happenings, st.randoms(use_true_random=False), st.floats(0, 0.9))
def test_everything_arrives(history: list[tuple[str, int]], chance: Random, loss: float) -> None:
    world = World(chance)
    for what, size in history:
        world.happen(what, size, loss)
    for _ in range(200):
        world.second(0.0)
    assert set(range(world.first, world.last + 1)) <= world.has
    assert world.delivery.lacks(world.ring) == {}
