"""A small site and its people: reads and marks by the second, and the board that they make."""

from contract.clock import NS_PER_S
from contract.events import AccountedFor, AreaSwept, MarkWithdrawn, Means, StaysByOrder, UnnamedSeen, WithdrawnBecause
from contract.ids import OUTSIDE, AccessPointId, AccountId, ActId, AreaId, EdgeId, Epoch, HolderId, MusterPointId
from contract.ids import OperationId as Op
from contract.site import parse_site
from controller.domain.muster.acts import Acts, Mark, Marked
from controller.domain.muster.board import Board
from controller.domain.muster.grounds import Grounds
from controller.domain.muster.person import Line
from controller.domain.presence.fold import Presence
from controller.domain.presence.intake import fold
from controller.domain.presence.layout import Layout
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.track import track

SITE = parse_site("""
area = [{id = "yard"}, {id = "house", within = "yard"}, {id = "shed", within = "yard"}]
access_point = [
    {id = "in", from = "outside", to = "yard"},
    {id = "out", from = "yard", to = "outside"},
    {id = "up", from = "yard", to = "house"},
    {id = "down", from = "house", to = "yard"},
    {id = "at-lawn", from = "any", to = "outside", muster_point = "lawn"},
    {id = "at-park", from = "any", to = "outside", muster_point = "park"},
    {id = "at-cellar", from = "any", to = "yard", muster_point = "cellar"},
    {id = "here", from = "any", to = "house"},
]
muster_point = [{id = "lawn", areas = ["house"]}, {id = "park"}, {id = "cellar", area = "yard"}]
""")
GROUNDS = Grounds(SITE)
YARD, HOUSE, SHED = AreaId("yard"), AreaId("house"), AreaId("shed")
LAWN, PARK, NO_POINT = MusterPointId("lawn"), MusterPointId("park"), MusterPointId("")
OP, ZOE, BEN, BY = Op("1" * 24), HolderId("zoe"), HolderId("ben"), AccountId("b" * 24)
OPENED_S = 1000
"""Seconds at which the operation opens; events of less were before it."""


def act_id(number: int) -> ActId:
    """The id of an act."""
    return ActId(f"{number:024x}")


class Ground:
    """A fold, marks, and one operation's board of them."""

    def __init__(self) -> None:
        self.presence = Presence(Layout.of(SITE))
        self.acts = Acts()
        self.number = 0
        self.all_clear_ns: int | None = None
        self.operation = OP

    def read(self, second: float, holder: HolderId, point: str, period_s: int = 0) -> None:
        """Somebody is read at an access point."""
        self.number += 1
        stamp = Stamp(round(second * NS_PER_S), EdgeId("north"), Epoch(bytes(16)), self.number)
        self.presence.granted(stamp, holder, AccessPointId(point), period_s)

    def seen(
        self,
        second: float,
        holder: HolderId,
        means: Means = Means.WARDEN,
        area: AreaId = OUTSIDE,
        point: MusterPointId = NO_POINT,
    ) -> ActId:
        """An officer accounts for somebody; return the act."""
        self.number += 1
        made = act_id(self.number)
        self.add(AccountedFor(round(second * NS_PER_S), made, self.operation, holder, means, area, point, BY))
        return made

    def stays(self, second: float, holder: HolderId, area: AreaId = HOUSE) -> None:
        """Somebody stays by order."""
        self.number += 1
        self.add(StaysByOrder(round(second * NS_PER_S), act_id(self.number), self.operation, holder, area, BY))

    def take_back(self, second: float, mark: ActId) -> None:
        """A mark is withdrawn."""
        self.number += 1
        because = WithdrawnBecause.WRONG_PERSON
        self.add(MarkWithdrawn(round(second * NS_PER_S), act_id(self.number), self.operation, mark, because, BY))

    def unnamed(self, second: float, amount: int, area: AreaId, point: MusterPointId = NO_POINT) -> ActId:
        """So many without a name are seen."""
        self.number += 1
        made = act_id(self.number)
        self.add(UnnamedSeen(round(second * NS_PER_S), made, self.operation, amount, area, point, BY))
        return made

    def swept(self, second: float, area: AreaId, unnamed: int) -> None:
        """An area is searched."""
        self.number += 1
        self.add(AreaSwept(round(second * NS_PER_S), act_id(self.number), self.operation, area, unnamed, BY))

    def add(self, mark: Mark) -> None:
        """A mark comes."""
        record = Stamp(mark.occurred_ns, EdgeId("main"), Epoch(bytes(16)), int(mark.act_id, 16))
        self.acts.add(mark, 0, record)
        fold(self.presence, record, mark, 0)

    @property
    def marks(self) -> Marked:
        """The marks of the operation."""
        return self.acts.of([OP])

    def board(self) -> Board:
        """The board as it is built anew."""
        board = Board(OP, OPENED_S * NS_PER_S, GROUNDS)
        marks = self.marks
        for holder in {*self.presence.holders(), *marks.holders()}:
            board.take(holder, track(self.presence, holder, board.opened_ns), marks, self.all_clear_ns)
        return board

    def line(self, holder: HolderId) -> Line | None:
        """One person's line."""
        return self.board().lines.get(holder)
