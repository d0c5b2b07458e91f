"""Opening what a gate sealed: a segment's content key, by its wraps and the vault, and fragments from anywhere in it.

A content key is kept for one piece of one viewing and no longer: nothing opens once the day's pair is destroyed.
Belongs here: that. Does not belong here: who may look, or what is asked of which gate when (playback.py).
"""

import contextlib
import io
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.clock import NS_PER_S
from contract.ids import ControllerId
from contract.periods import Kind
from contract.recordings import RecordedSegment, SealedSegment
from contract.sealing import ContentKey, NotWrappedForError, SealingError, Wraps
from contract.segments import SegmentError, SegmentHeader, open_first_ns, open_piece, read_header
from contract.signing import SignatureError
from controller.domain.video.fragments import BadVideoError, Cutter, Fragment, Head, begins_fragment
from controller.domain.video.viewing import CameraOf, VideoError
from controller.service.site.replaced_keys import ReplacedKeys
from controller.service.video.asking import GONE, VideoGates
from controller.vault import KeyGoneError, Vault

NOT_FOR_US: Final = "not-for-us"
_BATCH_BYTES: Final = 1024 * 1024
_HEAD_RECORDS: Final = 3
"""The head record, and the two that a muxer writes before the first fragment."""
_BACK_NS: Final = 3 * NS_PER_S
_MOST_BYTES: Final = 48 * 1024 * 1024
"""More is not held of one piece: a camera that sends so much is cut into shorter ones."""


@dataclass(frozen=True)
class OpenSegment:
    """A segment that can be read. `lengths`: of its sealed records."""

    of: CameraOf
    listed: RecordedSegment
    header: SegmentHeader
    lengths: list[int]
    key: ContentKey = field(repr=False)


@dataclass(frozen=True)
class Cut:
    """Fragments in a row, the first with a picture of its own.

    `number`: of their segment; `zero_ns`: when media time 0 was, ns since 1970 UTC; `until_ns`: when the next begins.
    """

    number: int
    head: Head
    fragments: list[Fragment]
    zero_ns: int
    until_ns: int

    @property
    def from_ns(self) -> int:
        """When its first frame was taken."""
        return self.zero_ns + self.head.ns(self.fragments[0].start)


class SegmentKeys:
    """Opens wraps of video through the vault; belongs to the vault's thread.

    `sources`: signing keys of gates; `replaced`: those that they had before.
    """

    def __init__(
        self,
        vault: Vault,
        controller: ControllerId,
        sources: Mapping[str, Ed25519PublicKey],
        replaced: ReplacedKeys,
    ) -> None:
        self._vault: Final = vault
        self._controller: Final = controller
        self._sources: Final = sources
        self._replaced: Final = replaced

    def open(self, of: CameraOf, listed: RecordedSegment, sealed: SealedSegment) -> OpenSegment:
        """Return a segment as it can be read. Raises VideoError."""
        try:
            header = read_header(io.BytesIO(sealed.header))
            wraps = header.wraps
            source = self._sources.get(of.gate)
            name = wraps.name
            if source is None or (name.edge, name.camera, name.period.kind) != (of.gate, of.camera, Kind.VIDEO):
                raise VideoError("altered", f"gate {of.gate} gave a recording that is not of camera {of.camera}")
            self._check(of, wraps, source)
            key = self._vault.open(wraps)
        except KeyGoneError:
            raise VideoError(GONE, "this recording's key was destroyed on time: nothing opens it") from None
        except NotWrappedForError:
            raise VideoError(
                NOT_FOR_US, f"this was recorded before {self._controller} was enrolled: ask another controller"
            ) from None
        except (SegmentError, SealingError, SignatureError) as error:
            raise VideoError("altered", f"a recording of gate {of.gate} is refused: {error}") from error
        return OpenSegment(of, listed, header, sealed.lengths, key)

    def _check(self, of: CameraOf, wraps: Wraps, source: Ed25519PublicKey) -> None:
        """Raise SignatureError unless the gate signed the wraps, with the key that it has or had in their period."""
        try:
            wraps.check(source)
        except SignatureError:
            for replaced in self._replaced.of(of.gate, wraps.name.period):
                with contextlib.suppress(SignatureError):
                    return wraps.check(replaced)
            raise


def cut(gates: VideoGates, segment: OpenSegment, at_ns: int, length_ns: int, until_ns: int) -> Cut | None:
    """Return what shows the moment `at_ns` and about `length_ns` after it, from the last whole picture before it.

    Nothing of it begins at `until_ns` or later, the end of what is looked at. None where the segment has nothing from
    there on. Reads only as much of it as is needed. It ends where the next one can begin. Waits for the network: to be
    called on a thread of its own. Raises VideoError.
    """
    try:
        head, first, zero_ns = _head(gates, segment)
        place = max(first, _place_of(segment, max(zero_ns, at_ns - _BACK_NS), zero_ns))
        while True:
            found = _from(gates, segment, head, place, (at_ns - zero_ns, length_ns, until_ns - zero_ns))
            end_ns = zero_ns + head.ns(found[-1].start + found[-1].duration) if found else 0
            if found and end_ns <= at_ns:
                return None
            if found and (place <= first or head.ns(found[0].start) <= at_ns - zero_ns):
                return Cut(segment.listed.number, head, found, zero_ns, end_ns)
            if place <= first:
                return None
            place = max(first, place - 2 * (_place_of(segment, at_ns, zero_ns) - place) - 1)
    except (SegmentError, BadVideoError) as error:
        raise VideoError("altered", f"a recording of gate {segment.of.gate} is refused: {error}") from error


def _head(gates: VideoGates, segment: OpenSegment) -> tuple[Head, int, int]:
    """Return the head, the place of the record with which the first fragment begins, and when media time 0 was."""
    cutter, zero_ns = Cutter(), 0
    for place, sealed in _records(gates, segment, 0, _HEAD_RECORDS):
        if place == 0:
            zero_ns = open_first_ns(segment.header, segment.key, sealed)
        piece = open_piece(segment.header, segment.key, place, sealed)
        if piece is None:
            break
        for _ in cutter.feed(piece):
            raise BadVideoError("fragments of this recording do not begin where its records do")
        if cutter.head is not None:
            return cutter.head, place + 1, zero_ns
    raise VideoError(GONE, "nothing was recorded in this segment yet")


def _place_of(segment: OpenSegment, at_ns: int, zero_ns: int) -> int:
    """Return about where in the file a moment is: it grows evenly."""
    ends_ns = max(segment.listed.last_ns, zero_ns + 1)
    share = (at_ns - zero_ns) / (ends_ns - zero_ns)
    wanted = share * sum(segment.lengths)
    return next((place for place, end in enumerate(accumulate(segment.lengths)) if end > wanted), len(segment.lengths))


def _from(
    gates: VideoGates, segment: OpenSegment, head: Head, first: int, span_ns: tuple[int, int, int]
) -> list[Fragment]:
    """Return the fragments from the last whole picture at or before a moment, reading from place `first`.

    `span_ns`: that moment, how much after it is wanted, and where all ends (media time). Where none is before it, they
    begin with the first one that was met.
    """
    at_ns, length_ns, until_ns = span_ns
    kept: list[Fragment] = []
    size_bytes = 0
    with closing(_fragments(gates, segment, head, first)) as fragments:
        for fragment in fragments:
            start_ns = head.ns(fragment.start)
            if start_ns >= until_ns:
                break
            if fragment.is_sync:
                if start_ns <= at_ns:
                    kept, size_bytes = [], 0
                elif kept and (start_ns >= at_ns + length_ns or size_bytes > _MOST_BYTES):
                    break
            if kept or fragment.is_sync:
                kept.append(fragment)
                size_bytes += len(fragment.data)
            if size_bytes > 2 * _MOST_BYTES:
                break
    return kept


def _fragments(gates: VideoGates, segment: OpenSegment, head: Head, first: int) -> Generator[Fragment, None, None]:
    cutter, begun = Cutter(head), False
    for place, sealed in _records(gates, segment, first, 1):
        piece = open_piece(segment.header, segment.key, place, sealed)
        if piece is None:
            return
        begun = begun or begins_fragment(piece)
        if begun:
            yield from cutter.feed(piece)


def _records(
    gates: VideoGates, segment: OpenSegment, first: int, least: int
) -> Generator[tuple[int, bytes], None, None]:
    """Yield place and bytes of the sealed records from place `first` on; in parts of `least`, or of 1 MiB."""
    place = first
    while place < len(segment.lengths):
        count, size_bytes = 0, 0
        while place + count < len(segment.lengths) and (count < least or (least == 1 and size_bytes < _BATCH_BYTES)):
            size_bytes += segment.lengths[place + count]
            count += 1
        found = gates.records(segment.of, segment.listed.number, place, count)
        yield from enumerate(found, place)
        if len(found) < count:  # it was cut off since
            return
        place += count
