"""A period that is forgotten in parts before its time leaves behind what one that is forgotten at once does."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from contract.ids import OUTSIDE, AccessPointId, AreaId, EdgeId, Epoch, HolderId
from controller.domain.presence.fold import Presence
from controller.domain.presence.forgotten import Forgotten
from controller.domain.presence.layout import Layout
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import TallyKind

HALL, ROOM = AreaId("hall"), AreaId("room")
WAYS = {
    AccessPointId("in"): (OUTSIDE, HALL),
    AccessPointId("out"): (HALL, OUTSIDE),
    AccessPointId("up"): (HALL, ROOM),
    AccessPointId("down"): (ROOM, HALL),
    AccessPointId("here"): (AreaId("any"), HALL),
}
NORTH, EPOCH, PERIOD_S = EdgeId("north"), Epoch(bytes(16)), 3600
Passage = tuple[str, AccessPointId, str]
passages = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(sorted(WAYS)), st.sampled_from(["taken", "not", "granted"])),
    min_size=1,
    max_size=40,
)


def folded(history: Sequence[Passage]) -> Presence:
    """All passages folded: a quarter of an hour apart, so that a few periods have some of each."""
    presence = Presence(Layout({HALL: None, ROOM: None}, WAYS))
    for at, (holder, way, outcome) in enumerate(history):
        second, number = at * 900, 2 * at + 1
        stamp, period_s = Stamp(second * 10**9, NORTH, EPOCH, number), second // PERIOD_S * PERIOD_S
        presence.granted(stamp, HolderId(holder), way, period_s)
        after = Stamp(second * 10**9 + 1, NORTH, EPOCH, number + 1)
        if outcome == "taken":
            presence.taken(after, number, period_s)
        elif outcome == "not":
            presence.not_taken(after, number, period_s)
    return presence


def total(parts: Sequence[Forgotten]) -> tuple[Counter[Stamp], Counter[tuple[TallyKind, AreaId, int]], int]:
    """What all parts took away and left behind together."""
    tallies: Counter[tuple[TallyKind, AreaId, int]] = Counter()
    for part in parts:
        for tally in part.tallies:
            tallies[tally.kind, tally.area, tally.period_s] += tally.amount
    records = Counter(stamp for part in parts for stamp in part.records)
    return records, tallies, sum(part.overstays for part in parts)


@given(passages, st.lists(st.integers(1, 5), max_size=6))
def test_in_parts_or_at_once_the_same_is_forgotten_and_counted(history: list[Passage], parts: list[int]) -> None:
    at_once, in_parts = folded(history), folded(history)
    for closed_s in (0, PERIOD_S, 2 * PERIOD_S):
        forgotten = [in_parts.shrink_period(closed_s, most) for most in parts]
        forgotten.append(in_parts.close_period(closed_s))
        assert total(forgotten) == total([at_once.close_period(closed_s)])
        assert in_parts.headcounts() == at_once.headcounts()


@given(passages, st.lists(st.integers(1, 5), max_size=6))
def test_what_is_left_takes_the_same_later_passages(history: list[Passage], parts: list[int]) -> None:
    """The prior stands in for what was forgotten, wherever the cut between the parts fell."""
    at_once, in_parts = folded(history), folded(history)
    for most in parts:
        in_parts.shrink_period(0, most)
    for presence in (in_parts, at_once):
        presence.close_period(0)
        for number, holder in enumerate("abcd"):
            stamp = Stamp((len(history) * 900 + number) * 10**9, NORTH, EPOCH, 1000 + number)
            presence.granted(stamp, HolderId(holder), AccessPointId("out"), stamp.occurred_ns // 10**9 // 3600 * 3600)
    assert in_parts.headcounts() == at_once.headcounts()
