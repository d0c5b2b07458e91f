"""HTTPS for controllers: lists of recordings, sealed records, live pictures (contract/recordings.py).

One thread a connection, a bounded number of them. Whoever has no certificate of a listed controller's own authority
gets no answer but 403. Whoever only connects and says nothing takes no place of a controller's: places are counted once
hands are shaken, and before that the oldest that waits goes for the newest. Nothing here can open a recording. Belongs
here: requests and answers. Does not belong here: which segments there are (shelves.py), where pictures come from
(main.py).
"""

import contextlib
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, cast

import msgspec

from contract.ids import CameraId, ControllerId
from contract.recordings import SealedSegment
from contract.segments import SegmentError, read_header, record_lengths
from edge.video.shelves import NoShelfError, Shelves

MOST_CONNECTIONS: Final = 16
MOST_HANDSHAKES: Final = 32
REFUSED: Final = "video-refused"
"""Counter of the gate's health: whoever came to its video port without being a controller of the site."""
_HANDSHAKE_S: Final = 3.0
"""For a whole handshake, however it is spread."""
_IDLE_S: Final = 30.0
_PIECE_BYTES: Final = 256 * 1024
_LENGTH_BYTES: Final = 4
_PREFIX: Final = "controller-"
Pictures = Callable[[CameraId], bytes]


class VideoServer(ThreadingHTTPServer):
    """Serves until `shutdown`. `pictures`: gives the JPEG of a camera's present moment, empty where there is none.

    `counted`: is told what a gate's health shall count. Raises OSError where it can not listen.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(
        self, host: str, port: int, shelves: Shelves, pictures: Pictures, counted: Callable[[str], None]
    ) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.shelves: Final = shelves
        self.pictures: Final = pictures
        self.counted: Final = counted
        self.controllers: frozenset[ControllerId] = frozenset()
        self._tls: ssl.SSLContext | None = None
        self._free = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._lock = threading.Lock()
        self._shaking: dict[ssl.SSLSocket, None] = {}
        super().__init__((host, port), _Handler)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.socket.getsockname()[1])

    def trust(self, tls: ssl.SSLContext, controllers: frozenset[ControllerId]) -> None:
        """Answer these controllers from now on, and nobody else, on connections that are open as well."""
        self._tls, self.controllers = tls, controllers

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  as in socketserver
        """Give a connection a thread to shake hands on; where too many wait, the oldest of them goes."""
        if self._tls is None:
            self.shutdown_request(request)
            return
        try:
            secure = self._tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        except OSError:
            self.counted(REFUSED)
            self.shutdown_request(request)
            return
        with self._lock:
            oldest = next(iter(self._shaking)) if len(self._shaking) >= MOST_HANDSHAKES else None
            if oldest is not None:
                del self._shaking[oldest]
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(oldest, socket.SHUT_RDWR)  # its own thread does the rest
            self._shaking[secure] = None
        super().process_request(secure, client_address)

    def finish_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  as in socketserver
        """Shake hands on the connection's own thread, then answer what is asked, if there is a place."""
        request.settimeout(_HANDSHAKE_S)
        try:
            request.do_handshake()
        except OSError:
            self.counted(REFUSED)
            return
        finally:
            with self._lock:
                self._shaking.pop(request, None)
        if not self._free.acquire(blocking=False):
            self.counted(REFUSED)
            return
        try:
            super().finish_request(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  as in socketserver
        """Say nothing of a connection that broke: whoever asked has enough, or asks again."""


class _Handler(BaseHTTPRequestHandler):
    """Answers one controller."""

    protocol_version = "HTTP/1.1"
    server_version = "gate"
    sys_version = ""
    timeout = _IDLE_S

    @property
    def _video(self) -> VideoServer:
        return cast("VideoServer", self.server)

    def do_GET(self) -> None:
        """Answer one request."""
        if not self._is_controller():
            self._video.counted(REFUSED)
            self._end(HTTPStatus.FORBIDDEN)
            self.close_connection = True  # it keeps no place
            return
        asked = urllib.parse.urlsplit(self.path)
        parts = asked.path.split("/")[1:]
        query = {name: value for name, value in urllib.parse.parse_qsl(asked.query) if value.isdecimal()}
        try:
            self._answer([urllib.parse.unquote(part) for part in parts], {k: int(v) for k, v in query.items()})
        except (NoShelfError, FileNotFoundError, ValueError):
            self._end(HTTPStatus.NOT_FOUND)
        except SegmentError:
            self._end(HTTPStatus.UNPROCESSABLE_ENTITY)
        except OSError:
            self._end(HTTPStatus.SERVICE_UNAVAILABLE)

    def log_message(self, *_: object) -> None:
        """Say nothing: who looks is on record at the controller."""

    def _answer(self, parts: list[str], query: dict[str, int]) -> None:
        match parts:
            case ["video", camera]:
                listed = self._video.shelves.recordings(
                    CameraId(camera), query.get("from_ns", 0), query.get("until_ns", 2**63 - 1)
                )
                self._send(msgspec.msgpack.encode(listed), "application/msgpack")
            case ["video", camera, "picture"]:
                jpeg = self._video.pictures(self._video.shelves.known(CameraId(camera)))
                if jpeg:
                    self._send(jpeg, "image/jpeg")
                else:
                    self._end(HTTPStatus.NOT_FOUND)
            case ["video", camera, number]:
                with self._video.shelves.open(CameraId(camera), int(number)) as file:
                    header = read_header(file)
                    sealed = SealedSegment(header.encoded, record_lengths(file))
                self._send(msgspec.msgpack.encode(sealed), "application/msgpack")
            case ["video", camera, number, "records"]:
                first = query.get("first", 0)
                self._send_records(CameraId(camera), int(number), first, first + query.get("count", 0))
            case _:
                self._end(HTTPStatus.NOT_FOUND)

    def _send_records(self, camera: CameraId, number: int, first: int, end: int) -> None:
        with self._video.shelves.open(camera, number) as file:
            read_header(file)
            begin = file.tell()
            lengths = [_LENGTH_BYTES + length for length in record_lengths(file)]
            file.seek(begin + sum(lengths[:first]))
            left = sum(lengths[first:end])
            self._begin("application/octet-stream", left)
            while left and (piece := file.read(min(left, _PIECE_BYTES))):
                self.wfile.write(piece)
                left -= len(piece)
        self.close_connection = self.close_connection or left > 0

    def _is_controller(self) -> bool:
        """Whether whoever asks shows the certificate of a listed controller, issued by its own authority."""
        shown: Any = cast("ssl.SSLSocket", self.connection).getpeercert() or {}
        subject, issuer = (dict(pair[0] for pair in shown.get(each, ())) for each in ("subject", "issuer"))
        name = subject.get("commonName", "").removeprefix(_PREFIX)
        is_named = subject.get("commonName", "").startswith(_PREFIX) and name in self._video.controllers
        return is_named and issuer.get("organizationalUnitName") == name

    def _send(self, body: bytes, media_type: str) -> None:
        self._begin(media_type, len(body))
        self.wfile.write(body)

    def _begin(self, media_type: str, length: int) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(length))
        self.end_headers()

    def _end(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()
