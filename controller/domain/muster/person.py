"""What has become of one person: missing, accounted for and how, or contradicted.

Two statements that can not both be true are shown, never overwritten: a later one that fits resolves them, or taking
one back. Belongs here: that judgement over one person's sightings. Does not belong here: sums (board.py).
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from contract.clock import NS_PER_S
from contract.events import AccountedFor, StaysByOrder
from contract.ids import ANYWHERE, OUTSIDE, AreaId, EdgeId, HolderId, MusterPointId
from controller.domain.muster.acts import Marked
from controller.domain.muster.grounds import Grounds
from controller.domain.muster.sightings import NOWHERE, How, Sighting, in_order, of_mark, of_read
from controller.domain.presence.fold import Placed
from controller.domain.presence.track import UNREAD, Seen, Track

AT_ONE_TIME_NS: Final = 60 * NS_PER_S
"""Nobody is seen at two muster points, or inside and outside, within so short a time: one of the two is wrong."""


class State(enum.StrEnum):
    """What has become of somebody. Each person on a board has one."""

    MISSING = "missing"
    """He was inside when it opened, or it was found out since, and nothing accounts for him."""
    ACCOUNTED = "accounted"
    STAYING = "staying"
    """Inside by order: accounted for."""
    CONTRADICTED = "contradicted"
    """Two statements that can not both be true: somebody has to find out."""
    LEFT = "left"
    """Accounted for by a read on the way out."""
    ENTERED = "entered"
    """He came in since it opened, a responder for one, and is inside: not expected, not missing."""
    FOUND = "found"
    """Nobody expected him, and he was accounted for."""


class Contradiction(enum.StrEnum):
    """Which two statements can not both be true."""

    BACK_INSIDE = "back-inside"
    """He was accounted for outside or at a muster point, and seen inside after that."""
    TWO_PLACES = "two-places"
    """He was seen at two places at one time."""
    PHONE_AND_INSIDE = "phone-and-inside"
    """He answered from elsewhere, and was seen inside after that."""


@dataclass(frozen=True, slots=True)
class Line:
    """One person on a board. Times in ns since 1970-01-01 UTC; 0 for none.

    `expected`: he counts among those who have to be accounted for. `area`: of a missing or contradicted person, where
    he was last placed inside; of all others, where the roll has him; OUTSIDE where he was never seen inside. `placed`:
    how that is known. `how`, `muster_point`, `accounted_ns`: of what accounts for him now. `exit_gate`: by which he
    left. `statements`: what accounts for him or contradicts that, in order; `withdrawn`: marks that were taken back.
    `opening`: where the roll has him, as long as anything of him can be read; None if it has him nowhere. `roll_area`:
    in which he is counted. `was_inside`: when it opened, as the first read since shows as well, which was of the period
    that starts at `first_s`. `last_s`: start of the period of his last passage. Both None without one.
    """

    holder: HolderId = field(repr=False)
    state: State
    expected: bool
    area: AreaId
    placed: Placed | None = field(repr=False)
    how: How | None
    muster_point: MusterPointId
    wrong_point: bool
    contradiction: Contradiction | None
    accounted_ns: int
    exit_gate: EdgeId
    statements: tuple[Sighting, ...]
    withdrawn: tuple[AccountedFor | StaysByOrder, ...] = field(repr=False)
    opening: Placed | None = field(repr=False)
    roll_area: AreaId
    was_inside: bool
    first_s: int | None
    last_s: int | None


def judge(
    holder: HolderId,
    track: Track,
    marks: Marked,
    grounds: Grounds,
    all_clear_ns: int | None = None,
    earlier: Line | None = None,
) -> Line | None:
    """Return the line of a person, or None if the board has nothing to say of him.

    `track`: around the opening. After the all-clear people go back in: reads tell nothing of them any more. `earlier`:
    his line until now: the roll stays frozen when what it was read from has died and other records of him live.
    """
    of_him = marks.of(holder)
    was_inside, track = _frozen(earlier, track) if track is not UNREAD or of_him else (False, track)
    reads = _rising(track.since)
    if all_clear_ns is not None:
        reads = [read for read in reads if read.at_ns <= all_clear_ns]
    standing = [of_mark(mark) for mark in of_him if not marks.withdrawal(mark.act_id)]
    withdrawn = tuple(mark for mark in of_him if marks.withdrawal(mark.act_id))
    sightings = in_order([*reads, *standing])
    if not (was_inside or sightings or withdrawn):
        return None
    found = _Course(sightings)
    last_inside = next((each.area for each in reversed(sightings) if each.is_inside), None)
    roll_area = track.before.area if track.before is not None else last_inside or OUTSIDE
    state = _state(found, track, sightings, was_inside=was_inside)
    if state is None:
        return None
    moved = state in {State.MISSING, State.CONTRADICTED, State.ENTERED}
    placed = track.now if moved and track.now is not None else track.before
    if placed is not None and placed is track.before and not track.reads_before:  # a later record tells of him
        placed = placed._replace(period_s=track.last_s) if track.last_s is not None else None
    last = found.last
    muster_point = last.muster_point if last is not None else MusterPointId("")
    return Line(
        holder,
        state,
        was_inside or state in {State.FOUND, State.CONTRADICTED, State.MISSING},
        (last_inside or roll_area) if moved else roll_area,
        placed,
        last.how if last is not None else None,
        muster_point,
        grounds.is_wrong(muster_point, roll_area),
        found.contradiction,
        found.since_ns if state not in {State.MISSING, State.CONTRADICTED, State.ENTERED} else 0,
        last.gate if last is not None and last.how is How.EXIT else EdgeId(""),
        tuple(found.statements),
        withdrawn,
        track.before,
        roll_area,
        was_inside,
        track.first_s,
        track.last_s,
    )


def _frozen(earlier: Line | None, track: Track) -> tuple[bool, Track]:
    """Return whether he was inside at the opening, and the track: as it was where the records that said so have died.

    Where such a record lives and does not count, it never moved anybody: the roll follows.
    """
    if earlier is None or track.reads_before:
        return track.before is not None or _came_out_unseen(track), track
    is_unread, opening, first_s = track is UNREAD, earlier.opening, earlier.first_s
    if opening is None or is_unread or opening.period_s <= track.dying_s:
        track = track._replace(before=opening)
    if first_s is not None and (is_unread or first_s <= track.dying_s):
        return earlier.was_inside, track._replace(first_s=first_s)
    return track.before is not None or _came_out_unseen(track), track


def _rising(since: Sequence[Seen]) -> list[Sighting]:
    """Return reads in the order of the chain: where clocks disagree, what fits first is of no later moment."""
    reads: list[Sighting] = []
    for number, seen in enumerate(since):
        read = of_read(seen)
        before = reads[-1] if reads else None
        if before is not None and (read.at_ns, read.key) < (before.at_ns, before.key):
            read = read._replace(at_ns=before.at_ns, key=f"{before.key}/{number}")
        reads.append(read)
    return reads


def _came_out_unseen(track: Track) -> bool:
    """Whether what is read first since the opening shows that he was inside before it, though no chain says so."""
    first = track.since[0] if track.since else None
    if first is None or track.before is not None:
        return False
    return first.source not in {OUTSIDE, ANYWHERE} or (first.source == ANYWHERE and first.area != OUTSIDE)


def _state(found: "_Course", track: Track, sightings: Sequence[Sighting], *, was_inside: bool) -> State | None:
    last = found.last
    if found.contradiction is not None:
        return State.CONTRADICTED
    if last is None:
        if was_inside:
            return State.MISSING
        return State.ENTERED if sightings and sightings[-1].is_inside else None
    if last.how is How.ORDER:
        return State.STAYING
    if not was_inside and sightings[0].how is How.INSIDE:  # he came in, and goes again: a responder
        return State.LEFT if last.how in {How.EXIT, How.READER} else State.ACCOUNTED
    if last.how is How.EXIT:
        return State.LEFT if track.before is not None else State.FOUND
    return State.ACCOUNTED if was_inside else State.FOUND


class _Course:
    """One person's sightings, gone through in order.

    `last`: what accounts for him; `since_ns`: from when on without a contradiction; `statements`: what is shown.
    """

    def __init__(self, sightings: Sequence[Sighting]) -> None:
        self.last: Sighting | None = None
        self.contradiction: Contradiction | None = None
        self.since_ns = 0
        self.statements: list[Sighting] = []
        for each in sightings:
            self._take(each)

    def _take(self, each: Sighting) -> None:
        if each.accounts:
            self._accounted(each)
        elif self.last is not None:
            self._read_inside(each, self.last)

    def _accounted(self, now: Sighting) -> None:
        before, was = self.last, self.contradiction
        self.contradiction = None if before is None else _between(before, now)
        if before is None or (was is not None and self.contradiction is None):
            self.since_ns = now.at_ns
        self.last = now
        self.statements.append(now)

    def _read_inside(self, read: Sighting, last: Sighting) -> None:
        if last.area == NOWHERE:
            self.contradiction = Contradiction.PHONE_AND_INSIDE
        elif not last.is_inside or (last.muster_point and read.area != last.area):
            self.contradiction = Contradiction.BACK_INSIDE
        else:
            return
        self.statements.append(read)


def _between(before: Sighting, now: Sighting) -> Contradiction | None:
    """Return how two accounts of one person contradict each other, if they do."""
    if now.how is How.ORDER:
        return None  # whoever orders it knows where he is
    apart = before.is_inside is not now.is_inside or (
        before.muster_point != now.muster_point and bool(before.muster_point and now.muster_point)
    )
    if NOWHERE in {before.area, now.area}:
        return Contradiction.PHONE_AND_INSIDE if before.area == NOWHERE and now.is_inside else None
    if apart and now.at_ns - before.at_ns <= AT_ONE_TIME_NS and not _walked_out(before, now):
        return Contradiction.TWO_PLACES
    if not before.is_inside and now.is_inside and not now.muster_point:
        return Contradiction.BACK_INSIDE
    return None


def _walked_out(before: Sighting, now: Sighting) -> bool:
    """Whether somebody was seen inside and then on his way out or at a point outside: that takes seconds."""
    return before.is_inside and not now.is_inside and not before.muster_point
