"""Filmed stories of people at a line: what the counter sees of them, against the truth of every frame.

Belongs here: counting one film, and judging that. Does not belong here: figures (p12_tailgating.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import av
import msgspec
from av.video.reformatter import Interpolation

from contract.clock import NS_PER_S
from contract.ids import AccessPointId
from contract.site.camera import CountingLine
from edge.counting.counter import Counter
from edge.domain.tailgating import Tailgating, TooMany
from simulators.cameras.film import Film
from simulators.cameras.truth import LineCrossed, SceneTruth, read_truth

LINE: Final = CountingLine(begin=(0.5, 0.94), end=(0.5, 0.3), person=(0.465, 0.198))
"""As a technician draws it in these films: on the ground where people walk, up to a far one's waist; above the frame
number that is burned in. The sizes are those of somebody 1.75 m tall."""
_EARLY_S: Final = 0.5
_LATE_S: Final = 1.5
"""By so much a count may be off the moment in which somebody was over the line."""
_CARD_S: Final = 1.0
"""How long before the line whoever has a card was granted."""
_NEAR_NS: Final = 3 * NS_PER_S


@dataclass(frozen=True, slots=True)
class Seen:
    """One person whom the counter saw cross: when, in seconds, and to which side."""

    at_s: float
    side: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One film. `found`: true crossings that were seen; `missed`: those not; `false`: seen, and nobody crossed.

    `surplus`: persons that hints told of; `caught`: true ones among them; `slipped`: all who crossed without a card.
    """

    truth: SceneTruth
    found: list[LineCrossed]
    missed: list[LineCrossed]
    false: list[Seen]
    surplus: int
    caught: int
    slipped: int


def judge(film: Film, line: CountingLine = LINE) -> Judged:
    """Count a film and compare."""
    truth = read_truth(film.truth)
    seen = list(_count(film, truth, line))
    found, missed, false = _matched(truth, seen)
    hints = list(_hints(truth, seen))
    slipped = [crossing.frame / truth.frames_per_s for crossing in truth.crossings if not crossing.is_taken]
    surplus = sum(hint.seen - hint.taken for hint in hints)
    return Judged(truth, found, missed, false, surplus, _caught(hints, slipped), len(slipped))


def without_sizes(line: CountingLine = LINE) -> CountingLine:
    """Return the line as one who draws it without a person's size."""
    return msgspec.structs.replace(line, person=None)


def _count(film: Film, truth: SceneTruth, line: CountingLine) -> Iterator[Seen]:
    counter = Counter(line, [], truth.width, truth.height)
    with av.open(str(film.video)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        for number, frame in enumerate(container.decode(stream)):
            small = frame.reformat(*counter.size, format="bgr24", interpolation=Interpolation.AREA).to_ndarray()
            at_s = number / truth.frames_per_s
            for crossed in counter.look(small, round(at_s * NS_PER_S)):
                yield from [Seen(at_s, crossed.side.value)] * crossed.persons


def _matched(truth: SceneTruth, seen: Sequence[Seen]) -> tuple[list[LineCrossed], list[LineCrossed], list[Seen]]:
    free, found, missed = list(seen), [], []
    for crossing in truth.crossings:
        at_s = crossing.frame / truth.frames_per_s
        near = [
            each for each in free if each.side == crossing.direction.value and -_EARLY_S <= each.at_s - at_s <= _LATE_S
        ]
        if near:
            free.remove(near[0])
            found.append(crossing)
        else:
            missed.append(crossing)
    return found, missed, free


def _hints(truth: SceneTruth, seen: Sequence[Seen]) -> Iterator[TooMany]:
    """Yield what the gate would hint at if whoever has a card is granted a second before the line."""
    tailgating, grants = Tailgating(), 0
    taken = [
        (crossing.frame / truth.frames_per_s - _CARD_S, crossing.direction.value, True)
        for crossing in truth.crossings
        if crossing.is_taken
    ]
    happened = sorted([*taken, *((each.at_s, each.side, False) for each in seen)])
    end_s = truth.frames / truth.frames_per_s + 60
    for at_s, same in groupby([*happened, (end_s, "", False)], key=lambda each: each[0]):
        at_ns = round(at_s * NS_PER_S)
        while (due_ns := tailgating.deadline_ns()) is not None and due_ns <= at_ns:
            yield from tailgating.tick(due_ns)
        for _, side, is_passage in same:
            if is_passage:
                grants += 1
                tailgating.granted(AccessPointId(side), at_ns, grants)
            elif side:
                tailgating.crossed(AccessPointId(side), at_ns)


def _caught(hints: Sequence[TooMany], slipped_s: Sequence[float]) -> int:
    """Return how many of those who slipped through a hint told of."""
    free, caught = list(slipped_s), 0
    for hint in hints:
        begin_s, end_s = (hint.from_ns - _NEAR_NS) / NS_PER_S, (hint.until_ns + _NEAR_NS) / NS_PER_S
        near = [at_s for at_s in free if begin_s <= at_s <= end_s][: hint.seen - hint.taken]
        free = [at_s for at_s in free if at_s not in near]
        caught += len(near)
    return caught
