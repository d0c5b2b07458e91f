"""`sacs trace` as a technician uses it: keys, damage, bad files, and what is never shown."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sacs.main import app
from simulators.cards import ProximityCard
from simulators.osdp.capture import Record, line_of
from simulators.osdp.codes import Command
from tests.unit.simulators.osdp.panel import KEY, OTHER_KEY, Panel, device_with

CARD = ProximityCard.of(13, 4567)
START_NS = 1_700_000_000_123_456_789


def lines_of(*panels: Panel) -> list[str]:
    """The capture of conversations, one message of each panel after another."""
    lines = []
    for at in range(max(len(panel.sent) for panel in panels)):
        for panel in panels:
            for io, messages in (("input", panel.sent), ("output", panel.heard)):
                if at < len(messages):
                    lines.append(line_of(Record(START_NS + at, io, b"\xff" + messages[at]), "test"))
    return lines


def conversation(key: bytes = KEY, address: int = 5) -> Panel:
    panel = Panel(device_with(key=key, address=address), address)
    panel.shake_hands(key)
    panel.greeted()
    panel.device.body.present(CARD.h10301)
    panel.ask(Command.POLL)
    return panel


class Traced:
    """What the command said."""

    def __init__(self, folder: Path, lines: list[str], *options: str) -> None:
        self.path = folder / "bus.osdpcap"
        self.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.result = CliRunner().invoke(app, ["trace", str(self.path), *options])

    @property
    def rows(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.result.stdout.splitlines()]

    def sums(self, *names: str) -> list[object]:
        return [self.rows[-1][name] for name in names]


def test_each_frame_is_a_line_in_words_and_the_sums_come_last(tmp_path: Path) -> None:
    traced = Traced(tmp_path, lines_of(conversation()), "--scbk", KEY.hex())
    assert traced.result.exit_code == 0
    head, date, first, *_ = lines = traced.result.stdout.splitlines()
    assert head.split() == ["time", "device", "#", "security", "message", "what", "it", "says"]
    assert head.index("security") == first.index("SCS_11")
    assert head.index("what it") == first.index("begin secure")
    assert date == "2023-11-14 UTC"
    assert traced.result.stdout.count(date) == 1
    told = "22:13:20.123 -> 5 0 SCS_11 osdp_CHLNG begin secure channel; under its own key"
    assert " ".join(first.split()) == told
    assert f"card; reader 0: 26 bits (Wiegand) {CARD.h10301.data.hex()}" in traced.result.stdout
    assert lines[-3:] == [
        "Frames:   10; 0 with wrong check characters, 0 cut short",
        "Channel:  1 handshakes; MACs: 6 right, 0 wrong, 0 not checked for want of a key",
        "Payloads: 3 decrypted",
    ]


def test_with_json_there_is_an_object_for_each_frame_and_one_with_the_sums(tmp_path: Path) -> None:
    traced = Traced(tmp_path, lines_of(conversation()), "--scbk", KEY.hex(), "--json")
    *frames, sums = traced.rows
    assert len(frames) == sums["frames"] == 10
    assert (frames[0]["number"], frames[0]["time"]) == (1, "2023-11-14T22:13:20.123456789Z")
    assert traced.sums("handshakes", "mac_ok", "mac_bad", "payloads_decrypted") == [1, 6, 0, 3]


@pytest.mark.parametrize(
    "options",
    [
        ("--scbk", KEY.hex(), "--scbk", OTHER_KEY.hex()),
        ("--scbk", f"5={KEY.hex()}", "--scbk", f"0x06={OTHER_KEY.hex(' ')}"),
    ],
)
def test_several_devices_each_with_its_own_key(tmp_path: Path, options: tuple[str, ...]) -> None:
    lines = lines_of(conversation(), conversation(OTHER_KEY, 6))
    traced = Traced(tmp_path, lines, "--json", *options)
    assert traced.sums("frames", "handshakes", "mac_ok", "mac_bad", "mac_unchecked") == [20, 2, 12, 0, 0]


def test_without_a_key_and_with_a_wrong_one(tmp_path: Path) -> None:
    lines = lines_of(conversation())
    none = Traced(tmp_path, lines, "--json").sums("mac_ok", "mac_bad", "mac_unchecked", "payloads_decrypted")
    wrong = Traced(tmp_path, lines, "--json", "--scbk", OTHER_KEY.hex())
    assert none == [0, 0, 6, 0]
    assert wrong.sums("mac_ok", "mac_bad", "mac_unchecked", "payloads_decrypted") == [0, 6, 0, 0]
    assert wrong.result.exit_code == 0


def test_damage_is_counted_and_told(tmp_path: Path) -> None:
    lines = lines_of(conversation())
    record = json.loads(lines[-1])
    record["data"] = record["data"][:-2] + ("00" if record["data"][-2:] != "00" else "01")
    lines[-1] = json.dumps(record)
    lines.append(line_of(Record(START_NS, "output", b"\xff\x53\x85\x20\x00\x0e\x02"), "test"))
    traced = Traced(tmp_path, lines, "--json", "--scbk", KEY.hex())
    assert traced.sums("frames", "crc_bad", "length_bad", "mac_ok", "mac_bad") == [11, 1, 1, 5, 0]


def test_keys_that_are_set_on_the_bus_are_followed_and_never_shown(tmp_path: Path) -> None:
    panel = Panel(device_with(key=None, installs=True))
    panel.shake_hands(bytes(range(0x30, 0x40)), 0)
    panel.greeted()
    panel.ask(Command.KEYSET, b"\1\x10" + OTHER_KEY)
    panel.shake_hands(OTHER_KEY)
    panel.greeted()
    for options in ((), ("--json",)):
        traced = Traced(tmp_path, lines_of(panel), *options)
        for form in (OTHER_KEY.hex(), OTHER_KEY.hex(" "), OTHER_KEY.hex().upper()):
            assert form not in traced.result.output
    assert traced.sums("handshakes", "mac_ok", "mac_bad", "mac_unchecked") == [2, 10, 0, 0]


def test_bad_lines_are_told_and_passed_over(tmp_path: Path) -> None:
    lines = lines_of(conversation())
    traced = Traced(tmp_path, [lines[0], "{", "", '{"data": "5"}', *lines[1:], lines[0][:40]], "--json")
    assert traced.result.exit_code == 0
    assert traced.sums("frames", "lines_bad") == [10, 3]
    assert "line 2: not JSON" in traced.result.stderr
    assert "line 4: data is not hexadecimal" in traced.result.stderr


def test_a_file_that_is_no_capture_is_refused(tmp_path: Path) -> None:
    traced = Traced(tmp_path, ["no", "capture"] * 20)
    assert traced.result.exit_code == 1
    assert traced.result.stderr.splitlines() == [
        f"sacs: {traced.path} is no capture: none of its 40 lines is a record; line 1: not JSON"
    ]
    assert traced.result.stdout == ""
    late = Traced(tmp_path, ["no"] * 21 + lines_of(conversation()))
    assert (late.result.exit_code, late.result.stderr.count("not JSON")) == (0, 20)
    assert "and 1 more lines" in late.result.stderr
    empty = Traced(tmp_path, [])
    assert empty.result.exit_code == 0
    assert "is empty" in empty.result.stderr
    missing = CliRunner().invoke(app, ["trace", str(tmp_path / "nowhere.osdpcap")])
    assert missing.exit_code == 1
    assert "nowhere.osdpcap: No such file" in missing.stderr
    binary = tmp_path / "binary.osdpcap"
    binary.write_bytes(bytes(range(256)) * 20)
    assert CliRunner().invoke(app, ["trace", str(binary)]).exit_code == 1
    assert CliRunner().invoke(app, ["trace", str(tmp_path)]).exit_code == 1


@pytest.mark.parametrize("key", ["", "00", KEY.hex() + "00", "x" * 32, f"five={KEY.hex()}", f"200={KEY.hex()}", "5="])
def test_a_key_that_can_not_be_is_refused_without_repeating_it(tmp_path: Path, key: str) -> None:
    traced = Traced(tmp_path, [], "--scbk", key)
    assert traced.result.exit_code == 1
    assert "--scbk" in traced.result.stderr
    assert KEY.hex() not in traced.result.output


def test_the_time_of_a_capture_may_be_any(tmp_path: Path) -> None:
    lines = [line_of(Record(at_ns, "trace", b"\x53\x00\x08\x00\x04\x60\xeb\xaa"), "test") for at_ns in (10**40, -5)]
    traced = Traced(tmp_path, lines, "--json")
    assert [row["name"] for row in traced.rows[:-1]] == ["osdp_POLL", "osdp_POLL"]
