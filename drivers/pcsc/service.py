"""The PC/SC service, called through pyscard's thin layer: contexts, readers, cards, and its errors in three kinds.

A context and what hangs on it die with the service, and are then made anew; nothing is mended. Every object here
belongs to one thread; only `Service.cancel` may be called from another.

Belongs here: every call of the service. Does not belong here: when to call it (watch.py), or what cards say (judge.py).
"""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from smartcard import scard  # type: ignore[import-untyped]  # it comes without types

from drivers.pcsc.apdu import CardError, CardGoneError

CARD_WITHIN_S: Final = 10.0
"""A card that has not been judged after this time is no card; figures.md allows a certificate challenge 2 s."""
_NEW_READERS: Final = "\\\\?PnP?\\Notification"
"""The name under which the service tells that readers came or went."""
_NO_READER: Final = frozenset(
    {scard.SCARD_E_UNKNOWN_READER, scard.SCARD_E_READER_UNAVAILABLE, scard.SCARD_E_NO_READERS_AVAILABLE}
)
_CARD_GONE: Final = frozenset(
    {
        scard.SCARD_W_RESET_CARD,
        scard.SCARD_W_REMOVED_CARD,
        scard.SCARD_E_NO_SMARTCARD,
        scard.SCARD_E_NOT_TRANSACTED,  # what is said of a card that is pulled while it answers
    }
)
_BAD_CARD: Final = frozenset(
    {
        scard.SCARD_W_UNRESPONSIVE_CARD,
        scard.SCARD_W_UNPOWERED_CARD,
        scard.SCARD_W_UNSUPPORTED_CARD,
        scard.SCARD_E_PROTO_MISMATCH,
    }
)
_NO_SERVICE: Final = frozenset(
    {
        scard.SCARD_E_NO_SERVICE,
        scard.SCARD_E_SERVICE_STOPPED,
        scard.SCARD_E_INVALID_HANDLE,
        scard.SCARD_E_SYSTEM_CANCELLED,
        scard.SCARD_F_COMM_ERROR,
        scard.SCARD_F_INTERNAL_ERROR,
    }
)
_STATUS_BYTES: Final = 2
_COUNTER_BIT: Final = 16
"""The upper half of a reader's state counts how often a card came or went."""


class ServiceError(Exception):
    """The service does not answer, or not sensibly: begin anew."""


class ReaderGoneError(Exception):
    """The service does not know the reader (any more)."""


class CardBusyError(Exception):
    """Another program has the card for itself."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen at a reader. `is_mute`: there is a card, and it says nothing; `atr`: its answer to reset."""

    state: int
    is_present: bool
    is_mute: bool
    atr: bytes

    @property
    def changes(self) -> int:
        """How often a card came or went since the reader did."""
        return self.state >> _COUNTER_BIT


@dataclass(frozen=True, slots=True)
class Identity:
    """What a reader says that it is."""

    vendor: str = ""
    model: str = ""
    version: str = ""
    serial: str = ""


class Service:
    """A context of the service. Use it with `with`. Raises ServiceError."""

    def __enter__(self) -> Self:
        """Connect to the service."""
        result, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        _check(result)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of it."""
        scard.SCardReleaseContext(self._context)

    def readers(self) -> list[str]:
        """Return the names of all readers."""
        result, names = scard.SCardListReaders(self._context, [])
        with contextlib.suppress(ReaderGoneError):
            _check(result)
            return list(names)
        return []

    def look(self, reader: str, known: Sight | None = None, timeout_ms: int = 0) -> Sight | None:
        """Return what is seen at `reader` as soon as it differs from `known`; None after `timeout_ms` or `cancel`.

        Raises ReaderGoneError.
        """
        found = self._changed(reader, known.state if known is not None else scard.SCARD_STATE_UNAWARE, timeout_ms)
        if found is None:
            return None
        state, atr = found
        if state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE):
            raise ReaderGoneError(reader)
        return Sight(
            state=state & ~scard.SCARD_STATE_CHANGED,
            is_present=bool(state & scard.SCARD_STATE_PRESENT),
            is_mute=bool(state & scard.SCARD_STATE_MUTE),
            atr=atr,
        )

    def wait_for_readers(self, timeout_ms: int) -> None:
        """Return when readers came or went, after `timeout_ms`, or when `cancel` is called."""
        with contextlib.suppress(ReaderGoneError):
            self._changed(_NEW_READERS, scard.SCARD_STATE_UNAWARE, timeout_ms)

    def identity(self, reader: str) -> Identity:
        """Return what the reader says that it is; empty texts where it does not (PC/SC part 3, 3.1.4)."""
        # Direct: asks the reader itself, and leaves a card in it alone.
        result, handle, _protocol = scard.SCardConnect(self._context, reader, scard.SCARD_SHARE_DIRECT, 0)
        if result != scard.SCARD_S_SUCCESS:
            return Identity()
        try:
            version = _attribute(handle, scard.SCARD_ATTR_VENDOR_IFD_VERSION)[:4]
            major, minor = version[3:4], version[2:3]
            return Identity(
                vendor=_text(_attribute(handle, scard.SCARD_ATTR_VENDOR_NAME)),
                model=_text(_attribute(handle, scard.SCARD_ATTR_VENDOR_IFD_TYPE)),
                version=f"{major[0]}.{minor[0]}" if major and minor else "",
                serial=_text(_attribute(handle, scard.SCARD_ATTR_VENDOR_IFD_SERIAL_NO)),
            )
        finally:
            scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)

    def connect(self, reader: str) -> "Connection":
        """Return a connection to the card at `reader`. Raises ReaderGoneError, CardGoneError, CardError."""
        return Connection(self._context, reader)

    def cancel(self) -> None:
        """End `look` and `wait_for_readers` early. May be called from any thread."""
        scard.SCardCancel(self._context)

    def _changed(self, reader: str, state: int, timeout_ms: int) -> tuple[int, bytes] | None:
        result, states = scard.SCardGetStatusChange(self._context, timeout_ms, [(reader, state)])
        if result in {scard.SCARD_E_TIMEOUT, scard.SCARD_E_CANCELLED}:
            return None
        _check(result)
        _name, found, atr = states[0]
        return int(found), bytes(atr)


class Connection:
    """A card, for us alone from `__enter__` to `__exit__`; a drivers.pcsc.apdu.Transceiver.

    Whenever somebody reset or removed the card, all calls raise CardGoneError: nothing of one card can be combined with
    anything of the next. The card is left as it is: pcsc-lite 1.9.9 loses sight of a card that is reset in the moment
    in which another takes its place, until that one is taken away too.
    """

    def __init__(self, context: int, reader: str) -> None:
        self._context = context
        self._reader = reader
        self._until_s = time.monotonic() + CARD_WITHIN_S
        self.atr = b""

    def __enter__(self) -> Self:
        """Connect, and keep everybody else away."""
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        result, self._card, protocol = scard.SCardConnect(
            self._context, self._reader, scard.SCARD_SHARE_SHARED, protocols
        )
        _check(result)
        self._protocol = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
        try:
            _check(scard.SCardBeginTransaction(self._card))
            result, _reader, _state, _protocol, atr = scard.SCardStatus(self._card)
            _check(result)
            self.atr = bytes(atr)
        except BaseException:
            scard.SCardDisconnect(self._card, scard.SCARD_LEAVE_CARD)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the card."""
        scard.SCardEndTransaction(self._card, scard.SCARD_LEAVE_CARD)
        scard.SCardDisconnect(self._card, scard.SCARD_LEAVE_CARD)

    def transmit(self, command: bytes) -> bytes:
        """See drivers.pcsc.apdu.Transceiver. Raises CardGoneError, CardError, ReaderGoneError, ServiceError."""
        if time.monotonic() > self._until_s:
            raise CardError(f"the card was not read within {CARD_WITHIN_S:.0f} s")
        result, response = scard.SCardTransmit(self._card, self._protocol, list(command))
        _check(result, otherwise=CardError)  # an odd card must not look like a broken service
        if len(response) < _STATUS_BYTES:
            raise CardGoneError("the card did not end its answer")  # some drivers say no more of a card that was pulled
        return bytes(response)


def _attribute(handle: int, attribute: int) -> bytes:
    result, value = scard.SCardGetAttrib(handle, attribute)
    return bytes(value) if result == scard.SCARD_S_SUCCESS else b""


def _text(value: bytes) -> str:
    return "".join(c for c in value.split(b"\0")[0].decode("ascii", "replace") if c.isprintable())


def matching(names: Sequence[str], wanted: str) -> list[str]:
    """Return the readers that `wanted` means: the one of that name, else those whose names begin so."""
    return [wanted] if wanted in names else [name for name in names if name.startswith(wanted)]


def _check(result: int, otherwise: type[Exception] = ServiceError) -> None:
    """Raise what an error of the service means. `otherwise`: what one means that nobody foresaw."""
    if result == scard.SCARD_S_SUCCESS:
        return
    words = scard.SCardGetErrorMessage(result)
    if result in _CARD_GONE:
        raise CardGoneError(words)
    if result in _BAD_CARD:
        raise CardError(words)
    if result in _NO_READER:
        raise ReaderGoneError(words)
    if result == scard.SCARD_E_SHARING_VIOLATION:
        raise CardBusyError(words)
    raise ServiceError(words) if result in _NO_SERVICE else otherwise(words)
