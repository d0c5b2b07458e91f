"""One controller's domain, fed as its service feeds it: numbers known, keys that die, cut, restart. No bytes, no store.

Belongs here: the order of things that ingest, sweep and start (controller/service/records) give to the domain. Does not
belong here: rules, or judging figures. What is stored for a restart is what the store would hold (rule 9).
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from contract.clock import NS_PER_S
from contract.events import AnyEvent
from contract.ids import AccessPointId, AreaId, EdgeId, Epoch, OperationId
from contract.messages import RingExtent
from contract.periods import Kind, Period
from contract.sealing import KeyName
from contract.site import Site
from controller.domain.known import NumberSet
from controller.domain.muster.acts import Acts
from controller.domain.muster.board import Board
from controller.domain.muster.grounds import Grounds
from controller.domain.presence.bounds import Headcount
from controller.domain.presence.flows import Flows, Usual
from controller.domain.presence.fold import Presence
from controller.domain.presence.forgotten import Forgotten, Prior
from controller.domain.presence.intake import restore
from controller.domain.presence.layout import Layout
from controller.domain.presence.restore import Restoration
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Tally, TallyKind
from controller.domain.presence.track import track
from controller.domain.presence.unwatched import Lost, Outlook, Unwatched, unheard
from controller.domain.presence.watermark import Watermark, Watermarks
from controller.service.records.ingest import AHEAD_S
from controller.service.records.movements import Movements
from sacs.score.events import event_of
from simulators.scenes.story import Order, Record, Statement

_EPOCH: Final = Epoch(bytes(16))
"""No gate of a story restarts: one epoch will do."""


class Fed:
    """The domain of one controller of a site."""

    def __init__(self, site: Site, since_ns: int) -> None:
        """`since_ns`: when its program starts for the first time."""
        self.site: Final = site
        self._retention = site.retention
        self._layout = Layout.of(site)
        self._in_service = [gate.id for gate in site.gate]
        unwatched = Unwatched(site, Flows(site.time_zone(), since_ns))
        self.movements = Movements(Presence(self._layout), self._retention.movement_period_s, unwatched, dict)
        self._usual: dict[tuple[AccessPointId, int], Usual] = {}
        self._densest: dict[AccessPointId, int] = {}
        self._expired = Counter[tuple[EdgeId, int]]()
        self._known: dict[EdgeId, NumberSet] = {}
        self._watermarks = Watermarks()
        self._rows: dict[Stamp, tuple[int, AnyEvent, bool]] = {}
        self._table = Counter[tuple[TallyKind, AreaId, int, AreaId]]()
        self._priors: dict[Stamp, Prior] = {}
        self._next_death_s: int | None = None
        self.counts: Final = Counter[str]()
        """How many records were late, expired, ahead of time or known already."""

    @property
    def presence(self) -> Presence:
        """Who is inside, by this controller."""
        return self.movements.presence

    def take(self, now_ns: int, record: Record) -> AnyEvent | None:
        """Take a record that arrives now; return its event where it was folded."""
        edge = EdgeId(record.source)
        known = self._known.setdefault(edge, NumberSet())
        if not known.add(record.number):
            self.counts["duplicate"] += 1
            return None
        event, doubtful = event_of(record), False
        if event.occurred_ns > now_ns + AHEAD_S * NS_PER_S:  # as ingest does (architecture.md, Time)
            self.counts["ahead"] += 1
            event, doubtful = msgspec.structs.replace(event, occurred_ns=now_ns), True
        name = KeyName(edge, _EPOCH, self._retention.period_at(Kind.MOVEMENT, event.occurred_ns))
        if name.period.start_s <= self.presence.closed_s:
            self.counts["expired"] += 1
            self._expired[edge, name.period.start_s] += 1
            return None
        if self.movements.too_late(name, event):
            self.counts["late"] += 1
            return None
        stamp = Stamp(event.occurred_ns, edge, _EPOCH, record.number)
        self._rows[stamp] = (name.period.start_s, event, doubtful)
        self.movements.add(name, record.number, event, doubtful=doubtful)
        return event

    def tick(self, now_ns: int) -> None:
        """Close every period whose key dies by now."""
        now_s, retention = now_ns // NS_PER_S, self._retention
        if self._next_death_s is None:
            first = retention.period_at(Kind.MOVEMENT, now_ns)
            self._next_death_s = retention.dies_at_s(first)
        while self._next_death_s <= now_s:
            start_s = self._next_death_s - retention.dies_at_s(Period(Kind.MOVEMENT, 0, retention.movement_period_s))
            self._gone(self.presence.close_period(start_s))
            self.movements.close(start_s)
            self._rows = {stamp: row for stamp, row in self._rows.items() if row[0] > start_s}
            self._next_death_s += retention.movement_period_s

    def hear(self, now_ns: int, statements: list[Statement], *, holds_cut: bool) -> None:
        """Take what gates say of themselves, and forget what the cut allows (rules 6 and 7)."""
        for each in statements:
            extent = RingExtent(_EPOCH, each.first, each.last)
            self._watermarks.state(EdgeId(each.gate), Watermark(each.clock_ns, [extent]))
        self._watermarks.settle(self._knows)
        if not holds_cut:
            cut_ns = self._watermarks.cut_ns(self._in_service, now_ns=now_ns, settle_s=self._retention.settle_s)
            self._gone(self.presence.advance_cut(cut_ns))
        self._learn(now_ns)

    def _learn(self, now_ns: int) -> None:
        """Learn what is usual, as service/records/figures.py has it learned."""
        unwatched, counted = self.movements.unwatched, self._watermarks.counted
        told = {
            point: counted[edge] for edge, points in unwatched.points.items() if edge in counted for point in points
        }
        for usual in unwatched.flows.learn(told, now_ns - self._retention.movement_keep_s * NS_PER_S):
            self._usual[usual.access_point, usual.hour] = usual
        self._densest = dict(unwatched.flows.densest)

    def restart(self, now_ns: int) -> None:
        """End the program and start it again, with what would be stored (rule 9)."""
        before = self.presence
        restoration = Restoration(
            self._layout,
            (Tally(kind, area, at_s, count, part) for (kind, area, at_s, part), count in self._table.items()),
            closed_s=before.closed_s,
            cut_ns=before.cut_ns,
        )
        unwatched = Unwatched(self.site, Flows(self.site.time_zone(), now_ns, self._usual.values(), self._densest))
        doubtful, acts = [], Acts()
        for stamp, (period_s, event, is_doubtful) in self._rows.items():
            acts.add(event, period_s, stamp)
            if not restore(restoration, stamp, event, period_s):
                unwatched.add(stamp, event, period_s)
                continue
            if is_doubtful:
                doubtful.append(stamp)
        for prior in self._priors.values():
            if prior.area is not None:
                restoration.prior(prior.stamp, prior.area, prior.left_ns)
        presence = restoration.done()
        for stamp in doubtful:
            presence.doubt(stamp)
        self.movements = Movements(presence, self._retention.movement_period_s, unwatched, dict, acts=acts)

    def accounted(self, order: Order) -> tuple[int, int]:
        """Return how many the board of an operation expects, and how many of them are accounted for."""
        operation = OperationId(order.operation)
        board = Board(operation, order.opened_ns, Grounds(self.site))
        marks = self.movements.acts.of([operation])
        for holder in {*self.presence.holders(), *marks.holders()}:
            board.take(holder, track(self.presence, holder, order.opened_ns), marks)
        figures = board.figures(0, marks)
        return figures.expected, figures.accounted

    def figures(self, now_ns: int, evacuating_ns: int | None) -> Mapping[AreaId, Headcount]:
        """Return the figures of every area and of the site (""), as they would be shown at `now_ns`.

        `evacuating_ns`: since when people evacuate, None if they do not.
        """
        lost = [Lost(edge, period_s, records) for (edge, period_s), records in self._expired.items()]
        silent, swept_ns = unheard(self._watermarks.counted, now_ns), self.presence.swept_ns()
        outlook = Outlook(now_ns, silent, lost, evacuating_ns, swept_ns)
        return self.presence.headcounts(self.movements.unwatched.doubts(outlook))

    def _knows(self, edge: EdgeId, extent: RingExtent) -> bool:
        known = self._known.get(edge)
        return extent.last < extent.first or (known is not None and known.covers(extent.first, extent.last))

    def _gone(self, forgotten: Forgotten) -> None:
        for tally in forgotten.tallies:
            self._table[tally.kind, tally.area, tally.period_s, tally.part] += tally.amount
        for prior in forgotten.priors:
            self._priors[prior.stamp] = prior
        for stamp in self.movements.gone(forgotten):
            self._rows.pop(stamp, None)
            self._priors.pop(stamp, None)
