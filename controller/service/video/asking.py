"""Asking a gate for its video: HTTPS with certificates on both sides, the gate's own and no other's.

Belongs here: requests. Does not belong here: what is asked when (playback.py, live.py), or opening what was sealed.
"""

import http.client
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import BinaryIO, Final, TypeVar, cast
from urllib.parse import quote

from contract.ids import EdgeId
from contract.recordings import (
    BadRecordingsError,
    Recordings,
    SealedSegment,
    decode_recordings,
    decode_sealed_segment,
)
from contract.segments import SegmentError, read_sealed
from controller.domain.video.viewing import CameraOf, VideoError
from controller.pki.folder import CertificateFiles
from controller.service.video.connections import Connections

T = TypeVar("T")
_LONGEST_BYTES: Final = 4 * 1024 * 1024
GONE: Final = "recording-gone"
AWAY: Final = "gate-away"
ALTERED: Final = "altered"


class GateAwayError(VideoError):
    """The gate does not answer, or not as it should. What it recorded lies there, and stays until its limit."""

    def __init__(self, gate: EdgeId) -> None:
        super().__init__(AWAY, f"gate {gate} does not answer: its recordings lie there, and are seen when it is back")


class VideoGates:
    """All gates as they can be asked for video. Its methods wait for the network: call them on a thread of their own.

    `addresses`: where a gate serves, as `host:port`, "" where it does not, None for a gate that is silent.
    `certificates`: the gate that each enrolled name on a certificate means. All raise VideoError.
    """

    def __init__(
        self,
        addresses: Callable[[EdgeId], str | None],
        certificates: Callable[[], Mapping[str, EdgeId]],
        files: CertificateFiles,
    ) -> None:
        self._addresses: Final = addresses
        self._connections: Final = Connections(files, lambda name, gate: certificates().get(name) == gate)

    def serves(self, gate: EdgeId) -> bool:
        """Tell whether a gate is heard and serves its video."""
        return bool(self._addresses(gate))

    def close(self) -> None:
        """Close all connections that are idle."""
        self._connections.close()

    def recordings(self, of: CameraOf, from_ns: int, until_ns: int) -> Recordings:
        """Return what was recorded in a span."""
        return self._decoded(of, f"?from_ns={from_ns}&until_ns={until_ns}", decode_recordings)

    def segment(self, of: CameraOf, number: int) -> SealedSegment:
        """Return the head of a segment and the lengths of its records, as far as they are written."""
        return self._decoded(of, f"/{number}", decode_sealed_segment)

    def records(self, of: CameraOf, number: int, first: int, count: int) -> list[bytes]:
        """Return `count` sealed records of a segment from place `first` on; fewer where it ends before."""
        found = []
        with self._asked(of, f"/{number}/records?first={first}&count={count}") as answer:
            while answer.length:
                found.append(read_sealed(cast("BinaryIO", answer)))
            answer.read()
        return found

    def picture(self, of: CameraOf) -> bytes:
        """Return what a camera sees now, as JPEG."""
        try:
            with self._asked(of, "/picture") as answer:
                return answer.read(_LONGEST_BYTES)
        except VideoError as error:
            if error.code == GONE:
                raise VideoError("no-picture", f"camera {of.camera} of gate {of.gate} gives no picture now") from None
            raise

    def _decoded(self, of: CameraOf, what: str, decode: Callable[[bytes], T]) -> T:
        with self._asked(of, what) as answer:
            return decode(answer.read(_LONGEST_BYTES))

    @contextmanager
    def _asked(self, of: CameraOf, what: str) -> Iterator[http.client.HTTPResponse]:
        address = self._addresses(of.gate)
        if address is None:
            raise GateAwayError(of.gate)
        if not address:
            raise VideoError("not-served", f"gate {of.gate} serves no video: see [video] in its edge file")
        try:
            connection, answer = self._answered(of.gate, address, f"/video/{quote(of.camera, safe='')}{what}")
            try:
                if answer.status == HTTPStatus.NOT_FOUND:
                    raise VideoError(GONE, "there is nothing: not recorded, or its limit is over")
                if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                    raise VideoError(ALTERED, f"a recording of gate {of.gate} is damaged")
                if answer.status != HTTPStatus.OK:
                    raise GateAwayError(of.gate)
                yield answer
            finally:
                self._connections.give_back(of.gate, address, connection, is_idle=answer.isclosed())
        except (OSError, http.client.HTTPException, BadRecordingsError, SegmentError, ValueError) as error:
            if isinstance(error, VideoError):
                raise
            raise GateAwayError(of.gate) from error

    def _answered(
        self, gate: EdgeId, address: str, path: str
    ) -> tuple[http.client.HTTPSConnection, http.client.HTTPResponse]:
        """Ask on a connection that is open, or else on a new one: the gate may have closed what was idle."""
        idle = self._connections.take(gate, address)
        for connection in (*idle, None):
            asked = connection or self._connections.made(gate, address)
            try:
                asked.request("GET", path)
                return asked, asked.getresponse()
            except (OSError, http.client.HTTPException):
                asked.close()
                if connection is None:
                    raise
        raise AssertionError  # the last one raises or answers
