"""The simulators' OSDP codec against published vectors (SIA OSDP 2.2, annex E), a captured bus, and a second witness.

The second witness is tests/vectors/osdp_device.py, which was written from the standard apart from this codec.
"""

import dataclasses
import json
from pathlib import Path

from typer.testing import CliRunner

from sacs.main import app
from simulators.osdp.capture import Record, line_of
from simulators.osdp.codes import Command, Reply
from simulators.osdp.device import PeripheralDevice
from simulators.osdp.frame import Block, BlockType, Frame, checksum, crc, decode, encode
from simulators.osdp.secure_channel import DEFAULT_KEY, SessionKeys
from simulators.osdp.state import ReaderState
from tests.vectors import osdp_device
from tests.vectors.test_osdp_annex_e import ANNEX_E, CAPTURED, SHARED

VECTOR = ANNEX_E["secure_channel"]
assert isinstance(VECTOR, dict)
RND_A, RND_B = (bytes.fromhex(VECTOR[name]) for name in ("rnd_a_acu", "rnd_b_pd"))
INSTALLED = ReaderState(address=osdp_device.ADDRESS, serial=1, installs=True)


def published(name: str) -> bytes:
    assert isinstance(VECTOR, dict)
    return bytes.fromhex(VECTOR[name])


def test_check_characters_are_those_of_annex_e() -> None:
    for row in ANNEX_E["crc"]:
        assert isinstance(row, dict)
        assert crc(bytes.fromhex(row["msg"])).to_bytes(2, "little") == bytes.fromhex(row["crc_le"])
    for row in ANNEX_E["checksum"]:
        assert isinstance(row, dict)
        assert checksum(bytes.fromhex(row["msg"])) == int(row["ck"], 16)


def test_the_messages_of_annex_e_are_encoded_as_they_are_published() -> None:
    assert next(iter(ANNEX_E["crc"])) == {"msg": "537F0D00046E0080250000", "crc_le": "6E38"}
    comset = Frame(address=0x7F, is_reply=False, sequence=0, code=Command.COMSET, payload=b"\0\x80\x25\0\0")
    assert encode(comset).hex().upper() == "537F0D00046E00802500006E38"
    assert encode(dataclasses.replace(comset, with_crc=False)).hex().upper() == "537F0C00006E00802500000F"
    identify = Frame(address=0, is_reply=False, sequence=0, code=Command.ID, payload=b"\0")
    assert encode(identify).hex().upper() == "53000900046100C066"
    assert decode(encode(comset)) == comset


def test_session_keys_and_cryptograms_are_those_of_annex_e() -> None:
    assert published("scbk_d") == DEFAULT_KEY
    keys = SessionKeys.derive(DEFAULT_KEY, RND_A)
    assert (keys.enc, keys.mac1, keys.mac2) == (published("s_enc"), published("s_mac1"), published("s_mac2"))
    assert keys.device_cryptogram(RND_A, RND_B) == published("pd_cryptogram")
    assert keys.panel_cryptogram(RND_A, RND_B) == published("acu_cryptogram")
    assert keys.initial_mac(published("acu_cryptogram")) == published("rmac_i")


def handshake(device: PeripheralDevice) -> list[bytes]:
    """Return the four messages of annex E's handshake with `device`."""
    steps = (
        (0, Command.CHLNG, BlockType.SCS_11, RND_A),
        (1, Command.SCRYPT, BlockType.SCS_13, published("acu_cryptogram")),
    )
    messages = []
    for sequence, code, kind, payload in steps:
        block = Block(kind=kind, data=b"\0")
        question = encode(Frame(address=5, is_reply=False, sequence=sequence, code=code, payload=payload, block=block))
        messages += [question, device.receive(question, 1.0)]
    return messages


def test_the_simulated_device_answers_annex_e_s_handshake_as_published() -> None:
    device = PeripheralDevice(INSTALLED, lambda count: RND_B[:count])
    device.power_on()
    _, proof, _, done = map(decode, handshake(device))
    assert (proof.code, proof.payload[8:]) == (Reply.CCRYPT, RND_B + published("pd_cryptogram"))
    assert (done.code, done.payload) == (Reply.RMAC_I, published("rmac_i"))
    assert device.is_secure


def test_a_session_is_the_same_to_a_second_witness() -> None:
    device = PeripheralDevice(INSTALLED, lambda count: RND_B[:count])
    device.power_on()
    handshake(device)
    other = osdp_device.Session(DEFAULT_KEY, RND_A, RND_B)
    device.body.present(osdp_device.CARD.h10301)
    reports = [b"\x49" + bytes(4), b"\x48" + bytes(2), osdp_device.card_report(osdp_device.CARD)]
    for sequence, report in zip((2, 3, 1), [reports[0], reports[1], b"\x50" + reports[2]], strict=True):
        head = bytes([0x53, 5, 14, 0, 0x0C | sequence, 2, 0x15, Command.POLL])
        other.last_command_mac = other.mac(head, other.last_reply_mac)
        question = head + other.last_command_mac[:4]
        answer = device.receive(question + osdp_device.crc(question), 1.0)
        body = bytes([2, 0x18, report[0]]) + other.encrypted(report[1:])
        reply_head = bytes([0x53, 0x85]) + (5 + len(body) + 6).to_bytes(2, "little") + bytes([0x0C | sequence])
        other.last_reply_mac = other.mac(reply_head + body, other.last_command_mac)
        expected = reply_head + body + other.last_reply_mac[:4]
        assert answer == expected + osdp_device.crc(expected)


def traced(tmp_path: Path, lines: list[str], *options: str) -> list[dict[str, object]]:
    capture = tmp_path / "bus.osdpcap"
    capture.write_text("\n".join(lines), encoding="utf-8")
    result = CliRunner().invoke(app, ["trace", str(capture), "--json", *options])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_captured_bus_is_told_frame_by_frame(tmp_path: Path) -> None:
    shared = SHARED / "sia-1-poll-cycle.osdpcap"
    lines = [
        line_of(Record(number, io, bytes.fromhex(data)), "libosdp-conformance")
        for number, (io, data) in enumerate(CAPTURED)
    ]
    if shared.exists():
        lines = shared.read_text(encoding="utf-8").splitlines()
    *frames, sums = traced(tmp_path, lines)
    assert len(frames) == len(lines) == sums["frames"]
    assert {sums[name] for name in ("crc_bad", "length_bad", "mac_ok", "mac_bad", "handshakes")} == {0}
    assert [frame["name"] for frame in frames[:4]] == ["osdp_POLL", "osdp_LSTATR", "osdp_POLL", "osdp_ACK"]
    assert frames[1]["words"] == "tamper and power; housing shut, supply failed"
    assert {(frame["address"], frame["check"], frame["noise_bytes"]) for frame in frames} == {(0, "crc", 0)}


def test_annex_e_s_handshake_is_recognized_in_a_capture(tmp_path: Path) -> None:
    device = PeripheralDevice(INSTALLED, lambda count: RND_B[:count])
    device.power_on()
    lines = [line_of(Record(0, "trace", message), "test") for message in handshake(device)]
    *frames, sums = traced(tmp_path, lines)
    assert sums["handshakes"] == 1
    assert "proves the default key" in str(frames[1]["words"])
