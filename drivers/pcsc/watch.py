"""One PC/SC reader, watched by a thread of its own: cards in and out, the service killed and back, the reader lost.

A card is judged once per presentation. Whatever goes wrong with the service or the reader ends in a fresh context. A
card that lay in the reader before such a break and still does is not presented again: that would open a door to nobody.

Belongs here: that loop. Does not belong here: the event loop (reader.py), the judgement (judge.py), the service's calls
(service.py).
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import structlog

from contract.clock import Clock
from contract.ids import ReaderId
from drivers.hold_off import HoldOff
from drivers.pcsc.judge import CardJudge
from drivers.pcsc.presented import judge_presented
from drivers.pcsc.service import ReaderGoneError, Service, ServiceError, Sight, matching
from drivers.pcsc.verdict import Verdict
from drivers.ports import (
    Credential,
    CredentialRead,
    DeviceEvent,
    DeviceIdentified,
    LossReason,
    ReaderLost,
    ReaderOnline,
    ReadRefusal,
    ReadRefused,
)

RETRY_FIRST_S: Final = 0.1
RETRY_LAST_S: Final = 2.0
"""A service or reader that came back is in use again within this time; figures.md wants a reader back within 5 s."""
_LOOK_MS: Final = 10_000
"""The service tells of a change at once; it is asked anew now and then in case that it forgot."""
_READERS_MS: Final = 1_000
_SETTLING_MS: Final = 1_000
"""A reader that has just come (back) may say that it is empty before it finds the card that lies there."""
_logger = structlog.get_logger(__name__)


class CardWatch:
    """The work of one reader. `work` runs in a thread until `stop`; `emit` is called from that thread.

    `reader_name`: the service's name of it, or the beginning of that. `is_secure`: whether every card that it lets
    through has proven a secret. `refused` counts refusals by reason.
    """

    def __init__(
        self,
        reader: ReaderId,
        reader_name: str,
        judge: CardJudge,
        clock: Clock,
        emit: Callable[[DeviceEvent], None],
        *,
        hold_off_ms: int,
        is_secure: bool,
    ) -> None:
        self._reader = reader
        self._wanted = reader_name
        self._judge = judge
        self._clock = clock
        self._emit = emit
        self._hold_off = HoldOff(hold_off_ms, extends=False)
        self._is_secure = is_secure
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._service: Service | None = None
        self._is_online: bool | None = None
        self._seated: Credential | None = None
        self.refused: Counter[ReadRefusal] = Counter()

    def work(self) -> None:
        """Serve the reader until `stop`."""
        retry_s = RETRY_FIRST_S
        while not self._stop.is_set():
            try:
                with Service() as service:
                    self._hold(service)
                    try:
                        retry_s = RETRY_FIRST_S
                        self._serve(service)
                    finally:
                        self._hold(None)
            except ServiceError as error:
                self._lost(LossReason.SERVICE_LOST, str(error))
                self._stop.wait(retry_s)
                retry_s = min(retry_s * 2, RETRY_LAST_S)

    def stop(self) -> None:
        """End `work` soon. May be called from any thread."""
        self._stop.set()
        with self._lock:
            if self._service is not None:
                self._service.cancel()

    def _hold(self, service: Service | None) -> None:
        with self._lock:
            self._service = service

    def _serve(self, service: Service) -> None:
        while not self._stop.is_set():
            found = matching(service.readers(), self._wanted)
            if len(found) != 1:
                words = f"{len(found)} readers have such a name" if found else "no reader has such a name"
                self._lost(LossReason.READER_ABSENT, words)
                service.wait_for_readers(_READERS_MS)
                continue
            try:
                self._serve_reader(service, found[0])
            except ReaderGoneError as error:
                self._lost(LossReason.READER_ABSENT, str(error))
                self._stop.wait(RETRY_FIRST_S)

    def _serve_reader(self, service: Service, name: str) -> None:
        """Read every card that is put before the reader. Raises ReaderGoneError, ServiceError."""
        known: Sight | None = None
        settled_s = time.monotonic() + _SETTLING_MS / 1000
        while not self._stop.is_set():
            is_settled = time.monotonic() > settled_s
            seen = service.look(name, known, _LOOK_MS if is_settled else _SETTLING_MS)
            if seen is None:
                if known is not None and not known.is_present:
                    self._seated = None
                continue
            self._online(service, name)
            if is_settled and not seen.is_present:
                self._seated = None
            is_new = known is None or not known.is_present or seen.changes != known.changes
            if seen.is_present and is_new:
                verdict, seen = judge_presented(service, name, seen, self._judge, self._stop.wait)
                self._tell(verdict)
            known = seen

    def _tell(self, verdict: Verdict) -> None:
        if verdict.credential is None:
            reason = verdict.refusal or ReadRefusal.UNSUPPORTED_CARD
            self.refused[reason] += 1
            _logger.info("card refused", reader=self._reader, kind=verdict.kind, reason=reason)
            self._emit(ReadRefused(self._reader, reason, 0))
            return
        now_ns = self._clock.boottime_ns()
        if self._seated != verdict.credential and self._hold_off.passes(verdict.credential.text, now_ns):
            self._emit(CredentialRead(self._reader, verdict.credential, now_ns))
        self._seated = verdict.credential

    def _online(self, service: Service, name: str) -> None:
        if self._is_online is not True:
            self._is_online = True
            said = service.identity(name)
            self._emit(ReaderOnline(self._reader, secure=self._is_secure))
            self._emit(
                DeviceIdentified(
                    self._reader,
                    vendor=said.vendor,
                    model=said.model or name,
                    version=said.version,
                    serial=said.serial,
                    firmware="",
                )
            )

    def _lost(self, reason: LossReason, words: str) -> None:
        if self._is_online is not False:
            self._is_online = False
            _logger.warning("smart card reader lost", reader=self._reader, reason=reason, words=words)
            self._emit(ReaderLost(self._reader, reason))
