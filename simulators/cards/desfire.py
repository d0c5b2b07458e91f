"""A MIFARE DESFire EV1 card with AES keys, wrapped in ISO 7816-4 commands (NXP AN12757 and AN10833 for the frames).

GetVersion, GetApplicationIDs, SelectApplication, AuthenticateAES, GetCardUID. Within a session every answer ends with
eight bytes of CMAC, whose chain goes through commands and answers.

Belongs here: that protocol from the card's side. Does not belong here: AES itself (cmac.py). Not simulated: files,
writing, DES keys, and the secure messaging of EV2, whose authentication is refused as an unknown command.
"""

import secrets
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from simulators.cards.apdu import LengthError, parse
from simulators.cards.cmac import BLOCK, NOTHING, cbc_decrypt, cbc_encrypt, cmac, diversified_key

UID_BYTES: Final = 7
KEY_BYTES: Final = 16
APPLICATION_BYTES: Final = 3
_CLASS: Final = 0x90
_GET_VERSION: Final = 0x60
_GET_APPLICATIONS: Final = 0x6A
_SELECT: Final = 0x5A
_AUTHENTICATE_AES: Final = 0xAA
_GET_CARD_UID: Final = 0x51
_MORE: Final = 0xAF

_OK: Final = 0x00
_ILLEGAL_COMMAND: Final = 0x1C
_NO_SUCH_KEY: Final = 0x40
_LENGTH: Final = 0x7E
_PARAMETER: Final = 0x9E
_NO_SUCH_APPLICATION: Final = 0xA0
_AUTHENTICATION: Final = 0xAE
_ABORTED: Final = 0xCA

_ATR: Final = bytes.fromhex("3b8180018080")
"""What readers say of a DESFire card (PC/SC part 3, 3.1.3.2.3.1)."""
_HARDWARE: Final = bytes.fromhex("04010101001a05")
"""NXP, DESFire EV1, 8 kB, ISO 14443-4."""
_SOFTWARE: Final = bytes.fromhex("04010101041a05")
_BATCH: Final = bytes.fromhex("ba541122332425")
"""Batch number, week and year of production."""
_MAC_BYTES: Final = 8


@dataclass(slots=True)
class DesfireCard:
    """One card. `uid`: 7 bytes. `keys`: by application (3 bytes, as it is written), the card's own AES key number 0.

    `draw` draws the card's random numbers.
    """

    uid: bytes
    keys: Mapping[bytes, bytes]
    draw: Callable[[int], bytes] = secrets.token_bytes
    _application: bytes | None = field(default=None, init=False)
    _next: Callable[[bytes], bytes] | None = field(default=None, init=False)
    _session: bytes | None = field(default=None, init=False)
    _chain: bytes = field(default=NOTHING, init=False)

    def __post_init__(self) -> None:
        """Raise ValueError for names and keys of other lengths."""
        lengths = {(len(application), len(key)) for application, key in self.keys.items()}
        if len(self.uid) != UID_BYTES or not lengths <= {(APPLICATION_BYTES, KEY_BYTES)}:
            raise ValueError("a DESFire card has a UID of 7 bytes, applications of 3 and keys of 16")

    def __repr__(self) -> str:
        """Without its keys."""
        return f"DesfireCard({len(self.keys)} applications)"

    @classmethod
    def of_site(cls, site_keys: Mapping[bytes, bytes], uid: bytes | None = None) -> "DesfireCard":
        """Make a card of a site: its keys are diversified from the site's by UID and application (AN10922)."""
        uid = uid or b"\x04" + secrets.token_bytes(UID_BYTES - 1)
        return cls(uid, {name: diversified_key(key, uid, name) for name, key in site_keys.items()})

    def power_on(self) -> bytes:
        """Forget selection and session; return the answer to reset."""
        self._application = None
        self._forget()
        return _ATR

    def transmit(self, command: bytes) -> bytes:
        """Answer a wrapped command: data, then 91 and the card's own status."""
        try:
            wrapped = parse(command, extended=False)
        except LengthError:
            return _status(_LENGTH)
        if wrapped.cla != _CLASS:
            return b"\x6e\x00"
        if (wrapped.p1, wrapped.p2) != (0, 0):
            return self._refuse(_PARAMETER)
        following, self._next = self._next, None
        if wrapped.ins == _MORE:
            return following(wrapped.data) if following else self._refuse(_ILLEGAL_COMMAND)
        if following:
            return self._refuse(_ABORTED)
        return self._command(wrapped.ins, wrapped.data)

    def _command(self, instruction: int, data: bytes) -> bytes:
        handler = {
            _GET_VERSION: self._version,
            _GET_APPLICATIONS: self._applications,
            _SELECT: self._select,
            _AUTHENTICATE_AES: self._authenticate,
            _GET_CARD_UID: self._card_uid,
        }.get(instruction)
        if handler is None:
            return self._refuse(_ILLEGAL_COMMAND)
        if self._session is not None:
            self._chain = cmac(self._session, bytes([instruction]) + data, self._chain)
        return handler(data)

    def _version(self, data: bytes) -> bytes:
        if data:
            return self._refuse(_LENGTH)

        def second(more: bytes) -> bytes:
            self._next = last
            return _SOFTWARE + _status(_MORE) if not more else self._refuse(_LENGTH)

        def last(more: bytes) -> bytes:
            if more:
                return self._refuse(_LENGTH)
            return self._done(self.uid + _BATCH, before=_HARDWARE + _SOFTWARE)

        self._next = second
        return _HARDWARE + _status(_MORE)

    def _applications(self, data: bytes) -> bytes:
        if data:
            return self._refuse(_LENGTH)
        return self._done(b"".join(application[::-1] for application in self.keys))

    def _select(self, data: bytes) -> bytes:
        """On the wire an application's name has its lowest byte first. Selecting ends a session."""
        self._forget()
        if len(data) != APPLICATION_BYTES:
            return self._refuse(_LENGTH)
        application = data[::-1]
        if application in self.keys:
            self._application = application
        elif application == bytes(APPLICATION_BYTES):
            self._application = None
        else:
            return self._refuse(_NO_SUCH_APPLICATION)
        return _status(_OK)

    def _authenticate(self, data: bytes) -> bytes:
        """Answer a challenge, and challenge in turn: each side returns the other's number rotated by a byte."""
        self._forget()
        if len(data) != 1:
            return self._refuse(_LENGTH)
        if self._application is None or data != b"\x00":
            return self._refuse(_NO_SUCH_KEY)
        key = self.keys[self._application]
        ours = self.draw(BLOCK)
        sealed = cbc_encrypt(key, NOTHING, ours)

        def prove(proof: bytes) -> bytes:
            if len(proof) != 2 * BLOCK:
                return self._refuse(_LENGTH)
            plain = cbc_decrypt(key, sealed, proof)
            theirs, rotated = plain[:BLOCK], plain[BLOCK:]
            if rotated != ours[1:] + ours[:1]:
                return self._refuse(_AUTHENTICATION)
            self._session = theirs[:4] + ours[:4] + theirs[12:] + ours[12:]
            self._chain = NOTHING
            return cbc_encrypt(key, proof[BLOCK:], theirs[1:] + theirs[:1]) + _status(_OK)

        self._next = prove
        return sealed + _status(_MORE)

    def _card_uid(self, data: bytes) -> bytes:
        """Tell the UID under the session's key, with the check value that DESFire has for encrypted answers."""
        if self._session is None:
            return self._refuse(_AUTHENTICATION)
        if data:
            return self._refuse(_LENGTH)
        check = zlib.crc32(self.uid + bytes([_OK])) ^ 0xFFFFFFFF
        plain = (self.uid + check.to_bytes(4, "little")).ljust(BLOCK, b"\x00")
        sealed = cbc_encrypt(self._session, self._chain, plain)
        self._chain = sealed
        return sealed + _status(_OK)

    def _done(self, data: bytes, before: bytes = b"") -> bytes:
        """Answer; within a session with the CMAC of the whole answer, `before` included."""
        if self._session is None:
            return data + _status(_OK)
        self._chain = cmac(self._session, before + data + bytes([_OK]), self._chain)
        return data + self._chain[:_MAC_BYTES] + _status(_OK)

    def _refuse(self, status: int) -> bytes:
        """Any error ends the session."""
        self._forget()
        return _status(status)

    def _forget(self) -> None:
        self._session = self._next = None
        self._chain = NOTHING


def _status(status: int) -> bytes:
    return bytes([0x91, status])
