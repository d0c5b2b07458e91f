"""The cable of a camera, and what can be wrong with what comes over it: noise, damage, slowness, jumping clocks, ends.

It leads to any RTSP server, and tells RTSP answers from interleaved packets, so it can change the latter alone.

Belongs here: faults between a camera and whoever looks. Does not belong here: a camera that hangs or dies (program.py).
Source: RFC 2326 section 10.12 (interleaved: a dollar sign, the channel, two bytes of length), RFC 3550 section 5.1
(an RTP packet's timestamp is its bytes 4 to 7) and 6.4.1 (a sender report's is its bytes 16 to 19).
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from enum import StrEnum
from random import Random
from typing import Final
from urllib.parse import urlsplit

from simulators.network import LOOPBACK, TcpRelay

_DOLLAR: Final = b"$"
_HEAD: Final = struct.Struct(">BBH")
_STAMP: Final = struct.Struct(">I")
_RTP_STAMP_AT: Final = 4
_REPORT_STAMP_AT: Final = 16
_SENDER_REPORT: Final = 200
_RTP_HEADER_BYTES: Final = 14
"""With the two bytes that tell what is in a packet of H.264 or H.265: they stay whole when the rest is damaged."""
_TICKS_PER_S: Final = 90_000
_DAMAGED_EACH: Final = 40


class Fault(StrEnum):
    """What happens to packets."""

    NONE = "none"
    NOISE = "noise"
    """In the place of answers and packets comes noise: nobody finds where the next one begins."""
    DAMAGE = "damage"
    """Packets come as packets; some of the bytes of their pictures are wrong."""


class RtspCable(TcpRelay):
    """One listening port that leads to a camera; bring it `up`, and look at `address` in the place of the camera's."""

    def __init__(self, camera_address: str) -> None:
        """`camera_address`: the RTSP address of a camera that was started."""
        self._parts = urlsplit(camera_address)
        super().__init__(LOOPBACK, self._parts.port or 0)
        self.fault = Fault.NONE
        self.bytes_per_s: float | None = None
        """How fast it carries; None: as fast as it can."""
        self._ahead_ticks = 0
        self._noise = Random(1)
        self._visitors: set[asyncio.StreamWriter] = set()

    @property
    def address(self) -> str:
        """The camera's address through this cable, known once it was up."""
        login, at, _ = self._parts.netloc.rpartition("@")
        return self._parts._replace(netloc=f"{login}{at}{LOOPBACK}:{self.port}").geturl()

    def jump(self, by_s: float) -> None:
        """Let the timestamps of all packets from now on be so much later (or earlier) than they would have been."""
        self._ahead_ticks += round(by_s * _TICKS_PER_S)

    def end(self) -> None:
        """End every stream in an orderly way, as a camera does that is told to restart; new visitors are welcome."""
        for writer in self._visitors:
            writer.write_eof()
        self._visitors.clear()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._visitors.add(writer)
        with contextlib.suppress(OSError):
            async for piece in _pieces(reader):
                await self._passes.wait()
                if writer not in self._visitors:  # its end was written
                    return
                writer.write(self._changed(piece))
                await writer.drain()
                if self.bytes_per_s:
                    await asyncio.sleep(len(piece) / self.bytes_per_s)
            await self._passes.wait()
            writer.write_eof()
        self._visitors.discard(writer)

    def _changed(self, piece: bytes) -> bytes:
        if self.fault is Fault.NOISE:
            return self._noise.randbytes(len(piece)).replace(_DOLLAR, b"")
        if not piece.startswith(_DOLLAR):
            return piece
        changed = bytearray(piece)
        _, channel, size = _HEAD.unpack_from(changed)
        if self._ahead_ticks:
            self._shift(changed, is_report=bool(channel % 2))
        if self.fault is Fault.DAMAGE and channel % 2 == 0:
            for at in range(_HEAD.size + _RTP_HEADER_BYTES, _HEAD.size + size, _DAMAGED_EACH):
                changed[at] ^= self._noise.randrange(1, 256)
        return bytes(changed)

    def _shift(self, packet: bytearray, *, is_report: bool) -> None:
        """Move the timestamp of an interleaved RTP packet, or of a sender report."""
        at = _HEAD.size + (_REPORT_STAMP_AT if is_report else _RTP_STAMP_AT)
        if len(packet) < at + _STAMP.size or (is_report and packet[_HEAD.size + 1] != _SENDER_REPORT):
            return
        (stamp,) = _STAMP.unpack_from(packet, at)
        _STAMP.pack_into(packet, at, (stamp + self._ahead_ticks) % (1 << 32))


async def _pieces(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Yield whole interleaved packets, and whole RTSP answers with their bodies, until the camera ends."""
    with contextlib.suppress(asyncio.IncompleteReadError):
        while True:
            first = await reader.readexactly(1)
            if first == _DOLLAR:
                rest = await reader.readexactly(_HEAD.size - 1)
                _, _, size = _HEAD.unpack(first + rest)
                yield first + rest + await reader.readexactly(size)
                continue
            head = first + await reader.readuntil(b"\r\n\r\n")
            yield head + await reader.readexactly(_body_bytes(head))


def _body_bytes(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return 0
