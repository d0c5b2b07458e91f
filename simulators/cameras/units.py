"""A film taken apart for a server that opens no MP4: its codec, then access units in the order of decoding.

The file is a line of JSON with the fields of `UnitsHeader`, then for each unit its size (32 bits) and its timestamp
(64 bits of 90 kHz ticks from 0), both big-endian, and its bytes as an elementary stream with start codes.

Belongs here: writing that file. Does not belong here: reading it (debian_server.py, which runs outside this package).
Source: ITU-T H.264 and H.265, annex B (byte stream); RFC 6184 section 8.1 (90 kHz).
"""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
import msgspec
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer

from simulators.cameras.film import Codec

TICKS_PER_S: Final = 90_000
_UNIT: Final = struct.Struct(">IQ")
_FILTERS: Final = {Codec.H264: "h264_mp4toannexb", Codec.HEVC: "hevc_mp4toannexb", Codec.MPEG4: "dump_extra"}


class UnitsHeader(msgspec.Struct, frozen=True):
    """What stands first. `ticks`: how long the film is, after which it begins again."""

    codec: Codec
    ticks: int


def units_file(video: Path) -> Path:
    """Write the file beside the MP4 file `video` unless it is there; return its path. Raises OSError, FFmpegError."""
    path = video.with_suffix(".units")
    if not path.exists():
        unfinished = path.with_suffix(".units-unfinished")
        with av.open(str(video)) as container, unfinished.open("wb") as file:
            stream = container.streams.video[0]
            header = UnitsHeader(Codec(stream.codec_context.name), _ticks(container))
            file.write(msgspec.json.encode(header) + b"\n")
            for unit, at in _units(container, _FILTERS[header.codec]):
                file.write(_UNIT.pack(len(unit), at) + unit)
        unfinished.replace(path)
    return path


def _ticks(container: InputContainer) -> int:
    stream = container.streams.video[0]
    if stream.duration is None or stream.time_base is None:
        raise ValueError("a film tells how long it is")
    return round(stream.duration * stream.time_base * TICKS_PER_S)


def _units(container: InputContainer, to_elementary: str) -> Iterator[tuple[bytes, int]]:
    stream = container.streams.video[0]
    elementary = BitStreamFilterContext(to_elementary, stream)
    for packet in container.demux(stream):
        for unit in elementary.filter(packet if packet.size else None):
            if unit.pts is not None and unit.time_base is not None:
                yield bytes(unit), round(unit.pts * unit.time_base * TICKS_PER_S)
