"""The gate's time as its programs use it: the rules of the domain over the machine's clocks.

Belongs here: reading both clocks at one moment. Does not belong here: the rules (domain/gate_clock.py).
"""

from contract.clock import Clock
from edge.domain.gate_clock import GateClock


class GateTime:
    """A contract.clock.Clock that tells the gate's time, and hands out stamps. Times are nanoseconds.

    `clock`: the machine's. `highest_ns`: the highest time that this gate ever used, from its ring. `lead_ns`: by how
    much the machine's clock may lead at the start before it needs to be confirmed; None where it is trusted.
    """

    def __init__(self, clock: Clock, highest_ns: int = 0, lead_ns: int | None = None) -> None:
        self._clock = clock
        self._rules = GateClock(
            wall_ns=clock.now_ns(), boottime_ns=clock.boottime_ns(), highest_ns=highest_ns, lead_ns=lead_ns
        )

    @property
    def highest_ns(self) -> int:
        """The highest time used so far."""
        return self._rules.highest_ns

    @property
    def is_signed(self) -> bool:
        """Whether a controller has signed the time in this run."""
        return self._rules.is_signed

    @property
    def is_confirmed(self) -> bool:
        """Whether something may be sealed with a stamp of now, or promised."""
        return self._rules.is_confirmed

    def now_ns(self) -> int:
        """See Clock; the time that the gate believes."""
        return self._rules.now_ns(self._clock.boottime_ns())

    def boottime_ns(self) -> int:
        """See Clock."""
        return self._clock.boottime_ns()

    def stamp_ns(self, boottime_ns: int | None = None) -> int:
        """Return the stamp of an event of now, or of `boottime_ns`; each is greater than all before."""
        return self._rules.stamp_ns(self._clock.boottime_ns() if boottime_ns is None else boottime_ns)

    def used(self, at_ns: int) -> None:
        """Note that a record with the stamp `at_ns` was sealed."""
        self._rules.used(at_ns)

    def published(self, until_ns: int) -> None:
        """Take note that a controller signed keys of which the first serves until `until_ns`."""
        self._rules.published(until_ns, self._clock.boottime_ns())

    def watermark_ns(self) -> int:
        """Return a time after which everything will be stamped that is not stamped yet; not while unconfirmed."""
        return self._rules.watermark_ns(self._clock.boottime_ns())

    def believe(self, controller: str, at_ns: int) -> None:
        """Take the time that an enrolled `controller` signed."""
        self._rules.believe(controller, at_ns, self._clock.boottime_ns())

    def doubt(self) -> int | None:
        """Return by how many ms the machine's wall clock leapt since the last look, if it did; it is not believed."""
        return self._rules.doubt(self._clock.now_ns(), self._clock.boottime_ns())

    def offset_ms(self) -> int:
        """Return the machine's wall clock minus the believed time, in ms."""
        return self._rules.offset_ms(self._clock.now_ns(), self._clock.boottime_ns())
