"""Any order, any repetition, a key that dies in between, kept up to date or built anew: the board is the same."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.clock import NS_PER_S
from contract.events import AccountedFor, AreaSwept, MarkWithdrawn, Means, StaysByOrder, UnnamedSeen, WithdrawnBecause
from contract.ids import OUTSIDE, AccessPointId, EdgeId, Epoch, HolderId
from controller.domain.muster.acts import Acts, Mark
from controller.domain.muster.board import ACCOUNTED, Board
from controller.domain.muster.person import State
from controller.domain.muster.sightings import NOWHERE
from controller.domain.presence.fold import Presence
from controller.domain.presence.intake import fold
from controller.domain.presence.layout import Layout
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.track import track
from tests.unit.controller.muster.ground import (
    BY,
    GROUNDS,
    HOUSE,
    LAWN,
    NO_POINT,
    OP,
    OPENED_S,
    PARK,
    SITE,
    YARD,
    act_id,
)

HOLDERS = [HolderId(name) for name in ("ann", "bob", "cid")]
PERIOD_S = 1000
"""The operation opens with the second period: whoever came in before is named by the first."""


@dataclass(frozen=True)
class Read:
    """A read at an access point."""

    second: int
    number: int
    holder: HolderId
    point: AccessPointId


Event = Read | Mark
seconds = st.integers(0, 2 * PERIOD_S - 1)
since = st.integers(OPENED_S, 2 * PERIOD_S - 1)
holders = st.sampled_from(HOLDERS)


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    """What happened, each with a number or act id of its own."""
    found: list[Event] = []
    for number in range(draw(st.integers(1, 12))):
        id_, at_ns = act_id(number), draw(since) * NS_PER_S
        kind = draw(st.sampled_from(["read", "read", "read", "seen", "stays", "withdrawn", "unnamed", "swept"]))
        area, point = draw(st.sampled_from([(OUTSIDE, PARK), (OUTSIDE, LAWN), (HOUSE, NO_POINT), (NOWHERE, NO_POINT)]))
        match kind:
            case "read":
                way = draw(st.sampled_from([point.id for point in SITE.access_point]))
                found.append(Read(draw(seconds), number, draw(holders), way))
            case "seen":
                found.append(AccountedFor(at_ns, id_, OP, draw(holders), draw(st.sampled_from(Means)), area, point, BY))
            case "stays":
                found.append(StaysByOrder(at_ns, id_, OP, draw(holders), HOUSE, BY))
            case "withdrawn":
                back = act_id(draw(st.integers(0, 12)))
                found.append(MarkWithdrawn(at_ns, id_, OP, back, WithdrawnBecause.WRONG_PLACE, BY))
            case "unnamed":
                found.append(UnnamedSeen(at_ns, id_, OP, 2, HOUSE, point, BY))
            case _:
                found.append(AreaSwept(at_ns, id_, OP, YARD, 1, BY))
    return found


@dataclass
class Controller:
    """A fold and a board that is kept up to date."""

    presence: Presence = field(default_factory=lambda: Presence(Layout.of(SITE)))
    acts: Acts = field(default_factory=Acts)
    board: Board = field(default_factory=lambda: Board(OP, OPENED_S * NS_PER_S, GROUNDS))

    def __post_init__(self) -> None:
        self.presence.watch_changes(on=True)

    def hear(self, event: Event) -> None:
        """Take one event, and bring its news to the board."""
        if isinstance(event, Read):
            stamp = Stamp(event.second * NS_PER_S, EdgeId("north"), Epoch(bytes(16)), event.number)
            self.presence.granted(stamp, event.holder, event.point, event.second // PERIOD_S * PERIOD_S)
        else:
            record = Stamp(event.occurred_ns, EdgeId("main"), Epoch(bytes(16)), int(event.act_id, 16))
            period_s = event.occurred_ns // NS_PER_S // PERIOD_S * PERIOD_S
            self.acts.add(event, period_s, record)
            fold(self.presence, record, event, period_s)
        self.follow()

    def close(self) -> None:
        """The key of the first period dies."""
        self.presence.close_period(0)
        self.acts.close(0)
        self.follow()

    def follow(self) -> None:
        for holder in self.presence.changed() | self.acts.changed():
            self.put(self.board, holder)

    def put(self, board: Board, holder: HolderId) -> None:
        board.take(holder, track(self.presence, holder, board.opened_ns), self.acts.of([OP]))

    def anew(self) -> Board:
        """The board as a program builds it that starts now."""
        board = Board(OP, OPENED_S * NS_PER_S, GROUNDS)
        for holder in {*self.presence.holders(), *self.acts.of([OP]).holders()}:
            self.put(board, holder)
        return board


def sums(board: Board, acts: Acts) -> object:
    """Everything that a board says."""
    marks = acts.of([OP])
    return (
        board.lines,
        board.figures(0, marks),
        [board.area(area, marks, 0) for area in GROUNDS.areas],
        board.points(marks),
        {how: count for how, count in board.hows.items() if count},
        board.accounted_ns,
        {gate: moments for gate, moments in board.exits_ns.items() if moments},
    )


@settings(deadline=None)
@given(happened=events(), data=st.data())
def test_two_controllers_and_one_that_starts_anew_agree(happened: list[Event], data: st.DataObject) -> None:
    one, other = Controller(), Controller()
    for event in happened:
        one.hear(event)
    shuffled = data.draw(st.permutations(happened))
    again = data.draw(st.lists(st.sampled_from(happened), max_size=4))
    for event in [*shuffled, *again]:
        other.hear(event)
    assert sums(one.board, one.acts) == sums(other.board, other.acts)
    assert sums(one.board, one.acts) == sums(one.anew(), one.acts)
    for each in (one, other):
        each.close()
    assert sums(one.board, one.acts) == sums(other.board, other.acts)


@settings(deadline=None)
@given(happened=events())
def test_a_board_adds_up(happened: list[Event]) -> None:
    controller = Controller()
    for event in happened:
        controller.hear(event)
    board, marks = controller.board, controller.acts.of([OP])
    figures = board.figures(0, marks)
    assert figures.expected == figures.accounted + figures.missing + figures.contradicted
    assert len(board.accounted_ns) == figures.accounted == sum(board.hows.values())
    assert board.accounted_ns == sorted(board.accounted_ns)
    assert all(at_ns >= board.opened_ns for at_ns in board.accounted_ns)
    for line in board.lines.values():
        assert (line.state is State.CONTRADICTED) is (line.contradiction is not None)
        assert (line.state in ACCOUNTED) is (line.accounted_ns > 0)
    before = {holder: line.opening.area for holder, line in board.lines.items() if line.opening is not None}
    controller.close()
    after = board.figures(0, controller.acts.of([OP]))
    assert (after.expected, after.accounted) == (figures.expected, figures.accounted), "a key that dies changes nothing"
    assert after.missing == figures.missing + figures.contradicted - after.contradicted
    for holder, line in board.lines.items():
        assert (line.opening.area if line.opening is not None else None) == before.get(holder)
    for holder in controller.presence.holders():
        inside = controller.presence.where_at(holder, board.opened_ns) is not None
        assert not inside or board.lines[holder].expected, "nobody on the roll is lost"
