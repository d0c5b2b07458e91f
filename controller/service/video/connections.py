"""Connections to gates' video servers: mutual TLS, each to the gate that its certificate names, kept for a moment.

A piece of a recording takes several requests, and a handshake costs more than most of them. Belongs here: making and
keeping connections. Does not belong here: requests (asking.py).
"""

import http.client
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final, cast

from contract.ids import EdgeId
from controller.pki.folder import CertificateFiles

_LIMIT_S: Final = 6.0
_IDLE_S: Final = 5.0
"""Far less than a gate waits for the next request."""
_MOST_IDLE: Final = 4


class Connections:
    """All connections to gates; for many threads. `is_it`: tells whether a name on a certificate is that gate's."""

    def __init__(self, files: CertificateFiles, is_it: Callable[[str, EdgeId], bool]) -> None:
        self._files: Final = files
        self._is_it: Final = is_it
        self._lock: Final = threading.Lock()
        self._idle: defaultdict[tuple[EdgeId, str], list[tuple[float, http.client.HTTPSConnection]]] = defaultdict(list)
        self._tls: tuple[tuple[int, ...], ssl.SSLContext] | None = None

    def take(self, gate: EdgeId, address: str) -> list[http.client.HTTPSConnection]:
        """Return a connection that is idle, or none; those that were idle for too long are closed."""
        with self._lock:
            kept = self._idle.pop((gate, address), [])
            fresh = [each for each in kept if time.monotonic() - each[0] < _IDLE_S]
            if len(fresh) > 1:
                self._idle[gate, address] = fresh[:-1]
        for _, connection in kept[: len(kept) - len(fresh)]:
            connection.close()
        return [fresh[-1][1]] if fresh else []

    def give_back(self, gate: EdgeId, address: str, connection: http.client.HTTPSConnection, *, is_idle: bool) -> None:
        """Keep a connection for the next request, unless there is more to come on it."""
        with self._lock:
            idle = self._idle[gate, address]
            if is_idle and connection.sock is not None and len(idle) < _MOST_IDLE:
                idle.append((time.monotonic(), connection))
                return
        connection.close()

    def close(self) -> None:
        """Close all that is idle."""
        with self._lock:
            idle = [connection for kept in self._idle.values() for _, connection in kept]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def made(self, gate: EdgeId, address: str) -> http.client.HTTPSConnection:
        """Return a new connection to `gate`. Raises OSError, also where another one answers at its address."""
        host, _, port = address.rpartition(":")
        connection = http.client.HTTPSConnection(host.strip("[]"), int(port), timeout=_LIMIT_S, context=self._context())
        connection.connect()
        shown: Any = cast("ssl.SSLSocket", connection.sock).getpeercert() or {}
        name = dict(pair[0] for pair in shown.get("subject", ())).get("commonName", "")
        if not self._is_it(name, gate):
            connection.close()
            raise ConnectionRefusedError("another gate answers there")
        return connection

    def _context(self) -> ssl.SSLContext:
        """Return what is made of the files as they are now: certificates and whom to trust may have changed."""
        files = self._files
        stamp = tuple(path.stat().st_mtime_ns for path in (files.authority, files.certificate, files.key))
        with self._lock:
            if self._tls is None or self._tls[0] != stamp:
                tls = ssl.create_default_context(cafile=str(files.authority))
                tls.check_hostname = False  # a gate is who its certificate's own name says, whatever its address
                tls.minimum_version = ssl.TLSVersion.TLSv1_3
                tls.load_cert_chain(files.certificate, files.key)
                self._tls = stamp, tls
            return self._tls[1]
