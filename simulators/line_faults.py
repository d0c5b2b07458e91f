"""What can be wrong with a serial line, as a value, and what it does to the bytes of one direction.

Chance is seeded: the same faults do the same to the same bytes. The two directions draw apart, so that what is heard
in one does not depend on when the other speaks.

Belongs here: faults of the wire, pure. Does not belong here: descriptors, timers (line.py), unplugging.
Not simulated: collisions, and reflections of a line that is not terminated.
"""

import random
from dataclasses import dataclass
from typing import Final

BITS_PER_BYTE_ON_THE_WIRE: Final = 10
"""Start bit, eight data bits, stop bit (8N1)."""
SPLIT_GAP_S: Final = 0.001
"""Between the bytes of a split piece: long enough that a receiver wakes up for each."""
_PACED_PIECE_S: Final = 0.002
"""A paced line hands over what arrives within this time in one piece: a byte at 9600 baud takes 1 ms."""
_SAMPLES_PER_BIT: Final = 16
"""How often a UART looks at the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFaults:
    """Faults of a line; none as it stands.

    Shares are of bytes, 0 to 1, in each direction. `loss`: vanish. `corruption`: have a bit flipped. `noise`: have a
    byte of chance before them. `split`: every byte arrives by itself. `delay_ms`: everything arrives so much later.
    `paced`: bytes take the time that they take at the sender's rate (else none). `wrong_baud`: the rate, in bits per
    second, at which every device speaks and listens, whatever it is set to; 0 for its own. `seed`: of all chance.
    Raises ValueError for a share, delay or rate that can not be.
    """

    loss: float = 0.0
    corruption: float = 0.0
    noise: float = 0.0
    split: bool = False
    delay_ms: int = 0
    paced: bool = False
    wrong_baud: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse what can not be."""
        for name in ("loss", "corruption", "noise"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share of bytes, 0 to 1, not {getattr(self, name)}")
        for name in ("delay_ms", "wrong_baud"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is not negative, as {getattr(self, name)} is")


NO_FAULTS: Final = LineFaults()


@dataclass(frozen=True, slots=True)
class TimedPiece:
    """Bytes that arrive together. `takes_s`: how long the line is busy with them, after the piece before."""

    takes_s: float
    data: bytes


class Disturbance:
    """What one direction of a line does to bytes. `direction`: sets its chance apart from the other's."""

    def __init__(self, faults: LineFaults, direction: str) -> None:
        self._faults = faults
        self._chance = random.Random(f"{faults.seed} {direction}")

    def pieces(self, data: bytes, baud: int | None) -> list[TimedPiece]:
        """Return what arrives of `data`. `baud`: the sender's rate; None if it has none, and then nothing is paced."""
        arrived = self._damaged(data)
        seconds_per_byte = BITS_PER_BYTE_ON_THE_WIRE / baud if self._faults.paced and baud else 0.0
        if self._faults.split:
            size, seconds_per_byte = 1, max(seconds_per_byte, SPLIT_GAP_S)
        elif seconds_per_byte:
            size = max(1, int(_PACED_PIECE_S / seconds_per_byte))
        else:
            size = max(1, len(arrived))
        chunks = [arrived[start : start + size] for start in range(0, len(arrived), size)]
        return [TimedPiece(len(chunk) * seconds_per_byte, chunk) for chunk in chunks]

    def _damaged(self, data: bytes) -> bytes:
        faults, chance = self._faults, self._chance
        if not (faults.loss or faults.corruption or faults.noise):
            return data
        arrived = bytearray()
        for byte in data:
            if chance.random() < faults.noise:
                arrived.append(chance.randrange(256))
            if chance.random() < faults.loss:
                continue
            flip = 1 << chance.randrange(8) if chance.random() < faults.corruption else 0
            arrived.append(byte ^ flip)
        return bytes(arrived)


def heard_at(data: bytes, sent_baud: int, heard_baud: int) -> bytes:
    """Return what a receiver set to `heard_baud` makes of bytes sent back to back at `sent_baud`.

    The waveform is sampled as a UART does it: a falling edge starts a byte, and each bit is read in its middle.
    """
    if sent_baud == heard_baud or not data:
        return data
    bits = "".join("0" + f"{byte:08b}"[::-1] + "1" for byte in data)
    # Time in units of 1/16 of a received bit. An idle line reads as 1 for ever.
    step = sent_baud / heard_baud / _SAMPLES_PER_BIT

    def level(sample: float) -> str:
        place = int(sample * step)
        return bits[place] if place < len(bits) else "1"

    heard, sample, samples = bytearray(), 0.0, len(bits) / step
    while sample < samples:
        if level(sample) == "1":
            sample += 1
            continue
        middles = (sample + _SAMPLES_PER_BIT * (1.5 + number) for number in range(8))
        heard.append(int("".join(level(middle) for middle in middles)[::-1], 2))
        sample += _SAMPLES_PER_BIT * 9.5
        while sample < samples and level(sample) == "0":  # a break: the line has to rise before a byte can begin
            sample += 1
    return bytes(heard)
