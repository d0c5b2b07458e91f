"""One PC/SC reader, watched by a thread of its own: cards in and out, the service killed and back, the reader lost.

A card is judged once per presentation. Whatever goes wrong with the service or the reader ends in a fresh context. A
card that lay in the reader before such a break and still does is not presented again: that would open a door to nobody.

Belongs here: that loop. Does not belong here: the event loop (reader.py), the judgement (judge.py), the service's calls
(service.py).
"""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Final

import structlog

from contract.clock import Clock
from contract.ids import ReaderId
from drivers.hold_off import HoldOff
from drivers.pcsc.apdu import CardError, CardGoneError
from drivers.pcsc.judge import CardJudge
from drivers.pcsc.service import CardBusyError, ReaderGoneError, Service, ServiceError, Sight, matching
from drivers.pcsc.verdict import CardKind, Verdict
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
_TRIES: Final = 3
"""So often a card is read anew that was reset or exchanged meanwhile."""
_BUSY_S: Final = 0.1
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
        while not self._stop.is_set():
            seen = service.look(name, known, _LOOK_MS)
            if seen is None:
                continue
            self._online(name)
            is_new = known is None or not known.is_present or seen.changes != known.changes
            if known is not None and is_new:
                self._seated = None  # whatever lay there was taken away
            if seen.is_present and is_new:
                seen = self._present(service, name, seen)
            elif not seen.is_present:
                self._seated = None
            known = seen

    def _present(self, service: Service, name: str, seen: Sight) -> Sight:
        """Judge the card that came, and tell. Return what was seen at the reader when it was judged."""
        verdict = Verdict(kind=CardKind.UNKNOWN, refusal=ReadRefusal.CARD_REMOVED, words="the card was taken away")
        for _ in range(_TRIES):
            if not seen.is_present:
                break
            judged = self._judged(service, name, seen)
            after = service.look(name) or seen
            if judged is not None and (judged.credential is not None or after.changes == seen.changes):
                verdict = judged
                break
            seen = after  # it was exchanged or reset in between: what it said so far is worth nothing
            if self._stop.is_set():
                return seen
        self._tell(verdict)
        return seen

    def _judged(self, service: Service, name: str, seen: Sight) -> Verdict | None:
        """Return the judgement of the card that is there; None if it went, was reset, or is not to be had."""
        if seen.is_mute:
            return _unusable("it does not answer")
        try:
            with service.connect(name) as card:
                return self._judge.judge(card, card.atr)
        except CardBusyError:
            self._stop.wait(_BUSY_S)
            return None
        except CardGoneError:
            return None
        except CardError as error:
            return _unusable(str(error))

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

    def _online(self, name: str) -> None:
        if self._is_online is not True:
            self._is_online = True
            self._emit(ReaderOnline(self._reader, secure=self._is_secure))
            self._emit(DeviceIdentified(self._reader, vendor="", model=name, version="", serial="", firmware=""))

    def _lost(self, reason: LossReason, words: str) -> None:
        if self._is_online is not False:
            self._is_online = False
            _logger.warning("smart card reader lost", reader=self._reader, reason=reason, words=words)
            self._emit(ReaderLost(self._reader, reason))


def _unusable(words: str) -> Verdict:
    return Verdict(kind=CardKind.UNKNOWN, refusal=ReadRefusal.UNSUPPORTED_CARD, words=words)
