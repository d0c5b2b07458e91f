"""A virtual smart card reader: the far side of vpcd, with a hand that puts cards on it.

Wire face: vpcd's protocol. Each message has two bytes of length (big-endian) before it. From vpcd, a message of one
byte is a control (0 power off, 1 power on, 2 reset, 4 tell the answer to reset), any other one is a command APDU. The
card's side answers commands and control 4. While no connection is there, no card is there.

Human face: `insert`, `pull`, `swap`. pcscd looks every 400 ms, so it sees them 200 ms later on average. An exchange
that a card's departure interrupts ends there with success and an empty response, as vpcd has it.

Belongs here: the protocol and the hand. Does not belong here: the daemon (service.py), what a card answers (cards/).
"""

import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from threading import Condition, Thread
from typing import Final

from simulators.cards.contactless import is_for_reader, pseudo_apdu
from simulators.cards.smartcard import CardRemovedError, SmartCard

_RETRY_S: Final = 0.02
_CHUNK_BYTES: Final = 65536


class _Control(IntEnum):
    OFF = 0
    ON = 1
    RESET = 2
    ATR = 4


class Moment(StrEnum):
    """What happens at a reader."""

    INSERTED = "inserted"
    PULLED = "pulled"
    POWER_ON = "power_on"
    POWER_OFF = "power_off"
    RESET = "reset"
    COMMAND = "command"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a tap hears. `data`: a command or response APDU, or the answer to reset; never for a log (keys, persons)."""

    reader: str
    moment: Moment
    data: bytes
    heard_boottime_ns: int

    def __repr__(self) -> str:
        """Without the data."""
        return f"Heard({self.reader!r}, {self.moment}, {len(self.data)} bytes)"


class VirtualReader:
    """One reader. Its cards are answered for on a thread of its own; `tap` is called from there and from the hand's."""

    def __init__(self, name: str, connect: Callable[[], socket.socket | None]) -> None:
        """`connect` reaches the driver, or returns None while it is not there."""
        self.name = name
        self.tap: Callable[[Heard], None] | None = None
        self._connect = connect
        self._changed = Condition()
        self._card: SmartCard | None = None
        self._atr = b""
        self._link: socket.socket | None = None
        self._served = self._closed = False
        self._absence_due = False
        self._thread: Thread | None = None

    @property
    def card(self) -> SmartCard | None:
        """What lies on the reader."""
        return self._card

    def insert(self, card: SmartCard) -> None:
        """Put a card on the empty reader. Raises RuntimeError where one lies already."""
        if self._card is not None:
            raise RuntimeError(f"a card lies on {self.name} already")
        self.swap(card)

    def pull(self) -> None:
        """Take the card away, if there is one."""
        self._put(None)

    def swap(self, card: SmartCard, *, noticed: bool = True) -> None:
        """Put `card` in the place of what lies there.

        `noticed`: whether the reader sees that. It does not where a relay switches from one card to the other.
        """
        if noticed:
            self._put(card)
            return
        with self._changed:
            self._card = card
            card.power_on()

    def serve(self) -> None:
        """Answer to the driver, which has just come up."""
        with self._changed:
            self._served = True
            self._changed.notify_all()
            if self._thread is None:
                self._thread = Thread(target=self._run, name=f"reader {self.name}", daemon=True)
                self._thread.start()

    def leave(self) -> None:
        """Let go of the driver, which goes down. The card stays where it is."""
        with self._changed:
            self._served = self._absence_due = False
            self._hang_up()

    def close(self) -> None:
        """End for good."""
        with self._changed:
            self._closed = True
            self._hang_up()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _put(self, card: SmartCard | None) -> None:
        with self._changed:
            if self._card is not None:
                self._tell(Moment.PULLED, b"")
                self._absence_due = self._served
            self._card = card
            if card is not None:
                self._atr = card.power_on()
                self._tell(Moment.INSERTED, self._atr)
            self._hang_up()
            self._changed.notify_all()

    def _hang_up(self) -> None:
        if self._link is not None:
            try:
                self._link.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # the driver was quicker

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work)
                if self._closed:
                    return
                card, absence_due = self._card, self._absence_due
            link = self._connect()
            with self._changed:
                if link is None:
                    self._changed.wait(_RETRY_S)
                    continue
                unchanged = self._card is card and self._absence_due == absence_due
                wanted = unchanged and self._served and not self._closed
                self._link = link if wanted else None
            with link:
                if wanted and absence_due:
                    self._show_absence(link)
                elif wanted:
                    self._talk(link)
            with self._changed:
                self._link = None

    def _has_work(self) -> bool:
        return self._closed or (self._served and (self._absence_due or self._card is not None))

    def _show_absence(self, link: socket.socket) -> None:
        """Hang up when the driver looks whether a card is there: a card put on at once would hide that one was gone."""
        first = next(_messages(link), None)
        with self._changed:
            if first == bytes([_Control.ATR]):
                self._absence_due = False

    def _talk(self, link: socket.socket) -> None:
        for message in _messages(link):
            answer = self._answer(message)
            if answer is not None:
                try:
                    link.sendall(struct.pack(">H", len(answer)) + answer)
                except OSError:
                    return

    def _answer(self, message: bytes) -> bytes | None:
        """Return what to send back for a message of vpcd's, if anything."""
        card = self._card
        if card is None:
            return None
        if len(message) != 1:
            return self._transmit(card, message)
        if message[0] == _Control.ATR:
            return self._atr
        if message[0] == _Control.OFF:
            self._tell(Moment.POWER_OFF, b"")
        else:
            self._atr = card.power_on()
            self._tell(Moment.RESET if message[0] == _Control.RESET else Moment.POWER_ON, self._atr)
        return None

    def _transmit(self, card: SmartCard, command: bytes) -> bytes | None:
        self._tell(Moment.COMMAND, command)
        try:
            response = pseudo_apdu(command, card.uid) if is_for_reader(command) else card.transmit(command)
        except CardRemovedError:
            self.pull()
            return None
        self._tell(Moment.RESPONSE, response)
        return response

    def _tell(self, moment: Moment, data: bytes) -> None:
        if self.tap is not None:
            self.tap(Heard(self.name, moment, data, time.clock_gettime_ns(time.CLOCK_BOOTTIME)))


def _messages(link: socket.socket) -> Iterator[bytes]:
    """Yield the driver's messages until one side hangs up."""
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    received = bytearray()
    while True:
        while len(received) < 2 or len(received) < 2 + int.from_bytes(received[:2], "big"):
            try:
                # vpcd sends some commands in two parts and waits for the first to be acknowledged; Linux forgets this
                # wish, so it is said each time.
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                chunk = link.recv(_CHUNK_BYTES)
            except OSError:
                return
            if not chunk:
                return
            received += chunk
        end = 2 + int.from_bytes(received[:2], "big")
        yield bytes(received[2:end])
        del received[:end]
