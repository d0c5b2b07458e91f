"""A control panel for tests: asks a device and understands its answers, in clear or inside a session."""

import random
from collections.abc import Callable
from dataclasses import replace

from simulators.osdp.codes import Command, Reply
from simulators.osdp.device import PeripheralDevice
from simulators.osdp.frame import Block, BlockType, Frame, decode, encode
from simulators.osdp.secure_channel import Session, SessionKeys
from simulators.osdp.state import ReaderState

ADDRESS = 5
KEY = bytes.fromhex("9a1c03e7554b20f8d1463a7c8e9b0f62")
OTHER_KEY = bytes.fromhex("41e0d27b8c5f3396a80d7e12b4c96f05")
RND_A = bytes.fromhex("b0b1b2b3b4b5b6b7")


def chance(seed: int = 1) -> Callable[[int], bytes]:
    return random.Random(seed).randbytes


def device_with(**state: object) -> PeripheralDevice:
    whole = {"address": ADDRESS, "serial": 4711, "key": KEY, **state}
    device = PeripheralDevice(ReaderState(**whole), chance())  # type: ignore[arg-type]
    device.power_on()
    return device


class Panel:
    """Talks to one device. `at_s` is its clock; `sent` and `heard` are all messages."""

    def __init__(self, device: PeripheralDevice, address: int = ADDRESS, *, with_crc: bool = True) -> None:
        self.device = device
        self.address = address
        self.at_s = 100.0
        self.sent: list[bytes] = []
        self.heard: list[bytes] = []
        self.session: Session | None = None
        self.sequence = 0
        self.with_crc = with_crc

    def frame(self, code: int, payload: bytes = b"", block: Block | None = None) -> Frame:
        return Frame(
            address=self.address,
            is_reply=False,
            sequence=self.sequence,
            code=code,
            payload=payload,
            block=block,
            with_crc=self.with_crc,
        )

    def transfer(self, message: bytes) -> bytes:
        """Send bytes as they are and return what comes back."""
        self.at_s += 0.02
        self.sent.append(message)
        answer = self.device.receive(b"\xff" + message, self.at_s)
        self.heard.append(answer)
        return answer

    def ask(self, code: int, payload: bytes = b"", block: Block | None = None) -> Frame:
        """Ask, in the session if there is one, and return the reply with its payload in clear."""
        frame = self.frame(code, payload, block)
        if self.session is not None and block is None:
            kind = BlockType.SCS_17 if payload else BlockType.SCS_15
            frame = self.session.sealed(replace(frame, block=Block(kind=kind)))
        reply = decode(self.transfer(encode(frame)))
        assert reply.is_reply
        assert reply.sequence == self.sequence
        assert reply.address == self.address
        self.sequence = self.sequence % 3 + 1
        if reply.has_mac:
            assert self.session is not None
            return replace(reply, payload=self.session.open(reply))
        return reply

    def shake_hands(self, key: bytes = KEY, key_type: int = 1) -> Frame:
        """Begin a session and return osdp_CCRYPT. Fails the test if the device does not have `key`."""
        self.session = None
        proof = self.ask(Command.CHLNG, RND_A, Block(kind=BlockType.SCS_11, data=bytes([key_type])))
        assert proof.code == Reply.CCRYPT, proof
        keys = SessionKeys.derive(key, RND_A)
        rnd_b = proof.payload[8:16]
        assert proof.payload[16:] == keys.device_cryptogram(RND_A, rnd_b), "the device has another key"
        block = Block(kind=BlockType.SCS_13, data=bytes([key_type]))
        done = self.ask(Command.SCRYPT, keys.panel_cryptogram(RND_A, rnd_b), block)
        assert done.code == Reply.RMAC_I
        assert done.block == Block(kind=BlockType.SCS_14, data=b"\x01")
        self.session = Session(keys, done.payload)
        return proof

    def greeted(self) -> list[Frame]:
        """Fetch what the device reports by itself at the start, inside the session."""
        return [self.ask(Command.POLL), self.ask(Command.POLL)]


def connected(**state: object) -> Panel:
    """A panel in session with a device that has reported its state."""
    panel = Panel(device_with(**state))
    panel.shake_hands()
    panel.greeted()
    return panel
