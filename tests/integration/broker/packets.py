"""MQTT packets byte by byte, for acts that no client library would send.

Source: MQTT 3.1.1 and MQTT 5, OASIS standards; sections stand beside each packet.
"""

import struct

CONNECTED = b"\x20\x02\x00\x00"
UNSUPPORTED_VERSION = 1
NO_PROPERTIES = {4: b"", 5: b"\x00"}
PING = b"\xc0\x00"
PONG = b"\xd0\x00"


def connect_packet(identifier: str, will_flags: int = 0, will: bytes = b"", level: int = 4) -> bytes:
    """MQTT 3.1.1 (`level` 4) or 5, section 3.1: clean session, keep alive 60 s, and the will's fields if any."""
    head = text("MQTT") + bytes([level, 0x02 | will_flags, 0, 60]) + NO_PROPERTIES[level]
    return packet(0x10, head + text(identifier) + will)


def publish_packet(topic: str, qos: int, *, retain: bool, level: int = 4) -> bytes:
    """Section 3.3, with packet identifier 1."""
    head = text(topic) + (b"\x00\x01" if qos else b"") + NO_PROPERTIES[level]
    return packet(0x30 | qos << 1 | retain, head + b"forged")


def alias_packets(topic: str) -> bytes:
    """MQTT 5: give `topic` the alias 1, then publish to the alias alone."""
    alias = b"\x03\x23\x00\x01"
    return packet(0x30, text(topic) + alias + b"forged") + packet(0x30, text("") + alias + b"forged")


def packet(kind: int, body: bytes) -> bytes:
    """Fixed header and body, MQTT 3.1.1 section 2.2."""
    length = bytearray()
    rest = len(body)
    while True:
        rest, digit = divmod(rest, 128)
        length.append(digit | (0x80 if rest else 0))
        if not rest:
            return bytes([kind]) + bytes(length) + body


def text(value: str) -> bytes:
    return blob(value.encode())


def blob(value: bytes) -> bytes:
    return struct.pack(">H", len(value)) + value
