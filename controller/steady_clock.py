"""The clock that a controller runs on: the machine's, as far as it is to be believed, and on after a restart.

Belongs here: reading the machine's clocks and keeping the highest time on disk. Does not belong here: whom to believe
(domain/believed_time.py).
"""

from pathlib import Path
from typing import Final

from contract.clock import NS_PER_S, Clock
from controller.domain.believed_time import BelievedTime
from controller.files import make_private_folder, write_atomically

_KEEP_EVERY_NS: Final = 60 * NS_PER_S
_BYTES: Final = 8


class SteadyClock:
    """A Clock that `machine` can not lead astray. Its file holds the highest time: 8 bytes, ns since 1970 UTC.

    If the machine once was ahead for days, so is this: remove the file while the controller stands to begin anew.
    """

    def __init__(self, machine: Clock, path: Path) -> None:
        """Take up the time kept at `path`, if there is one. Raises OSError."""
        make_private_folder(path.parent)
        highest_ns = int.from_bytes(path.read_bytes()[:_BYTES], "big") if path.exists() else 0
        self._machine = machine
        self._path = path
        self._kept_ns = highest_ns
        self._believed = BelievedTime(
            wall_ns=machine.now_ns(), boottime_ns=machine.boottime_ns(), highest_ns=highest_ns
        )

    def now_ns(self) -> int:
        """See Clock; never less than before, also across restarts (to the minute)."""
        return self._believed.now_ns(wall_ns=self._machine.now_ns(), boottime_ns=self._machine.boottime_ns())

    def boottime_ns(self) -> int:
        """See Clock."""
        return self._machine.boottime_ns()

    def keep(self, *, at_once: bool = False) -> None:
        """Keep the highest time once a minute; to be called each second. Raises OSError.

        `at_once`: before somebody is told a time behind which this controller must never go back.
        """
        now_ns = self.now_ns()
        if at_once or now_ns - self._kept_ns >= _KEEP_EVERY_NS:
            write_atomically(self._path, now_ns.to_bytes(_BYTES, "big"))
            self._kept_ns = now_ns

    def leaps_ms(self) -> list[int]:
        """Return by how many ms the machine's clock leapt, each time since this was last asked."""
        return self._believed.leaps_ms()
