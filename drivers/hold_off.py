"""The same card twice: one read.

Belongs here: when a card counts again. Does not belong here: what a card is.
"""

_NS_PER_MS = 1_000_000


class HoldOff:
    """Lets a thing pass that was not seen within the last `hold_off_ms`.

    `extends`: for a reader that repeats a card for as long as it is held before it: each repetition begins the time
    anew, so that a card held for a minute is one read. Otherwise whoever presents a card again after the time is read
    again, however often he tried in between.
    """

    def __init__(self, hold_off_ms: int, *, extends: bool) -> None:
        self._hold_off_ns = hold_off_ms * _NS_PER_MS
        self._extends = extends
        self._seen_ns: dict[str, int] = {}

    def passes(self, what: str, now_ns: int) -> bool:
        """Whether `what` counts at `now_ns` (CLOCK_BOOTTIME). Remembers nothing that is older than the time."""
        self._seen_ns = {seen: at_ns for seen, at_ns in self._seen_ns.items() if now_ns - at_ns < self._hold_off_ns}
        is_new = what not in self._seen_ns
        if is_new or self._extends:
            self._seen_ns[what] = now_ns
        return is_new
