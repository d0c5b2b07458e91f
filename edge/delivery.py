"""What goes to one broker next: new records in order, then again what its controllers still lack.

A broker's acknowledgement proves nothing, so nothing here counts one. A controller says which numbers it *has*; the
rest is sent again, in order, after 5 s in which the first missing number has not changed, backing off to 60 s. Restart,
lost broker, wiped store and new controller are this one case. A controller that is silent gets only a few records with
each new attempt, so that an absent one does not fill its broker.

Belongs here: the choice; times are seconds of any counter, given. Does not belong here: reading records, MQTT.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contract.ids import ControllerId, Epoch
from contract.messages import RECORDS_PER_MESSAGE, Interval, RingExtent
from edge.domain.extents import Known, lacking
from edge.ring_file import RecordKind

RESEND_FIRST_S: Final = 5.0
RESEND_LAST_S: Final = 60.0
FIRST_HAVE_S: Final = 2.0
"""How long a gate that knows nothing of a controller waits for its word before it sends everything it has."""
SILENT_S: Final = 10.0
"""A word after so long a silence is a sign of life: patience begins anew."""
WINDOW: Final = 32_768
"""Most records that are sent ahead of a controller's word."""
PROBE: Final = 16 * RECORDS_PER_MESSAGE
"""How many records a renewed attempt sends ahead of it."""


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers `first` to `last` of `epoch`, both included, of which records of `kind` are to be sent."""

    kind: RecordKind
    epoch: Epoch
    first: int
    last: int


class Delivery:
    """The state of delivery to the controllers behind one broker."""

    def __init__(self, controllers: Iterable[ControllerId]) -> None:
        self._known: dict[ControllerId, Known] = {controller: {} for controller in controllers}
        self._heard_s: dict[ControllerId, float] = {}
        self._sent: dict[RecordKind, dict[Epoch, int]] = {kind: {} for kind in RecordKind}
        self._head: tuple[Epoch, int] | None = None
        self._patience_s = RESEND_FIRST_S
        self._since_s = 0.0
        self._budget = WINDOW
        self._not_before_s = 0.0

    def connected(self, now_s: float) -> None:
        """Begin anew: whatever was sent over an earlier connection may be lost."""
        for sent in self._sent.values():
            sent.clear()
        self._patience_s, self._since_s, self._budget = RESEND_FIRST_S, now_s, WINDOW
        self._not_before_s = 0.0 if len(self._heard_s) == len(self._known) else now_s + FIRST_HAVE_S

    def have(self, controller: ControllerId, known: Mapping[Epoch, Sequence[Interval]], now_s: float) -> None:
        """Take a controller's word about what it has."""
        if now_s - self._heard_s.get(controller, -SILENT_S) >= SILENT_S:
            self._patience_s, self._since_s, self._budget = RESEND_FIRST_S, now_s, WINDOW
        self._known[controller] = known
        self._heard_s[controller] = now_s
        if len(self._heard_s) == len(self._known):
            self._not_before_s = 0.0

    def lacks(self, ring: Iterable[RingExtent]) -> dict[Epoch, list[Interval]]:
        """Return what of `ring` at least one of these controllers does not have, for all we know."""
        return lacking(ring, self._known.values())

    def next(self, ring: Sequence[RingExtent], now_s: float) -> Span | None:
        """Return what to send now, or None: events before pictures, in the ring's order."""
        if now_s < self._not_before_s:
            return None
        lacks = self.lacks(ring)
        self._watch(lacks, now_s)
        if self._budget <= 0:
            return None
        for kind, sent in self._sent.items():
            for epoch, gaps in lacks.items():
                after = sent.get(epoch, 0)
                for first, last in gaps:
                    if last > after:
                        return Span(kind, epoch, max(first, after + 1), last)
        return None

    def sent(self, span: Span, upto: int, count: int, now_s: float) -> None:
        """Note that `count` records of `span` up to number `upto` were handed to the broker."""
        self._sent[span.kind][span.epoch] = upto
        if count == upto - span.first + 1:  # all of them were of this kind, so none of another is among them
            for sent in self._sent.values():
                if sent.get(span.epoch, 0) == span.first - 1:
                    sent[span.epoch] = upto
        self._budget -= count
        if self._head and self._head[0] == span.epoch and span.first <= self._head[1] <= upto:
            self._since_s = now_s

    def wait_s(self, now_s: float) -> float | None:
        """Return after how many seconds `next` may say something else though nothing happens; None for never."""
        if now_s < self._not_before_s:
            return self._not_before_s - now_s
        return None if self._head is None else max(self._since_s + self._patience_s - now_s, 0.01)

    def _watch(self, lacks: Mapping[Epoch, Sequence[Interval]], now_s: float) -> None:
        head = next(((epoch, gaps[0][0]) for epoch, gaps in lacks.items()), None)
        if head != self._head:
            self._head = head
            self._patience_s, self._since_s, self._budget = RESEND_FIRST_S, now_s, WINDOW
        elif head is not None and now_s >= self._since_s + self._patience_s:
            for sent in self._sent.values():
                sent.clear()
            self._since_s, self._budget = now_s, PROBE
            self._patience_s = min(self._patience_s * 2, RESEND_LAST_S)
