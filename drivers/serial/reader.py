"""A card reader on a serial line, of a model that a profile describes.

Such a line is clear text and most of them have no way back: nothing can be shown at the reader, and that it is alive
is only known when it reads a card. So it is never secure, and its cards are identified at most.

Belongs here: the `Reader` port on top of decoder and line. Does not belong here: either of the two.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

from contract.clock import Clock
from contract.ids import ReaderId
from drivers.hold_off import HoldOff
from drivers.ports import (
    CredentialRead,
    EventSink,
    Indication,
    LossReason,
    ReaderLost,
    ReaderOnline,
    ReadRefusal,
    ReadRefused,
)
from drivers.serial.decoder import CardWord, Said, SerialDecoder
from drivers.serial.framing import FrameRefused
from drivers.serial.profile import SerialProfile
from drivers.serial_line import CharacterShape
from drivers.serial_link import SerialLink
from drivers.wiegand.decode import read_word
from drivers.wiegand.formats import CardFormat

NOISE_HOLD_OFF_MS: Final = 60_000
"""A line that never stops to be noisy is told of once; it is heard again after a quiet minute."""


class SerialReader:
    """See drivers.ports.Reader.

    `profile`: its model. `baud`: bits per second. `formats`: what raw card bits may mean, if its profile sends such.
    `hold_off_ms`: the same card again within this time is one read, and the same refusal one refusal. `refused` counts
    frames of no use by their reason, `held_off` reads and refusals that were one with what was told before.
    """

    def __init__(
        self,
        reader: ReaderId,
        device: str,
        clock: Clock,
        profile: SerialProfile,
        baud: int,
        formats: tuple[CardFormat, ...],
        hold_off_ms: int,
    ) -> None:
        self._id = reader
        self._clock = clock
        self._formats = formats
        line = profile.line
        self._link = SerialLink(device, baud, CharacterShape(line.data_bits, line.parity, line.stop_bits))
        self._decoder = SerialDecoder(profile)
        self._ask = (bytes.fromhex(profile.ask.send), profile.ask.every_ms / 1000) if profile.ask else (b"", 0.0)
        self._reads = HoldOff(hold_off_ms, extends=profile.repeats_while_held)
        self._refusals = HoldOff(hold_off_ms, extends=True)
        self._noise = HoldOff(NOISE_HOLD_OFF_MS, extends=True)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self.refused: Counter[str] = Counter()
        self.held_off = 0

    @property
    def id(self) -> ReaderId:
        """See drivers.ports.Reader."""
        return self._id

    async def run(self, sink: EventSink) -> None:
        """See drivers.ports.Reader."""

        def tell(said: list[Said]) -> None:
            for one in said:
                self._tell(one, sink)

        def on_bytes(piece: bytes) -> None:
            tell(self._decoder.feed(piece))
            self._stop("silence")
            if self._decoder.is_amid:
                self._start("silence", self._decoder.silence_s, lambda: tell(self._decoder.silence()))

        def on_open() -> None:
            sink(ReaderOnline(self._id, secure=False))
            self._keep_asking()

        def on_lost(reason: LossReason) -> None:
            self._stop("silence")
            self._stop("ask")
            tell(self._decoder.silence())
            sink(ReaderLost(self._id, reason))

        try:
            await self._link.run(on_bytes, on_open, on_lost)
        finally:
            self._stop("silence")
            self._stop("ask")

    def indicate(self, indication: Indication) -> None:
        """See drivers.ports.Reader; this kind of reader has nothing to show."""

    def _keep_asking(self) -> None:
        question, every_s = self._ask
        if question:
            self._link.write(question)  # what does not go out is asked again, or the line is lost
        if every_s:
            self._start("ask", every_s, self._keep_asking)

    def _start(self, what: str, after_s: float, then: Callable[[], None]) -> None:
        self._timers[what] = asyncio.get_running_loop().call_later(after_s, then)

    def _stop(self, what: str) -> None:
        if (timer := self._timers.pop(what, None)) is not None:
            timer.cancel()

    def _tell(self, said: Said, sink: EventSink) -> None:
        """Hand a read or a refusal to the gate, unless it is one that it has."""
        now_ns = self._clock.boottime_ns()
        event: CredentialRead | ReadRefused
        if isinstance(said, FrameRefused):
            self.refused[said.blame] += 1
            event = ReadRefused(self._id, said.blame, said.length_bytes * 8)
            is_noise = said.blame is ReadRefusal.NOISE
            what = said.blame if is_noise else f"{said.blame} {said.length_bytes}"
            is_new = (self._noise if is_noise else self._refusals).passes(what, now_ns)
        elif isinstance(said, CardWord):
            event = read_word(self._id, said.word, said.bits, self._formats, now_ns)
            is_new = self._reads.passes(f"{said.bits} {said.word}", now_ns)
            if isinstance(event, ReadRefused):
                self.refused[event.reason] += 1
        else:
            event = CredentialRead(self._id, said, now_ns)
            is_new = self._reads.passes(said.text, now_ns)
        if is_new:
            sink(event)
        else:
            self.held_off += 1
