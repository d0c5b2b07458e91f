"""A peripheral device of OSDP: bytes in, bytes out, the time from outside.

Theory of operation. Only the control unit speaks unasked. A message to this device (or to all) is judged in the order
of the standard: whole and intact (stream.py), in sequence (5.9: a repeated message gets the same answer again, sequence
number 0 begins anew), allowed by the state of the secure channel (Annex D), and only then by what it asks. Whatever
happens by itself (a card, a contact) waits for a poll.

A device with a key says nothing of its own accord outside of its secure channel, under no other key than its own. One
that has none yet either installs (it proves the default key and takes a key over the bus) or only speaks clear text.

Belongs here: the conversation. Does not belong here: what the reader does (body.py), sessions' arithmetic
(secure_channel.py), real time (simulators/readers/osdp_reader.py).
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import msgspec

from simulators.osdp import commands, replies
from simulators.osdp.body import ReaderBody
from simulators.osdp.codes import BROADCAST_ADDRESS, REPLY_FLAG, Command, Nak, Reply
from simulators.osdp.commands import PayloadError
from simulators.osdp.frame import (
    CRC_FLAG,
    SEQUENCE_MASK,
    Block,
    BlockError,
    BlockType,
    Frame,
    decode_unchecked,
    encode,
)
from simulators.osdp.handshake import Handshake, HandshakeError
from simulators.osdp.outputs import SettingError
from simulators.osdp.replies import Identity, Report
from simulators.osdp.secure_channel import ChannelError, Session
from simulators.osdp.state import BAUDS, Misbehaviour, ReaderState
from simulators.osdp.stream import MessageStream

OFFLINE_AFTER_S: Final = 8.0
"""A control unit that was silent for so long is gone, and its session with it (5.7)."""
_NO_SEQUENCE: Final = -1
_IN_CLEAR: Final = frozenset({Command.POLL, Command.ID, Command.CAP})
"""What a device with a key answers outside of its secure channel: enough to find and identify it."""
_SHORT_PAYLOADS: Final = {Command.ID: 1, Command.CAP: 1, Command.POLL: 0, Command.LSTAT: 0, Command.ISTAT: 0,
                          Command.OSTAT: 0, Command.RSTAT: 0, Command.ACURXSIZE: 2, Command.KEEPACTIVE: 2,
                          Command.ABORT: 0}  # fmt: skip


_REFUSED: Final[dict[int, Nak]] = {
    Command.BIOREAD: Nak.BIO_TYPE_UNSUPPORTED,
    Command.BIOMATCH: Nak.BIO_TYPE_UNSUPPORTED,
    Command.CHLNG: Nak.SECURITY_BLOCK_UNSUPPORTED,  # D.4: they come with SCS_11 and SCS_13, or not at all
    Command.SCRYPT: Nak.SECURITY_BLOCK_UNSUPPORTED,
}


class NakError(Exception):
    """The device refuses. `code`: what it says."""

    def __init__(self, code: Nak) -> None:
        super().__init__(code.name)
        self.code = code


class PeripheralDevice:
    """One device. `draw`: gives so many bytes of chance.

    `state` is what it keeps; `keys_taken` counts keys that were set over the bus. It is off until `power_on`.
    """

    def __init__(self, state: ReaderState, draw: Callable[[int], bytes]) -> None:
        self.state = msgspec.structs.replace(state, is_powered=False)
        self.identity = Identity(state.serial)
        self.body = ReaderBody(len(state.inputs), state.outputs)
        self.body.inputs[:] = state.inputs
        self.body.is_tampered, self.body.has_power_failure = state.is_tampered, state.has_power_failure
        self.keys_taken = 0
        self._draw = draw
        self._orders = self._all_orders()
        self._naks: list[Nak] = []
        self._forget()

    def _forget(self) -> None:
        """Lose what is only in working memory."""
        self._stream = MessageStream()
        self._session: Session | None = None
        self._handshake: Handshake | None = None
        self._sequence = _NO_SEQUENCE
        self._last_message = self._last_answer = b""
        self._heard_at_s: float | None = None

    @property
    def is_secure(self) -> bool:
        """Whether a control unit has its secure channel up."""
        return self._session is not None

    @property
    def is_heard(self) -> bool:
        """Whether somebody fetches its reports: in a session, or by polls where the device only speaks clear text."""
        return self._heard_at_s is not None and (self.is_secure or self._speaks_clear_text)

    @property
    def next_change_s(self) -> float | None:
        """When `advance` is due, or None if nothing will change by itself."""
        offline_s = None if self._heard_at_s is None else self._heard_at_s + OFFLINE_AFTER_S
        due = [at_s for at_s in (self.body.next_change_s, offline_s) if at_s is not None]
        return min(due) if due else None

    def power_on(self) -> None:
        """Begin to answer, with nothing but its permanent memory."""
        self.state = msgspec.structs.replace(self.state, is_powered=True)

    def power_off(self) -> None:
        """Fall silent; outputs fall."""
        self.state = msgspec.structs.replace(self.state, is_powered=False)
        self._forget()
        self.body.power_off()

    def advance(self, now_s: float) -> None:
        """Let time pass: timers of outputs, lights and texts, and the patience with a silent control unit."""
        self.body.advance(now_s)
        if self._heard_at_s is not None and now_s - self._heard_at_s >= OFFLINE_AFTER_S:
            self._forget()

    def set_key(self, key: bytes | None, *, installs: bool = False) -> None:
        """Change the key as somebody with access to the device does. The session ends. Raises StateError."""
        self.state = msgspec.structs.replace(self.state, key=key, installs=installs)
        self._session = self._handshake = None

    def misbehave(self, ways: frozenset[Misbehaviour]) -> None:
        """Misbehave in exactly these ways from now on."""
        self.state = msgspec.structs.replace(self.state, misbehaviours=ways)

    def nak_next(self, code: Nak, times: int = 1) -> None:
        """Refuse the next so many commands with `code`."""
        self._naks += [code] * times

    def receive(self, data: bytes, now_s: float) -> bytes:
        """Take bytes from the line and return what the device says to them, most often nothing."""
        self.advance(now_s)
        if not self.state.is_powered:
            return b""
        return b"".join(self._answer(message, now_s) for message in self._stream.feed(data, now_s))

    def _answer(self, message: bytes, now_s: float) -> bytes:
        address, sequence = message[1], message[4] & SEQUENCE_MASK
        if address & REPLY_FLAG or address not in {self.state.address, BROADCAST_ADDRESS}:
            return b""  # of another device, or for it
        was_unheard, self._heard_at_s = self._heard_at_s is None, now_s
        if sequence and message == self._last_message:
            return self._last_answer  # 5.9: the control unit did not get the answer
        request = _Request(message)
        try:
            if Misbehaviour.BUSY in self.state.misbehaviours:
                busy = request.reply(Report(Reply.BUSY, b""))
                return encode(replace(busy, sequence=0))  # 7.17: in clear, and always under sequence number 0
            if sequence == 0:
                self._session = self._handshake = None
            self._follow(sequence)
            if was_unheard and self._speaks_clear_text:
                self.body.greet()
            answer = self._obey(request, now_s)
        except NakError as refusal:
            answer = request.reply(Report(Reply.NAK, bytes([refusal.code])))
            if request.is_authentic:
                answer = self._sealed(answer)
        self._last_message, self._last_answer = message, self._spoilt(answer)
        return self._last_answer

    def _follow(self, sequence: int) -> None:
        """Take the next sequence number: 1, 2, 3, 1 and so on (5.9). Raises NakError."""
        if sequence and self._sequence != _NO_SEQUENCE and sequence != self._sequence % 3 + 1:
            raise NakError(Nak.BAD_SEQUENCE)
        self._sequence = sequence

    def _obey(self, request: "_Request", now_s: float) -> Frame:
        """Carry out what is allowed. Raises NakError."""
        frame = request.frame
        if frame is None:
            raise NakError(Nak.SECURITY_BLOCK_UNSUPPORTED)
        if frame.block is not None and frame.block.kind in {BlockType.SCS_11, BlockType.SCS_13}:
            return self._shake_hands(request, frame)
        payload = self._opened(frame)
        request.is_authentic = frame.has_mac
        if self._naks:
            raise NakError(self._naks.pop(0))
        if Misbehaviour.NAK in self.state.misbehaviours:
            raise NakError(Nak.UNABLE_TO_PROCESS)
        try:
            report = self._carry_out(frame.code, payload, now_s)
        except PayloadError as error:
            raise NakError(Nak.BAD_LENGTH) from error
        except SettingError as error:
            raise NakError(Nak.UNABLE_TO_PROCESS) from error
        if report.code in {Reply.RAW, Reply.KEYPAD} and Misbehaviour.CLEAR_TEXT in self.state.misbehaviours:
            return request.reply(report)
        answer = self._sealed(request.reply(report))
        if frame.code == Command.COMSET:  # 6.14: the answer still goes out under the old settings
            self._communicate(payload)
        return answer

    def _opened(self, frame: Frame) -> bytes:
        """Return the payload in clear, if the state of the secure channel allows the message. Raises NakError."""
        if frame.has_mac:
            if self._session is None:
                raise NakError(Nak.ENCRYPTION_REQUIRED)
            try:
                return self._session.open(frame)
            except ChannelError as error:
                self._session = None  # D.1: out of step; the control unit has to begin again
                raise NakError(Nak.ENCRYPTION_REQUIRED) from error
        if frame.block is not None:
            raise NakError(Nak.SECURITY_BLOCK_UNSUPPORTED)
        self._session = self._handshake = None  # whoever speaks in clear has no session
        if frame.code not in _IN_CLEAR and not self._speaks_clear_text:
            raise NakError(Nak.ENCRYPTION_REQUIRED)
        return frame.payload

    def _carry_out(self, code: int, payload: bytes, now_s: float) -> Report:
        """Return the report that answers a command. Raises NakError, PayloadError, SettingError."""
        if code in _SHORT_PAYLOADS and len(payload) != _SHORT_PAYLOADS[Command(code)]:
            raise PayloadError(f"{len(payload)} bytes do not belong to this command")
        if code not in self._orders:
            raise NakError(_REFUSED.get(code, Nak.UNKNOWN_COMMAND))
        return self._orders[code](payload, now_s) or Report(Reply.ACK, b"")

    def _all_orders(self) -> dict[int, Callable[[bytes, float], Report | None]]:
        """What it does for each command, given payload and time; None is answered with osdp_ACK."""
        body = self.body
        return {
            Command.POLL: lambda _payload, _now_s: self._next_report(),
            Command.ID: lambda _payload, _now_s: Report(Reply.PDID, self.identity.payload),
            Command.CAP: lambda _payload, _now_s: Report(Reply.PDCAP, self._capabilities()),
            Command.LSTAT: lambda _payload, _now_s: body.local_report,
            Command.ISTAT: lambda _payload, _now_s: body.input_report,
            Command.OSTAT: lambda _payload, _now_s: body.output_report,
            Command.RSTAT: lambda _payload, _now_s: body.reader_report,
            Command.OUT: lambda payload, now_s: body.set_outputs(commands.output_settings(payload), now_s),
            Command.LED: lambda payload, now_s: body.set_lights(commands.light_settings(payload), now_s),
            Command.BUZ: lambda payload, _now_s: body.buzzer.obey(commands.tone(payload)),
            Command.TEXT: lambda payload, now_s: body.display.obey(commands.text(payload), now_s),
            Command.COMSET: lambda payload, _now_s: Report(Reply.COM, replies.communication(self._accepted(payload))),
            Command.KEYSET: lambda payload, _now_s: self._take_key(payload),
            # Nothing that it sends is long, and nothing goes on that could be kept up or aborted.
            Command.ACURXSIZE: lambda _payload, _now_s: None,
            Command.KEEPACTIVE: lambda _payload, _now_s: None,
            Command.ABORT: lambda _payload, _now_s: None,
        }

    def _next_report(self) -> Report | None:
        return self.body.reports.popleft() if self.is_heard and self.body.reports else None

    def _capabilities(self) -> bytes:
        return replies.capabilities(self.body.capabilities(with_security=not self._speaks_clear_text))

    @property
    def _speaks_clear_text(self) -> bool:
        state = self.state
        return (state.key is None and not state.installs) or Misbehaviour.DOWNGRADE in state.misbehaviours

    def _shake_hands(self, request: "_Request", frame: Frame) -> Frame:
        """Answer a step of the handshake (D.4). Raises NakError."""
        try:
            if frame.code == Command.CHLNG and not self._speaks_clear_text:
                self._session = None
                self._handshake = Handshake.begin(self.state, frame, self._draw)
                payload = self._handshake.answer(self.identity.cuid)
                return request.reply(Report(Reply.CCRYPT, payload), self._handshake.block)
            if frame.code == Command.SCRYPT and self._handshake is not None:
                handshake, self._handshake = self._handshake, None
                self._session = handshake.finish(frame)
                self.body.greet()
                block = Block(kind=BlockType.SCS_14, data=b"\x01")  # D.4.5: the cryptogram is right
                return request.reply(Report(Reply.RMAC_I, self._session.last_reply_mac), block)
        except PayloadError as error:
            raise NakError(Nak.BAD_LENGTH) from error
        except HandshakeError as error:
            raise NakError(Nak.ENCRYPTION_REQUIRED) from error
        raise NakError(Nak.SECURITY_BLOCK_UNSUPPORTED)

    def _take_key(self, payload: bytes) -> None:
        """Take a key over the bus: never in clear, and only while it installs. Raises NakError, PayloadError."""
        if self._session is None:
            raise NakError(Nak.ENCRYPTION_REQUIRED)
        takes = {Misbehaviour.ASK_FOR_KEY, Misbehaviour.LINGER_IN_INSTALL_MODE} & self.state.misbehaviours
        if not self.state.installs and not takes:
            raise NakError(Nak.UNABLE_TO_PROCESS)
        key = commands.new_key(payload).key
        self.state = msgspec.structs.replace(self.state, key=key, installs=False)
        self.keys_taken += 1

    def _accepted(self, payload: bytes) -> commands.Communication:
        """Return the settings that it will use: its own where those of osdp_COMSET can not be (6.14)."""
        wanted = commands.communication(payload)
        return commands.Communication(
            wanted.address if wanted.address < BROADCAST_ADDRESS else self.state.address,
            wanted.baud if wanted.baud in BAUDS else self.state.baud,
        )

    def _communicate(self, payload: bytes) -> None:
        accepted = self._accepted(payload)
        self.state = msgspec.structs.replace(self.state, address=accepted.address, baud=accepted.baud)
        self._session, self._sequence = None, _NO_SEQUENCE

    def _sealed(self, frame: Frame) -> Frame:
        """Return the reply inside of the session, if there is one."""
        if self._session is None:
            return frame
        kind = BlockType.SCS_18 if frame.payload else BlockType.SCS_16
        return self._session.sealed(replace(frame, block=Block(kind=kind)))

    def _spoilt(self, frame: Frame) -> bytes:
        """Return the bytes of a reply, wrong in the ways in which the device is to misbehave."""
        misbehaviours = self.state.misbehaviours
        if Misbehaviour.WRONG_SEQUENCE in misbehaviours:
            frame = replace(frame, sequence=(frame.sequence + 1) & SEQUENCE_MASK)
        if Misbehaviour.BAD_MAC in misbehaviours:
            frame = replace(frame, mac=bytes(byte ^ 0xFF for byte in frame.mac))
        message = encode(frame)
        return message[:-1] + bytes([message[-1] ^ 0xFF]) if Misbehaviour.BAD_CRC in misbehaviours else message


class _Request:
    """One message to the device. `frame`: None where its security control block makes no sense."""

    def __init__(self, message: bytes) -> None:
        self.is_authentic = False
        self._message = message
        try:
            self.frame: Frame | None = decode_unchecked(message)
        except BlockError:
            self.frame = None

    def reply(self, report: Report, block: Block | None = None) -> Frame:
        """Return the reply to it: same address, same sequence number, same kind of check characters (5.9)."""
        return Frame(
            address=self._message[1],
            is_reply=True,
            sequence=self._message[4] & SEQUENCE_MASK,
            code=report.code,
            payload=report.payload,
            block=block,
            with_crc=bool(self._message[4] & CRC_FLAG),
        )
