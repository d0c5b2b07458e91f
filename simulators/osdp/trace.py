"""What goes over a bus, in words: each message of every device, with its check characters, MAC and payload.

Bytes in, `TracedFrame`s out, no I/O: `sacs trace` feeds it a capture, the bench what its taps hear. Bytes come as
records of a *stream*: those of one direction, or of both where a tap could not tell them apart. Who speaks is read off
the address.

Belongs here: putting together what finder, follower and words know, and the sums. Does not belong here: files
(capture.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from simulators.osdp.codes import COMMAND_WORDS, REPLY_FLAG, REPLY_WORDS, Command, Reply, command_name, reply_name
from simulators.osdp.finder import Damage, Found, MessageFinder
from simulators.osdp.follower import ChannelFollower, Finding, Mac
from simulators.osdp.frame import HEADER_BYTES, BlockError, BlockType, Frame, decode_unchecked, is_possible_length
from simulators.osdp.words import command_words, key_type_words, reply_words

PANEL: Final = "panel"
DEVICE: Final = "device"
_DAMAGE_WORDS: Final = {
    Damage.LENGTH: "length wrong: cut short, or its length field is not true",
    Damage.CHECK: "check characters wrong",
}
_HIDDEN: Final = frozenset({(False, Command.KEYSET), (True, Reply.KEYPAD)})
"""Payloads that are never told byte by byte: keys, and PINs."""


@dataclass(frozen=True, slots=True)
class TraceKey:
    """A key that a device may have. `address`: which one; None if that is not known."""

    key: bytes = field(repr=False)
    address: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedFrame:
    """One message. Fields are None where the bytes do not tell; `payload` is in clear, hexadecimal.

    `speaker`: `panel` or `device`. `damage`: None for an intact one. `security`: its security control block, as
    `SCS_15`. `mac`: `ok`, `bad`, `unfit` (keys were given, the session is under none of them) or `unchecked`. `words`:
    all that can be told of it, in one line. `noise_bytes`: bytes before it that belong to no message.
    """

    number: int
    at_ns: int
    stream: str
    speaker: str | None
    address: int | None
    sequence: int | None
    name: str
    words: str
    length_bytes: int
    check: str | None
    damage: Damage | None
    security: str | None
    mac: Mac | None
    is_decrypted: bool
    is_repeated: bool
    payload: str | None = field(repr=False)
    noise_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSummary:
    """The sums. `frames` counts damaged ones as well.

    `handshakes` were completed. `mac_bad` counts as well what is under none of the keys that were given, unless one of
    those turned out to be another device's; `mac_unchecked` is the rest that no key was there for.
    """

    frames: int
    crc_bad: int
    length_bad: int
    handshakes: int
    mac_ok: int
    mac_bad: int
    mac_unchecked: int
    payloads_decrypted: int
    noise_bytes: int


class Trace:
    """A witness of one bus. `keys`: those of its devices, as far as they are known."""

    def __init__(self, keys: Iterable[TraceKey] = ()) -> None:
        self._keys = list(keys)
        self._finders: dict[str, MessageFinder] = {}
        self._followers: dict[int, ChannelFollower] = {}
        self._sums = TraceSummary(
            frames=0, crc_bad=0, length_bad=0, handshakes=0, mac_ok=0, mac_bad=0, mac_unchecked=0,
            payloads_decrypted=0, noise_bytes=0,
        )  # fmt: skip
        self._set_on_bus: list[bytes] = []
        self._unfit = 0
        self._fits_given_key = False

    def feed(self, stream: str, data: bytes, at_ns: int) -> list[TracedFrame]:
        """Take a record of a stream, heard at `at_ns` (ns since 1970), and return the messages that it completes."""
        finder = self._finders.setdefault(stream, MessageFinder())
        return [self._told(found, stream, at_ns) for found in finder.feed(data, at_ns)]

    def finish(self, at_ns: int) -> list[TracedFrame]:
        """Return what was still waiting for more bytes, as nothing more will come."""
        return [
            self._told(found, stream, at_ns) for stream, finder in self._finders.items() for found in finder.finish()
        ]

    @property
    def summary(self) -> TraceSummary:
        """The sums of all that was told so far."""
        unfit_is_bad = 0 if self._fits_given_key else self._unfit
        return replace(
            self._sums,
            mac_bad=self._sums.mac_bad + unfit_is_bad,
            mac_unchecked=self._sums.mac_unchecked + self._unfit - unfit_is_bad,
            noise_bytes=sum(finder.noise_bytes for finder in self._finders.values()),
        )

    def _told(self, found: Found, stream: str, at_ns: int) -> TracedFrame:
        message = found.message
        self._count(frames=1, crc_bad=found.damage is Damage.CHECK, length_bad=found.damage is Damage.LENGTH)
        frame, problem = None, ""
        if found.damage is not Damage.LENGTH or _is_legible(message):
            try:
                frame = decode_unchecked(message)
            except BlockError as error:
                problem = str(error)
        finding = self._follow(frame) if frame is not None and found.damage is None else None
        words = [] if found.damage is None else [_DAMAGE_WORDS[found.damage]]
        words += [problem] if problem else []
        words += _frame_words(frame, finding) if frame is not None else [f"{len(message)} bytes: {message.hex(' ')}"]
        has_head = len(message) >= HEADER_BYTES
        return TracedFrame(
            number=self._sums.frames,
            at_ns=at_ns,
            stream=stream,
            speaker=None if len(message) < 2 else DEVICE if message[1] & REPLY_FLAG else PANEL,
            address=None if len(message) < 2 else message[1] & ~REPLY_FLAG,
            sequence=message[4] & 0x03 if has_head else None,
            name=_name(frame),
            words="; ".join(words),
            length_bytes=len(message),
            check=("crc" if message[4] & 0x04 else "checksum") if has_head else None,
            damage=found.damage,
            security=_security(frame),
            mac=finding.mac if finding else None,
            is_decrypted=bool(finding and finding.is_decrypted),
            is_repeated=bool(finding and finding.is_repeated),
            payload=_shown_payload(frame, finding),
            noise_bytes=found.noise_bytes,
        )

    def _follow(self, frame: Frame) -> Finding:
        if frame.address not in self._followers:
            own = [known.key for known in self._keys if known.address == frame.address]
            anybodys = [known.key for known in self._keys if known.address is None]
            self._followers[frame.address] = ChannelFollower([*own, *anybodys], self._set_on_bus)
        finding = self._followers[frame.address].see(frame)
        self._fits_given_key |= finding.fits_given_key
        self._unfit += finding.mac is Mac.UNFIT
        self._count(
            handshakes=finding.has_completed_handshake,
            mac_ok=finding.mac is Mac.OK,
            mac_bad=finding.mac is Mac.BAD,
            mac_unchecked=finding.mac is Mac.UNCHECKED,
            payloads_decrypted=finding.is_decrypted,
        )
        return finding

    def _count(self, **more: int) -> None:
        self._sums = replace(self._sums, **{name: getattr(self._sums, name) + count for name, count in more.items()})


def _is_legible(message: bytes) -> bool:
    return len(message) >= HEADER_BYTES and is_possible_length(message) and len(message) >= _least_bytes(message)


def _least_bytes(message: bytes) -> int:
    """Header, code and check characters."""
    return HEADER_BYTES + 1 + (2 if message[4] & 0x04 else 1)


def _name(frame: Frame | None) -> str:
    if frame is None:
        return "unreadable"
    return reply_name(frame.code) if frame.is_reply else command_name(frame.code)


def _meaning(frame: Frame) -> str:
    if frame.is_reply:
        return REPLY_WORDS[Reply(frame.code)] if frame.code in REPLY_WORDS else "unknown to the standard"
    return COMMAND_WORDS[Command(frame.code)] if frame.code in COMMAND_WORDS else "unknown to the standard"


def _security(frame: Frame | None) -> str | None:
    if frame is None or frame.block is None:
        return None
    kind = frame.block.kind
    return BlockType(kind).name if kind in tuple(BlockType) else f"0x{kind:02X}"


def _frame_words(frame: Frame, finding: Finding | None) -> list[str]:
    words = [_meaning(frame)]
    if frame.block is not None and frame.block.kind in {BlockType.SCS_11, BlockType.SCS_12, BlockType.SCS_13}:
        words.append(f"under {key_type_words(frame.block.data[0] if frame.block.data else -1)}")
    payload = finding.payload if finding else None
    if payload is not None:
        words.append(reply_words(frame.code, payload) if frame.is_reply else command_words(frame.code, payload))
    elif frame.is_encrypted and frame.payload:
        words.append(f"{len(frame.payload)} bytes encrypted")
    if finding is not None:
        words += [f"MAC {finding.mac}"] if finding.mac in {Mac.BAD, Mac.UNFIT} else []
        words += ["repeated"] if finding.is_repeated else []
        words += finding.notes
    return [word for word in words if word]


def _shown_payload(frame: Frame | None, finding: Finding | None) -> str | None:
    if frame is None or finding is None or finding.payload is None or (frame.is_reply, frame.code) in _HIDDEN:
        return None
    return finding.payload.hex()
