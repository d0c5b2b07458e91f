"""People on their way through a picture, and who of them crosses the line.

A track goes on in the blob that lies most where the track should be by now. Two whose blobs run into one walk on in it
by their own pace until the blobs part. Whoever then stands where he was seen last is he, though he was expected
elsewhere. Any other blob that parts from another was there all the time: it crosses the line as late as it is seen by
itself, unless it was counted by its size already.

Belongs here: from blobs to crossings. Does not belong here: pixels (edge/counting), passages (domain/tailgating.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from edge.domain.counting.blob import Blob
from edge.domain.counting.bodies import bodies
from edge.domain.counting.line import Line, Point, Side
from edge.domain.counting.persons import Persons

_NS_PER_S: Final = 1_000_000_000
_SAME: Final = 0.25
"""Boxes that share less than this of the smaller one are not of the same person."""
_BELIEVED_LOOKS: Final = 4
_BELIEVED_WAY: Final = 0.25
"""Somebody has moved by this share of his height before he counts: what trembles at its place is nobody."""
_MARGIN: Final = 0.08
"""So far beyond the line, as a share of his height, somebody is over it."""
_LOST_NS: Final = 800_000_000
_PARTS_NS: Final = 1_500_000_000
"""Who parts from another longer after the line is no second person who crossed it with him."""
_PARTS_AREA: Final = 0.35
_SAME_PACE: Final = 0.5
_STEADY: Final = 0.3
"""Weight of the newest look in a pace."""


@dataclass(frozen=True, slots=True)
class Crossed:
    """So many `persons` crossed at once to that side.

    `height`: of the body, in pixels; `share`: where on the line, 0 at its beginning, 1 at its end.
    """

    side: Side
    persons: int
    at_ns: int
    height: float
    share: float


@dataclass(slots=True)
class _Track:
    blob: Blob
    born: Point
    seen_ns: int
    dx: float = 0.0
    """Pixels a second."""
    dy: float = 0.0
    looks: int = 1
    side: Side | None = None
    """The last side on which it surely was."""
    there: Point | None = None
    """Where it was then."""
    crossed_ns: int | None = None
    spare: int = 0
    """Counted by the size of the blob, and not seen by themselves yet."""
    persons: Persons = field(default_factory=Persons)
    shared: Blob | None = None
    """The blob in which it walks together with others."""

    def after(self, now_ns: int) -> Blob:
        """Return where it should be."""
        passed_s = (now_ns - self.seen_ns) / _NS_PER_S
        return self.blob.moved(self.dx * passed_s, self.dy * passed_s)


class Tracks:
    """Everybody in one camera's picture, which is `width` wide and `height` high, in pixels; times never go back."""

    def __init__(self, line: Line, width: int, height: int) -> None:
        self._line = line
        self._width, self._height = width, height
        self._tracks: list[_Track] = []

    def __len__(self) -> int:
        """Return how many are on their way."""
        return len(self._tracks)

    def forget(self) -> None:
        """Nobody knows any more who is where: the picture was lost."""
        self._tracks.clear()

    def take(self, blobs: Sequence[Blob], now_ns: int) -> list[Crossed]:
        """Take what stands out now; return who crossed the line."""
        blobs = bodies(blobs, self._line)
        expected = [track.after(now_ns) for track in self._tracks]
        pairs = sorted(
            (
                (share, which, number)
                for which, box in enumerate(expected)
                for number, blob in enumerate(blobs)
                if (share := box.overlap(blob)) >= _SAME
            ),
            reverse=True,
        )
        own: dict[int, int] = {}
        for _, which, number in pairs:
            if which not in own and number not in own.values():
                own[which] = number
        inside: dict[int, list[int]] = {number: [which] for which, number in own.items()}
        for _, which, number in pairs:
            if which not in own:
                own[which] = number
                inside[number].append(which)
        before = list(self._tracks)
        missing = [track for which, track in enumerate(before) if which not in own]
        for number, blob in enumerate(blobs):
            members = [before[which] for which in inside.get(number, ())]
            if len(members) == 1:
                self._go_alone(members[0], blob, now_ns)
            elif members:
                self._go_together(members, blob, now_ns)
            elif (found := self._found_again(blob, missing)) is not None:
                missing.remove(found)
                self._go_alone(found, blob, now_ns)
            else:
                self._appear(blob, before, expected, now_ns)
        self._tracks = [track for track in self._tracks if now_ns - track.seen_ns <= _LOST_NS]
        return [crossed for track in self._tracks if (crossed := self._crossed(track, now_ns)) is not None]

    def _go_alone(self, track: _Track, blob: Blob, now_ns: int) -> None:
        passed_s = (now_ns - track.seen_ns) / _NS_PER_S
        if track.shared is None and passed_s > 0:
            weight = _STEADY if track.looks > 1 else 1.0
            track.dx += weight * ((blob.ground.x - track.blob.ground.x) / passed_s - track.dx)
            track.dy += weight * ((blob.ground.y - track.blob.ground.y) / passed_s - track.dy)
        track.blob, track.shared, track.seen_ns = blob, None, now_ns
        track.looks += 1
        is_whole = blob.left > 1 and blob.right < self._width - 1 and blob.bottom < self._height - 1
        person = self._line.person(blob.ground)
        if person and is_whole:
            track.persons.look(blob, person)

    def _go_together(self, members: list[_Track], blob: Blob, now_ns: int) -> None:
        """Let each walk on within the blob: with all of it where all go one way, else by his own pace."""
        is_one_way = _go_one_way(members)
        for track in members:
            expected = track.after(now_ns)
            if track.shared is not None and is_one_way:
                expected = track.blob.moved(blob.x - track.shared.x, blob.bottom - track.shared.bottom)
            dx = min(max(expected.left, blob.left), max(blob.right - expected.width, blob.left)) - expected.left
            dy = min(max(expected.bottom, blob.top), blob.bottom) - expected.bottom
            track.blob = expected.moved(dx, dy)
            track.shared, track.seen_ns = blob, now_ns
            track.looks += 1

    @staticmethod
    def _found_again(blob: Blob, missing: list[_Track]) -> _Track | None:
        """Return who was last seen where `blob` is: he stopped while others hid him, and was expected elsewhere."""
        there = [track for track in missing if track.blob.overlap(blob) >= _SAME]
        return max(there, key=lambda track: track.blob.overlap(blob), default=None)

    def _appear(self, blob: Blob, before: list[_Track], expected: list[Blob], now_ns: int) -> None:
        """Somebody is seen for the first time: he came into the picture, or walked hidden in another's blob."""
        track = _Track(blob, blob.ground, now_ns)
        for other, box in zip(before, expected, strict=True):
            if other.crossed_ns is None or now_ns - other.crossed_ns > _PARTS_NS or other.side is None:
                continue
            if box.overlap(blob) > 0 and blob.area >= _PARTS_AREA * other.blob.area:
                track.side, track.there = other.side, blob.ground
                if other.spare:
                    other.spare -= 1
                else:
                    track.side, track.there = _opposite(other.side), other.born
                break
        self._tracks.append(track)

    def _crossed(self, track: _Track, now_ns: int) -> Crossed | None:
        """Return how many crossed the line with this track just now."""
        at, distance = track.blob.ground, self._line.distance(track.blob.ground)
        if abs(distance) < _MARGIN * track.blob.height or track.looks < _BELIEVED_LOOKS:
            return None
        side = Side.RIGHT if distance > 0 else Side.LEFT
        if track.side is None or track.there is None or track.side is side:
            track.side, track.there = side, at
            return None
        way = abs(at.x - track.born.x) + abs(at.y - track.born.y)
        if way < _BELIEVED_WAY * track.blob.height:
            return None
        is_passed = self._line.is_passed(track.there, at)
        track.side, track.there = side, at
        persons = 1 if track.shared is not None else track.persons.amount
        if not is_passed:
            return None
        track.crossed_ns, track.spare = now_ns, persons - 1
        return Crossed(side, persons, now_ns, track.blob.height, self._line.share(at))


def _go_one_way(members: Sequence[_Track]) -> bool:
    """Tell whether all go the same way at about the same pace."""
    fastest = max(abs(track.dx) + abs(track.dy) for track in members)
    first = members[0]
    return all(abs(track.dx - first.dx) + abs(track.dy - first.dy) <= _SAME_PACE * fastest for track in members[1:])


def _opposite(side: Side) -> Side:
    return Side.LEFT if side is Side.RIGHT else Side.RIGHT
