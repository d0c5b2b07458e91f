"""A card reader that sends ASCII frames over a serial line (EM4100; RDM6300, ID-12 and their kin).

Such a reader has no return channel: nothing can be shown on it, and that it is alive is only known when it
reads a card. Its line is clear text, so it is never secure.

Belongs here: the `Reader` port on top of framer and line. Does not belong here: either of the two.
"""

from collections import Counter
from typing import Final

from contract.clock import Clock
from contract.ids import ReaderId
from drivers.ascii_frames import AsciiFramer, CardFrame, FrameRefused
from drivers.ports import (
    EM4100,
    Credential,
    CredentialRead,
    EventSink,
    Indication,
    LossReason,
    ReaderLost,
    ReaderOnline,
    ReadRefused,
)
from drivers.serial_link import SerialLink

DEFAULT_BAUD: Final = 9600
_BITS_PER_DIGIT: Final = 4


class AsciiReader:
    """See drivers.ports.Reader. `refused` counts refused frames by their reason.

    `has_checksum`: whether this kind of reader ends its frames with one.
    """

    def __init__(
        self, reader: ReaderId, device: str, clock: Clock, baud: int = DEFAULT_BAUD, *, has_checksum: bool = True
    ) -> None:
        self._id = reader
        self._clock = clock
        self._link = SerialLink(device, baud)
        self._framer = AsciiFramer(has_checksum=has_checksum)
        self.refused: Counter[str] = Counter()

    @property
    def id(self) -> ReaderId:
        """See drivers.ports.Reader."""
        return self._id

    @property
    def noise_bytes(self) -> int:
        """How many bytes arrived outside of any frame."""
        return self._framer.noise_bytes

    async def run(self, sink: EventSink) -> None:
        """See drivers.ports.Reader."""

        def on_bytes(piece: bytes) -> None:
            for frame in self._framer.feed(piece):
                sink(self._event(frame))

        def on_open() -> None:
            self._framer.reset()
            sink(ReaderOnline(self._id, secure=False))

        def on_lost(reason: LossReason) -> None:
            sink(ReaderLost(self._id, reason))

        await self._link.run(on_bytes, on_open, on_lost)

    def indicate(self, indication: Indication) -> None:
        """See drivers.ports.Reader; this kind of reader has nothing to show."""

    def _event(self, frame: CardFrame | FrameRefused) -> CredentialRead | ReadRefused:
        if isinstance(frame, FrameRefused):
            self.refused[frame.blame] += 1
            return ReadRefused(self._id, frame.blame, frame.length_bytes * _BITS_PER_DIGIT)
        credential = Credential(format=EM4100, number=frame.number)
        return CredentialRead(self._id, credential, self._clock.boottime_ns())
