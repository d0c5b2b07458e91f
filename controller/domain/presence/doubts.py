"""Doubts: by how many a count may be wrong, why, and since when; and those that single passages raise.

A passage is doubtful when its gate's clock was ahead, so that a controller gave it a time of its own: when somebody
passed decides where he is by now. And it is not seen when a gate that can see whether a person goes through has not
said so yet: in the seconds in which somebody walks through a door as well as when its word was lost. Belongs here: what
a doubt is, and which passages raise one. Does not belong here: doubts about what was not read at all (unwatched.py),
deciding that a record is doubtful (service/records/ingest.py), or the bounds (bounds.py).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from contract.ids import AreaId
from controller.domain.presence.chain import Evidence, Passage
from controller.domain.presence.layout import Layout
from controller.domain.presence.reason import Reason


class Doubt(NamedTuple):
    """Up to `fewer` persons may be there less, up to `more` beside those who are placed there, since `since_ns`.

    `since_ns`: in nanoseconds since 1970-01-01 UTC, 0 where no moment can be told. `place`: the gate or portal, "" for
    none. Not `is_bounded`: nobody can say how many; the figure is unknown. `unnamed`: so many who count as having come
    without a name may not have come; they are in no lowest figure, and nobody who goes is set off against them.
    """

    reason: Reason
    fewer: int
    more: int
    since_ns: int = 0
    place: str = ""
    is_bounded: bool = True
    unnamed: int = 0


Beside = Mapping[AreaId, Sequence[Doubt]]
"""What is in doubt beside what was read, by area; the whole site under its own id."""
NOTHING_BESIDE: Final[Beside] = {}


class Doubts:
    """The passages that can be read and whose moment, or whose taking place, is in doubt."""

    def __init__(self, layout: Layout) -> None:
        self._layout: Final = layout
        self._passages: Final[set[Passage]] = set()
        self._unseen: Final[set[Passage]] = set()

    def add(self, passage: Passage) -> None:
        """Take note that the moment of `passage` is in doubt."""
        self._passages.add(passage)

    def granted(self, passage: Passage) -> None:
        """Take note of a passage, which is in doubt until it is seen where its gate can see it."""
        if passage.evidence is Evidence.GRANTED_ONLY and passage.way.is_watched:
            self._unseen.add(passage)

    def settled(self, passage: Passage) -> None:
        """Take note that the outcome of a passage is known."""
        if passage.evidence is not Evidence.GRANTED_ONLY:
            self._unseen.discard(passage)

    def drop(self, passage: Passage) -> None:
        """Forget a passage, doubtful or not."""
        self._passages.discard(passage)
        self._unseen.discard(passage)

    def __contains__(self, passage: Passage) -> bool:
        return passage in self._passages

    def is_unseen(self, passage: Passage) -> bool:
        """Tell whether nobody has seen yet what became of a passage, at a gate that can see it."""
        return passage in self._unseen

    def of(self, scope: int, beside: Callable[[Passage], int]) -> Iterator[Doubt]:
        """Yield how single passages concern the area with that index; 0 is the whole site.

        `beside`: how many without a name went with whoever passed, if he did. They may be back as he may be; as long as
        his way in is in doubt, they are in no lowest figure anyway.
        """
        moved = [passage for passage in self._passages if passage.evidence is not Evidence.NOT_TAKEN]
        yield from self._both(moved, scope, Reason.DOUBTFUL_IN, Reason.DOUBTFUL_OUT, beside)
        # Whoever was seen elsewhere afterwards went through, or did not: his later passage says where he is.
        last = [passage for passage in self._unseen if passage.chain.passages[-1:] == [passage]]
        yield from self._both(last, scope, Reason.NOT_SEEN_IN, Reason.NOT_SEEN_OUT, beside)

    def of_blocked(self, passages: Iterable[Passage], scope: int) -> Iterator[Doubt]:
        """Yield how passages with a blocked pass concern an area: its holder has another one, and may be two."""
        moved = [passage for passage in passages if passage.evidence is not Evidence.NOT_TAKEN]
        crossed = [p for p in moved if self._layout.enters(p.way, scope) or self._layout.leaves(p.way, scope)]
        if persons := {p.chain.holder for p in crossed}:
            yield Doubt(Reason.CONTRADICTED, 0, len(persons), min(p.stamp.occurred_ns for p in crossed))

    def _both(
        self,
        passages: Iterable[Passage],
        scope: int,
        inward: Reason,
        outward: Reason,
        beside: Callable[[Passage], int],
    ) -> Iterator[Doubt]:
        entered = [passage for passage in passages if self._layout.enters(passage.way, scope)]
        left = [passage for passage in passages if self._layout.leaves(passage.way, scope)]
        if entered:
            yield Doubt(inward, len(entered), 0, min(passage.stamp.occurred_ns for passage in entered))
        if left:
            more = len(left) + sum(map(beside, left))
            yield Doubt(outward, 0, more, min(passage.stamp.occurred_ns for passage in left))
