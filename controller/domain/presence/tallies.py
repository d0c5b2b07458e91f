"""The anonymous tallies: what is counted for each area and period (rule 3), summed over windows (rules 11 to 14).

A count of a region (an area with all that lies within it, or the whole site) is kept in parts, by the area in which it
arose: so a sweep of one area settles what was counted there, in every region around it (rule 10). Belongs here:
counters and their windows. Does not belong here: when something is counted (layout.py, counting.py), or what the sums
mean (bounds.py). A tally names no person and outlives every key; the table of them is all that persists.
"""

import enum
from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from contract.ids import AreaId
from contract.periods import DAY_S, HOUR_S
from controller.domain.presence.declared import Declared

RATE_WINDOW_S: Final = 28 * DAY_S
_EVER: Final = -(1 << 62)


class TallyKind(enum.StrEnum):
    """What is counted, by the letters of rule 3 and, below those, what officers say of people without a name."""

    UNNAMED = "I"
    """The last event ends inside and its key is gone: one person without a name. So is each whom a sweep has found."""
    LEFT = "x"
    """The next event leaves the area."""
    LEFT_UNSEEN = "T"
    """The next event comes from elsewhere, so he left without a read."""
    UNPLACED = "X"
    """An event comes out of the area, or says "now here" in it, where the chain did not place its holder."""
    CAME = "+"
    """Persons without a name who came in by an officer's word, or beside a driver."""
    WENT = "-"
    """Persons without a name who went out by an officer's word, or beside a driver."""
    FOUND = "F"
    """Persons without a name whom a sweep has found: of those who were counted as unnamed, so many had not left."""
    STAYED = "s"
    """Of those who came beside a driver, whom the vehicle has left behind: they are among those who came."""
    SURPLUS = "r"
    """Persons beside a driver who went out and had not come in with the vehicle."""
    UNSURE = "u"
    """Of those who came beside a driver, whom nobody saw come, or perhaps not then: they are among those who came."""
    SWEPT = "S"
    """No count, but a moment: after so many ns of the period the area was swept; what was before it is settled."""


KINDS: Final = tuple(kind for kind in TallyKind if kind is not TallyKind.SWEPT)


class Tally(NamedTuple):
    """`amount` events of one kind in one area (or the whole site), of the period that starts at `period_s`.

    `part`: the area within it in which that arose; "" for `area` itself, and for the site where nobody knows. A tally
    of one second before a period is of that period, and was settled by a sweep within it.
    """

    kind: TallyKind
    area: AreaId
    period_s: int
    amount: int
    part: AreaId = AreaId("")


class Counts(NamedTuple):
    """Sums over a window, in the order of TallyKind."""

    unnamed: int = 0
    left: int = 0
    left_unseen: int = 0
    unplaced: int = 0
    came: int = 0
    went: int = 0
    found: int = 0
    stayed: int = 0
    surplus: int = 0
    unsure: int = 0


class Sums(NamedTuple):
    """What one figure is made of: N (persons placed inside), and the tallies over the windows of rules 11 to 14.

    `readable`: periods that are not closed; `recent`, `stay`, `rated`: closed ones, of as long again as a record is
    kept, of what is then left of the longest stay, of 28 days. All but `rated` begin anew with a sweep. `unfound`:
    persons still placed there by what was read before the last sweep, which did not find them by name: they are not in
    `named`. `readable_s`, `unnamed_s`: starts of the oldest readable period, and of the oldest one within the longest
    stay of which somebody is unnamed; 0 for none. `by_word`, `beyond`: of readable and recent periods, how many of
    those who came by officers' word have not gone by it, and how many went beyond those who had come. `beside`: persons
    without a name beside drivers who are placed there and have not left since. `stayed_s`, `surplus_s`: starts of the
    first periods in which one of those came whom a vehicle left behind, within the longest stay, and in which one left
    with more than it came; 0 for none.
    """

    named: int
    readable: Counts
    recent: Counts
    stay: Counts
    rated: Counts
    unfound: int = 0
    readable_s: int = 0
    unnamed_s: int = 0
    by_word: int = 0
    beyond: int = 0
    beside: int = 0
    stayed_s: int = 0
    surplus_s: int = 0


class Shares(NamedTuple):
    """The parts of all regions: `of[region]` numbers those of one region, `part[share]` is the area of one share."""

    of: tuple[tuple[int, ...], ...]
    part: tuple[int, ...]


def slot(share: int, kind: TallyKind) -> int:
    """Return where a row keeps `kind` of the share with that number."""
    return share * len(KINDS) + KINDS.index(kind)


class _Window:
    """Sums over the closed periods of the last `length_s` seconds; None: of all time."""

    def __init__(self, since: list[int], length_s: int | None) -> None:
        self._since = since
        self.sums = [0] * len(since)
        self._length_s = length_s
        self._rows: deque[tuple[int, list[int]]] = deque()

    def enter(self, period_s: int, row: list[int]) -> None:
        self._accumulate(period_s, row, 1)
        self._rows.append((period_s, row))

    def clear(self) -> None:
        self.sums = [0] * len(self.sums)
        self._rows.clear()

    def leave(self, closed_s: int) -> None:
        while self._rows and self._length_s is not None and self._rows[0][0] <= closed_s - self._length_s:
            self._accumulate(*self._rows.popleft(), -1)

    def first(self, at: int) -> int:
        """Return the start of the first period of which something counts in that slot; 0 for none."""
        return next((period_s for period_s, row in self._rows if row[at] and period_s >= self._since[at]), 0)

    def rows(self) -> Iterable[tuple[int, list[int]]]:
        """Return the starts and the rows of its periods, in order."""
        return self._rows

    def again(self, slots: Iterable[int]) -> None:
        """Add up anew, after the moment has changed from which on `slots` count."""
        for at in slots:
            self.sums[at] = sum(row[at] for period_s, row in self._rows if period_s >= self._since[at])

    def _accumulate(self, period_s: int, row: list[int], sign: int) -> None:
        for at, count in enumerate(row):
            if count and period_s >= self._since[at]:
                self.sums[at] += sign * count


class Tallies:
    """Running sums over readable and closed periods, so that a figure costs no scan.

    A row is a list of counts, `slot` says where. `add` counts in periods that are readable, `close` moves those into
    the windows of closed ones: `recent` for rule 12, `stay` for rule 14, `rated` for rule 11.
    """

    def __init__(self, shares: Shares, declared: Declared) -> None:
        self._shares = shares
        slots = len(shares.part) * len(KINDS)
        self._named = [0] * len(shares.of)
        self._unfound = [0] * len(shares.of)
        self._beside = [0] * len(shares.of)
        self._slots = slots
        self._since = [_EVER] * slots
        self._latest_s = _EVER
        self._open: dict[int, list[int]] = {}
        self._readable = [0] * slots
        self.recent: Final = _Window(self._since, declared.keep_s)
        # When a period is closed, that much of the longest stay is over, of who was read at its very end an hour less.
        longest_s = declared.longest_stay_s
        stay_s = None if longest_s is None else max(0, longest_s - declared.keep_s) + HOUR_S
        self.stay: Final = _Window(self._since, stay_s)
        self.rated: Final = _Window([_EVER] * slots, RATE_WINDOW_S)

    def place(self, regions: Iterable[int], by: int) -> None:
        """Count `by` more persons placed in each of those regions (N of rule 12)."""
        for region in regions:
            self._named[region] += by

    def lose(self, regions: Iterable[int], by: int) -> None:
        """Count `by` more persons whom a sweep of where they are placed has not found by name."""
        for region in regions:
            self._unfound[region] += by

    def ride(self, regions: Iterable[int], by: int) -> None:
        """Count `by` more persons beside drivers who are in each of those regions."""
        for region in regions:
            self._beside[region] += by

    def add(self, slots: Iterable[int], period_s: int, by: int) -> None:
        """Count `by` more in each of `slots` of a readable period."""
        row = self._open.get(period_s)
        if row is None:
            row = self._open[period_s] = [0] * self._slots
        readable = self._readable
        if period_s >= self._latest_s:  # no sweep was later: the common case
            for at in slots:
                row[at] += by
                readable[at] += by
            return
        for at in slots:
            row[at] += by
            if period_s >= self._since[at]:
                readable[at] += by

    def sweep(self, part: int, since_s: int | None) -> None:
        """Let all that arose in the area with that index count from the period on that starts at `since_s`.

        None: from ever.
        """
        slots = [at for at in range(self._slots) if self._shares.part[at // len(KINDS)] == part]
        for at in slots:
            self._since[at] = _EVER if since_s is None else since_s
        self._latest_s = max(self._since, default=_EVER)
        for at in slots:
            self._readable[at] = sum(row[at] for period_s, row in self._open.items() if period_s >= self._since[at])
        self.recent.again(slots)
        self.stay.again(slots)

    def settle(self, part: int, period_s: int) -> dict[int, int]:
        """Put what arose in that area in that period before the period, as a sweep has settled it; return what it was.

        By slot. To be followed by `sweep`.
        """
        row = self._open.get(period_s)
        if row is None:
            return {}
        settled = {at: row[at] for at in range(self._slots) if row[at] and self._shares.part[at // len(KINDS)] == part}
        for at, count in settled.items():
            self.add((at,), period_s, -count)
            self.add((at,), period_s - 1, count)
        return settled

    def load(self, table: Iterable[tuple[Tally, int]]) -> None:
        """Take rows of the tally table, each with the number of its share; to be followed by `close` (rule 9)."""
        for tally, share in table:
            if tally.kind is not TallyKind.SWEPT:
                self.add((slot(share, tally.kind),), tally.period_s, tally.amount)

    def close(self, closed_s: int) -> None:
        """All periods up to the one that starts at `closed_s` are closed now (rule 5)."""
        for period_s in sorted(period_s for period_s in self._open if period_s <= closed_s):
            row = self._open.pop(period_s)
            for at, count in enumerate(row):
                if count and period_s >= self._since[at]:
                    self._readable[at] -= count
            for window in (self.recent, self.stay, self.rated):
                window.enter(period_s, row)
        for window in (self.recent, self.stay, self.rated):
            window.leave(closed_s)

    def adopt(self, table: Iterable[tuple[Tally, int]], closed_s: int) -> None:
        """Take another table in the place of all that closed periods say; readable ones stay as they are.

        `closed_s`: start of the last closed period; what `table` says of later ones is passed over.
        """
        rows: dict[int, list[int]] = {}
        for tally, share in table:
            if tally.period_s <= closed_s and tally.kind is not TallyKind.SWEPT:
                row = rows.setdefault(tally.period_s, [0] * self._slots)
                row[slot(share, tally.kind)] += tally.amount
        for window in (self.recent, self.stay, self.rated):
            window.clear()
            for period_s in sorted(rows):
                window.enter(period_s, rows[period_s])
            window.leave(closed_s)

    def sums(self, region: int, closed: "Tallies | None" = None) -> Sums:
        """Return what a figure of the region with that index is made of; 0 is the whole site.

        `closed`: take what closed periods say from these.
        """
        shares, closed = self._shares.of[region], closed or self
        return Sums(
            self._named[region],
            _counts(self._readable, shares),
            _counts(closed.recent.sums, shares),
            _counts(closed.stay.sums, shares),
            _counts(closed.rated.sums, shares),
            self._unfound[region],
            self._readable_s(shares),
            self._unnamed_s(shares),
            *self._by_word(shares, closed),
            self._beside[region],
            self._first_s(TallyKind.STAYED, shares, self.stay),
            self._first_s(TallyKind.SURPLUS, shares),
        )

    def _first_s(self, kind: TallyKind, shares: tuple[int, ...], window: _Window | None = None) -> int:
        """Return the start of the first period in which something of that kind counts: of a window, else readable."""
        slots = [slot(share, kind) for share in shares]
        closed = [window.first(at) for at in slots if window.sums[at]] if window is not None else []
        if not closed and not any(self._readable[at] for at in slots):  # the common case
            return 0
        opened = [s for s, row in self._open.items() for at in slots if row[at] and s >= self._since[at]]
        return max(0, min((*closed, *opened), default=0))

    def _by_word(self, shares: tuple[int, ...], closed: "Tallies") -> tuple[int, int]:
        """Return how many came by officers' word and have not gone by it, and how many went beyond those.

        Period by period, for a group comes before it goes: its coming leaves a window first, and then its going must
        not take away the next group.
        """
        came = [slot(share, TallyKind.CAME) for share in shares]
        went = [slot(share, kind) for share in shares for kind in (TallyKind.WENT, TallyKind.SURPLUS)]
        if not any(self._readable[at] or closed.recent.sums[at] for at in (*came, *went)):  # the common case
            return 0, 0
        inside = beyond = 0
        for period_s, row in (*closed.recent.rows(), *sorted(self._open.items())):
            more = sum(row[at] for at in came if row[at] and period_s >= self._since[at])
            less = sum(row[at] for at in went if row[at] and period_s >= self._since[at])
            inside += more - less
            beyond, inside = beyond + max(0, -inside), max(0, inside)
        return inside, beyond

    def _readable_s(self, shares: tuple[int, ...]) -> int:
        kinds = len(KINDS)
        for period_s in sorted(self._open):
            row = self._open[period_s]
            if any(row[at] for share in shares for at in range(share * kinds, (share + 1) * kinds)):
                return max(0, period_s)
        return 0

    def _unnamed_s(self, shares: tuple[int, ...]) -> int:
        slots = [slot(share, kind) for share in shares for kind in (TallyKind.UNNAMED, TallyKind.CAME)]
        return max(0, min((self.stay.first(at) for at in slots if self.stay.sums[at]), default=0))

    def swept_s(self, part: int) -> int:
        """Return the start of the period in which the area with that index was swept last; 0 for never."""
        return max(0, *(self._since[slot(at, KINDS[0])] for at, of in enumerate(self._shares.part) if of == part))


def _counts(sums: list[int], shares: tuple[int, ...]) -> Counts:
    kinds = len(KINDS)
    if len(shares) == 1:
        return Counts(*sums[shares[0] * kinds : (shares[0] + 1) * kinds])
    return Counts(*(sum(sums[share * kinds + kind] for share in shares) for kind in range(kinds)))
