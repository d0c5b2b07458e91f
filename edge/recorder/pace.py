"""When a frame was taken, out of when its packet came.

Packets come late: by what network and camera need, and by what the reader lets gather. The one that came with the least
delay within the last minute tells how a connection's media time stands to the time of day; delay alone is left out, as
nobody can measure it here (some tens of milliseconds with usual cameras).

Belongs here: that arithmetic, in nanoseconds. Does not belong here: packets, clocks, or the camera's own counter
(drivers/camera/timeline.py).
"""

from typing import Final

_SPAN_NS: Final = 30_000_000_000
"""The least delay of the present span and of the one before it counts, so that the two clocks may drift apart."""


class Pace:
    """One connection's media time against the time of day. `seen` comes first for each packet, then `taken_ns`."""

    def __init__(self) -> None:
        self._before: int | None = None
        self._least: int | None = None
        self._least_now: int | None = None
        self._since_ns = 0
        self._came_ns = 0
        self._last_ns: int | None = None
        self._last_media_ns = 0
        self.waited_ns = 0
        """How much later the last packet came than the one before it."""
        self.stepped_ns = 0
        """How much later it stands in media time than the one before it."""

    def seen(self, media_ns: int, now_ns: int) -> None:
        """Take the media time of a packet that was handed over at `now_ns`.

        A packet is handed over when the next one has come (drivers/camera/rtsp.py): so this one had come when the one
        before it was handed over, and that is the time that counts.
        """
        if self._last_ns is not None:
            self.stepped_ns = media_ns - self._last_media_ns
            self.waited_ns = self._last_ns - self._came_ns
            self._came_ns = self._last_ns
            found = self._last_ns - media_ns
            if self._least_now is None or found < self._least_now:
                self._least_now = found
            if now_ns - self._since_ns >= _SPAN_NS:
                self._before, self._least_now, self._since_ns = self._least_now, None, now_ns
            self._least = min((each for each in (self._before, self._least_now) if each is not None), default=None)
        else:
            self._since_ns = self._came_ns = now_ns
        self._last_ns, self._last_media_ns = now_ns, media_ns

    def shift(self, by_ns: int) -> None:
        """The time of day was set ahead by so much, or back."""
        self._since_ns += by_ns
        self._came_ns += by_ns
        self._last_ns = None if self._last_ns is None else self._last_ns + by_ns
        self._before = None if self._before is None else self._before + by_ns
        self._least_now = None if self._least_now is None else self._least_now + by_ns
        self._least = None if self._least is None else self._least + by_ns

    def taken_ns(self, media_ns: int) -> int:
        """Return when the frame at `media_ns` was taken; of the first packet, when it was handed over."""
        if self._least is not None:
            return media_ns + self._least
        assert self._last_ns is not None  # noqa: S101  `seen` comes first
        return self._last_ns
