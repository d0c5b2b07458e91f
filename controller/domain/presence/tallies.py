"""The anonymous tallies: four kinds, counted for each area and period (rule 3), summed over windows (rules 11 to 14).

Belongs here: counters and their windows. Does not belong here: when something is counted (layout.py, fold.py), or what
the sums mean (bounds.py). A tally names no person and outlives every key; the table of them is all that persists.
"""

import enum
from collections import deque
from collections.abc import Iterable
from typing import Final, NamedTuple

from contract.ids import AreaId
from contract.periods import DAY_S
from controller.domain.presence.declared import Declared

RATE_WINDOW_S: Final = 28 * DAY_S


class TallyKind(enum.StrEnum):
    """What is counted, by the letters of rule 3."""

    UNNAMED = "I"
    """The last event ends inside and its key is gone: one person without a name."""
    LEFT = "x"
    """The next event leaves the area."""
    LEFT_UNSEEN = "T"
    """The next event comes from elsewhere, so he left without a read."""
    UNPLACED = "X"
    """An event comes out of the area, or says "now here" in it, where the chain did not place its holder."""


KINDS: Final = tuple(TallyKind)


class Tally(NamedTuple):
    """`amount` events of one kind in one area (or the whole site), of the period that starts at `period_s`."""

    kind: TallyKind
    area: AreaId
    period_s: int
    amount: int


class Counts(NamedTuple):
    """Sums over a window, in the order of TallyKind."""

    unnamed: int = 0
    left: int = 0
    left_unseen: int = 0
    unplaced: int = 0


class Sums(NamedTuple):
    """What one figure is made of: N (persons placed inside), and the tallies over the windows of rules 11 to 14.

    `readable`: periods that are not closed; `recent`, `stay`, `rated`: closed ones, of as long again as a record is
    kept, of the longest stay, of 28 days.
    """

    named: int
    readable: Counts
    recent: Counts
    stay: Counts
    rated: Counts


def slot(scope: int, kind: TallyKind) -> int:
    """Return where a row keeps `kind` of the scope with that index (0 is the whole site)."""
    return scope * len(KINDS) + KINDS.index(kind)


class _Window:
    """Sums over the closed periods of the last `length_s` seconds; None: of all time."""

    def __init__(self, slots: int, length_s: int | None) -> None:
        self.sums = [0] * slots
        self._length_s = length_s
        self._rows: deque[tuple[int, list[int]]] = deque()

    def enter(self, period_s: int, row: list[int]) -> None:
        _accumulate(self.sums, row, 1)
        if self._length_s is not None:
            self._rows.append((period_s, row))

    def clear(self) -> None:
        self.sums = [0] * len(self.sums)
        self._rows.clear()

    def leave(self, closed_s: int) -> None:
        while self._rows and self._length_s is not None and self._rows[0][0] <= closed_s - self._length_s:
            _accumulate(self.sums, self._rows.popleft()[1], -1)


class Tallies:
    """Running sums over readable and closed periods, so that a figure costs no scan.

    A row is a list of counts, `slot` says where. `add` counts in periods that are readable, `close` moves those into
    the windows of closed ones: `recent` for rule 12, `stay` for rule 14, `rated` for rule 11.
    """

    def __init__(self, scopes: int, declared: Declared) -> None:
        slots = scopes * len(KINDS)
        self._named = [0] * scopes
        self._slots = slots
        self._open: dict[int, list[int]] = {}
        self._readable = [0] * slots
        self._recent = _Window(slots, declared.keep_s)
        self._stay = _Window(slots, declared.longest_stay_s)
        self._rated = _Window(slots, RATE_WINDOW_S)

    def place(self, area: int, by: int) -> None:
        """Count `by` more persons placed in the area with that index, and so on the site (N of rule 12)."""
        if area:  # index 0 is the outside among places, and the whole site among scopes
            self._named[area] += by
            self._named[0] += by

    def add(self, slots: Iterable[int], period_s: int, by: int) -> None:
        """Count `by` more in each of `slots` of a readable period."""
        row = self._open.get(period_s)
        if row is None:
            row = self._open[period_s] = [0] * self._slots
        readable = self._readable
        for at in slots:
            row[at] += by
            readable[at] += by

    def load(self, table: Iterable[tuple[Tally, int]]) -> None:
        """Take rows of the tally table, each with the index of its scope; to be followed by `close` (rule 9)."""
        for tally, scope in table:
            self.add((slot(scope, tally.kind),), tally.period_s, tally.amount)

    def close(self, closed_s: int) -> None:
        """All periods up to the one that starts at `closed_s` are closed now (rule 5)."""
        for period_s in sorted(period_s for period_s in self._open if period_s <= closed_s):
            row = self._open.pop(period_s)
            _accumulate(self._readable, row, -1)
            for window in (self._recent, self._stay, self._rated):
                window.enter(period_s, row)
        for window in (self._recent, self._stay, self._rated):
            window.leave(closed_s)

    def adopt(self, table: Iterable[tuple[Tally, int]], closed_s: int) -> None:
        """Take another table in the place of all that closed periods say; readable ones stay as they are.

        `closed_s`: start of the last closed period; what `table` says of later ones is passed over.
        """
        rows: dict[int, list[int]] = {}
        for tally, scope in table:
            if tally.period_s <= closed_s:
                row = rows.setdefault(tally.period_s, [0] * self._slots)
                row[slot(scope, tally.kind)] += tally.amount
        for window in (self._recent, self._stay, self._rated):
            window.clear()
            for period_s in sorted(rows):
                window.enter(period_s, rows[period_s])
            window.leave(closed_s)

    def sums(self, scope: int) -> Sums:
        """Return what a figure of the scope with that index is made of."""
        part = slice(scope * len(KINDS), (scope + 1) * len(KINDS))
        return Sums(
            self._named[scope],
            Counts(*self._readable[part]),
            Counts(*self._recent.sums[part]),
            Counts(*self._stay.sums[part]),
            Counts(*self._rated.sums[part]),
        )


def _accumulate(sums: list[int], row: list[int], sign: int) -> None:
    for at, count in enumerate(row):
        if count:
            sums[at] += sign * count
