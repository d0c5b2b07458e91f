"""The PIN that an access point asks for after a card: whether it is right, and what follows from wrong ones.

A PIN never stands for a card: digits without a card before them are refused. Each try begins with the card, so that a
wrong PIN ends it. After so many wrong ones in a row a pass is refused for a while, wherever its gate asks for a PIN,
and not where it asks for none: nobody is locked in by a forgotten number.

Times are nanoseconds of any counter that never goes back (CLOCK_BOOTTIME).

Belongs here: the judgement and the count. Does not belong here: how long a PIN is waited for (waits.py), or what may be
one (the controller's reference data).
"""

import enum
import hmac
from dataclasses import dataclass

from contract.ids import PassId
from contract.policy import pin_digest


class PinJudgement(enum.Enum):
    """What a gate makes of digits."""

    RIGHT = "right"
    DURESS = "duress"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, repr=False)
class PinsOfPass:
    """The PINs of one pass as its policy has them; the document's key is kept, for the policy may be replaced."""

    digest_key: bytes
    pass_id: PassId
    pin: bytes
    duress_pin: bytes | None

    def judge(self, digits: str) -> PinJudgement:
        """Say what `digits` are for this pass."""
        typed = pin_digest(self.digest_key, self.pass_id, digits)
        if hmac.compare_digest(typed, self.pin):
            return PinJudgement.RIGHT
        if self.duress_pin is not None and hmac.compare_digest(typed, self.duress_pin):
            return PinJudgement.DURESS
        return PinJudgement.WRONG

    def __repr__(self) -> str:
        """Without key and digests: four digits are soon found from them."""
        return "PinsOfPass(...)"


@dataclass(slots=True)
class _Tries:
    wrong: int
    last_ns: int
    locked_until_ns: int | None = None


class WrongPins:
    """Which passes had wrong PINs in a row at this gate.

    `most`: so many lock a pass for `locked_ns`. `keep_ns`: so long after the last one it is forgotten (L4).
    """

    def __init__(self, *, most: int, locked_ns: int, keep_ns: int) -> None:
        self._most = most
        self._locked_ns = locked_ns
        self._keep_ns = keep_ns
        self._tries: dict[PassId, _Tries] = {}

    def is_locked(self, pass_id: PassId, now_ns: int) -> bool:
        """Tell whether a pass is refused now, because of wrong PINs."""
        tries = self._tries.get(pass_id)
        return tries is not None and tries.locked_until_ns is not None and now_ns < tries.locked_until_ns

    def wrong(self, pass_id: PassId, now_ns: int) -> bool:
        """Count a wrong PIN; return whether it is the one too many, from which the pass is refused."""
        tries = self._tries.get(pass_id)
        if tries is None or tries.locked_until_ns is not None or now_ns - tries.last_ns >= self._keep_ns:
            tries = self._tries[pass_id] = _Tries(0, now_ns)
        tries.wrong, tries.last_ns = tries.wrong + 1, now_ns
        if tries.wrong < self._most:
            return False
        tries.locked_until_ns = now_ns + self._locked_ns
        return True

    def right(self, pass_id: PassId) -> None:
        """Take note of a right PIN: whatever was wrong before it is over."""
        self._tries.pop(pass_id, None)

    def forget(self, now_ns: int) -> None:
        """Drop what is old enough."""
        for pass_id in [p for p, tries in self._tries.items() if now_ns - tries.last_ns >= self._keep_ns]:
            del self._tries[pass_id]

    def __len__(self) -> int:
        """Return of how many passes something is remembered."""
        return len(self._tries)
