"""What is sent when: new records, gaps after patience, silence, and a wiped store."""

from contract.ids import ControllerId, Epoch
from contract.messages import RingExtent
from edge.delivery import FIRST_HAVE_S, PROBE, RESEND_FIRST_S, RESEND_LAST_S, WINDOW, Delivery, Span
from edge.ring_file import RecordKind

MAIN = ControllerId("main")
OLD, NEW = Epoch(b"o" * 16), Epoch(b"n" * 16)
EVENT, SNAPSHOT = RecordKind.EVENT, RecordKind.SNAPSHOT


def ring(last: int, first: int = 1) -> list[RingExtent]:
    return [RingExtent(NEW, first, last)]


def drain(delivery: Delivery, extents: list[RingExtent], now_s: float) -> list[tuple[int, int]]:
    """Send whatever is due at `now_s` as if every record were an event; returns the numbers as intervals."""
    spans = []
    while (span := delivery.next(extents, now_s)) is not None:
        if span.kind is EVENT:
            spans.append((span.first, span.last))
        delivery.sent(span, span.last, span.last - span.first + 1 if span.kind is EVENT else 0, now_s)
    return spans


def met(now_s: float = 0.0) -> Delivery:
    """A delivery whose controller has said that it has nothing."""
    delivery = Delivery([MAIN])
    delivery.connected(now_s)
    delivery.have(MAIN, {}, now_s)
    return delivery


def test_a_gate_that_knows_nothing_waits_a_moment_for_the_controllers_word() -> None:
    delivery = Delivery([MAIN])
    delivery.connected(0)
    assert delivery.next(ring(9), 0) is None
    assert delivery.wait_s(0) == FIRST_HAVE_S
    assert drain(delivery, ring(9), FIRST_HAVE_S) == [(1, 9)]


def test_what_the_controller_has_is_not_sent() -> None:
    delivery = Delivery([MAIN])
    delivery.connected(0)
    delivery.have(MAIN, {NEW: [(1, 4), (6, 6)]}, 0.1)
    assert drain(delivery, ring(9), 0.1) == [(5, 5), (7, 9)]


def test_new_records_go_once_and_at_once() -> None:
    delivery = met()
    assert drain(delivery, ring(3), 0) == [(1, 3)]
    assert drain(delivery, ring(3), 1) == []
    assert drain(delivery, ring(4), 1) == [(4, 4)]


def test_epochs_in_the_rings_order_and_pictures_after_events() -> None:
    delivery = met()
    extents = [RingExtent(OLD, 5, 6), RingExtent(NEW, 1, 2)]
    spans = []
    while (span := delivery.next(extents, 0)) is not None:
        spans.append(span)
        delivery.sent(span, span.last, 1, 0)
    assert spans == [
        Span(EVENT, OLD, 5, 6),
        Span(EVENT, NEW, 1, 2),
        Span(SNAPSHOT, OLD, 5, 6),
        Span(SNAPSHOT, NEW, 1, 2),
    ]


def test_a_gap_is_sent_again_after_patience_that_grows() -> None:
    delivery = met()
    drain(delivery, ring(9), 0)
    delivery.have(MAIN, {NEW: [(1, 4), (6, 9)]}, 1)
    assert drain(delivery, ring(9), 1) == []
    now_s, waits = 1.0, []
    for _ in range(6):
        wait_s = delivery.wait_s(now_s)
        assert wait_s is not None
        assert drain(delivery, ring(9), now_s + wait_s - 0.01) == []
        now_s += wait_s
        waits.append(wait_s)
        assert drain(delivery, ring(9), now_s) == [(5, 5)]
    assert waits == [RESEND_FIRST_S, 10, 20, 40, RESEND_LAST_S, RESEND_LAST_S]


def test_a_gap_is_seen_although_later_records_arrive_all_the_time() -> None:
    delivery = met()
    drain(delivery, ring(9), 0)
    resent = []
    for second in range(1, 8):
        last = 9 + second
        delivery.have(MAIN, {NEW: [(1, 4), (6, last - 1)]}, second)
        resent += [span for span in drain(delivery, ring(last), second) if span[0] == 5]
    assert resent == [(5, 5)]


def test_progress_brings_patience_back() -> None:
    delivery = met()
    drain(delivery, ring(9), 0)
    for now_s in (5, 15):
        assert drain(delivery, ring(9), now_s) == [(1, 9)]
    delivery.have(MAIN, {NEW: [(1, 3)]}, 16)
    drain(delivery, ring(9), 16)
    assert delivery.wait_s(16) == RESEND_FIRST_S


def test_a_wiped_store_gets_everything_again() -> None:
    delivery = met()
    drain(delivery, ring(9), 0)
    delivery.have(MAIN, {NEW: [(1, 9)]}, 1)
    assert drain(delivery, ring(9), 1) == []
    assert delivery.wait_s(1) is None
    delivery.have(MAIN, {}, 30)
    assert drain(delivery, ring(9), 30) == []
    assert drain(delivery, ring(9), 36) == [(1, 9)]


def test_a_new_connection_sends_what_is_lacking_without_waiting() -> None:
    delivery = met()
    drain(delivery, ring(9), 0)
    delivery.have(MAIN, {NEW: [(1, 6)]}, 1)
    delivery.connected(2)
    assert drain(delivery, ring(9), 2) == [(7, 9)]


def test_an_absent_controller_does_not_fill_its_broker() -> None:
    delivery = met()
    sent = 0

    def pump(now_s: float) -> int:
        count = 0
        while (span := delivery.next(ring(1_000_000), now_s)) is not None and span.kind is EVENT:
            delivery.sent(span, span.first + 999, 1000, now_s)
            count += 1000
        return count

    sent += pump(0)
    assert WINDOW <= sent < WINDOW + 1000
    assert pump(4) == 0
    assert PROBE <= pump(5) < PROBE + 1000
    assert pump(14) == 0
    delivery.have(MAIN, {NEW: [(1, 100)]}, 15)
    assert pump(15) >= WINDOW


def test_all_controllers_behind_a_broker_count() -> None:
    other = ControllerId("other")
    delivery = Delivery([MAIN, other])
    delivery.connected(0)
    delivery.have(MAIN, {NEW: [(1, 9)]}, 0)
    assert delivery.next(ring(9), 0) is None, "the other one has not spoken yet"
    delivery.have(other, {NEW: [(1, 5)]}, 1)
    assert delivery.lacks(ring(9)) == {NEW: [(6, 9)]}
    assert drain(delivery, ring(9), 1) == [(6, 9)]


def test_where_all_were_events_nobody_looks_for_pictures_among_them() -> None:
    delivery = met()
    span = delivery.next(ring(3), 0)
    assert span == Span(EVENT, NEW, 1, 3)
    delivery.sent(span, 3, 3, 0)
    assert delivery.next(ring(3), 0) is None


def test_where_one_was_no_event_pictures_are_looked_for() -> None:
    delivery = met()
    span = delivery.next(ring(3), 0)
    assert span is not None
    delivery.sent(span, 3, 2, 0)
    assert delivery.next(ring(3), 0) == Span(SNAPSHOT, NEW, 1, 3)
