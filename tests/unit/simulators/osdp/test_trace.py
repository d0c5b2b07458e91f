"""What a witness tells of a bus: sessions under several keys, damage, repetition, and what stays secret."""

from simulators.cards import ProximityCard
from simulators.osdp.codes import Command
from simulators.osdp.frame import crc, encode
from simulators.osdp.state import Misbehaviour
from simulators.osdp.trace import Trace, TracedFrame, TraceKey
from tests.unit.simulators.osdp.panel import KEY, OTHER_KEY, Panel, connected, device_with

CARD = ProximityCard.of(13, 4567)
DEFAULT = bytes(range(0x30, 0x40))


class Witness:
    """A trace, and a panel's conversation that it is fed with."""

    def __init__(self, *keys: bytes | TraceKey) -> None:
        self.trace = Trace(key if isinstance(key, TraceKey) else TraceKey(key) for key in keys)
        self.told: list[TracedFrame] = []

    def hear(self, panel: Panel, stream: str = "trace") -> "Witness":
        """Hear all that was said since the last time, question by question."""
        for question, answer in zip(panel.sent, panel.heard, strict=True):
            self.feed(b"\xff" + question, stream)
            self.feed(answer, stream)
        panel.sent.clear()
        panel.heard.clear()
        return self

    def feed(self, data: bytes, stream: str = "trace") -> list[TracedFrame]:
        told = self.trace.feed(stream, data, 1_700_000_000_000_000_000)
        self.told += told
        return told

    @property
    def sums(self) -> tuple[int, int, int, int, int]:
        sums = self.trace.summary
        return sums.handshakes, sums.mac_ok, sums.mac_bad, sums.mac_unchecked, sums.payloads_decrypted


def conversation(key: bytes = KEY, address: int = 5) -> Panel:
    """A handshake, two reports, a card and an output: 5 secure questions and answers, 4 payloads."""
    panel = Panel(device_with(key=key, address=address), address)
    panel.shake_hands(key)
    panel.greeted()
    panel.device.body.present(CARD.h10301)
    panel.ask(Command.POLL)
    panel.ask(Command.OUT, b"\0\5\x32\0")
    panel.ask(Command.POLL)
    return panel


def test_with_the_key_everything_is_told() -> None:
    witness = Witness(KEY).hear(conversation())
    assert witness.sums == (1, 10, 0, 0, 4)
    words = [frame.words for frame in witness.told]
    assert words[0] == "begin secure channel; under its own key"
    assert words[3] == "secure channel is up: initial MAC"
    assert words[9] == f"card; reader 0: 26 bits (Wiegand) {CARD.h10301.data.hex()}"
    assert words[10] == "set outputs; output 0 on for 5.0 s"
    assert [frame.security for frame in witness.told[:6]] == [
        "SCS_11",
        "SCS_12",
        "SCS_13",
        "SCS_14",
        "SCS_15",
        "SCS_18",
    ]
    assert [(frame.speaker, frame.address, frame.sequence) for frame in witness.told[:2]] == [
        ("panel", 5, 0),
        ("device", 5, 0),
    ]
    assert witness.trace.summary.frames == 14


def test_without_a_key_handshakes_are_seen_and_the_rest_stays_closed() -> None:
    witness = Witness().hear(conversation())
    assert witness.sums == (1, 0, 0, 10, 0)
    assert "under a key that is not known" in witness.told[1].words
    assert witness.told[9].words == "card; 16 bytes encrypted"
    assert witness.told[9].payload is None


def test_with_a_wrong_key_macs_are_wrong_and_the_handshake_says_why() -> None:
    witness = Witness(OTHER_KEY).hear(conversation())
    assert witness.sums == (1, 0, 10, 0, 0)
    assert "proves none of the keys that were given" in witness.told[1].words
    assert "MAC unfit" in witness.told[4].words


def test_several_devices_each_with_its_key_mixed_on_one_line() -> None:
    for keys in ((KEY, OTHER_KEY), (TraceKey(KEY, 5), TraceKey(OTHER_KEY, 6))):
        witness = Witness(*keys)
        five, six = conversation(), conversation(OTHER_KEY, 6)
        for panel in (five, six):
            panel.heard = [b"\xff" + answer for answer in panel.heard]
        for at in range(len(five.sent)):
            for panel in (five, six):
                witness.feed(panel.sent[at])
                witness.feed(panel.heard[at])
        assert witness.sums == (2, 20, 0, 0, 8)


def test_a_key_that_is_another_device_s_does_not_make_macs_wrong() -> None:
    witness = Witness(KEY).hear(conversation(OTHER_KEY, 6)).hear(conversation())
    assert witness.sums == (2, 10, 0, 10, 4)
    witness = Witness(TraceKey(KEY, 5)).hear(conversation(OTHER_KEY, 6))
    assert witness.sums == (1, 0, 0, 10, 0)


def test_keys_set_on_the_bus_are_followed_also_to_a_new_address() -> None:
    panel = Panel(device_with(key=None, installs=True))
    panel.shake_hands(DEFAULT, 0)
    panel.greeted()
    panel.ask(Command.KEYSET, b"\1\x10" + OTHER_KEY)
    panel.shake_hands(OTHER_KEY)
    panel.greeted()
    panel.ask(Command.COMSET, b"\x09\x80\x25\0\0")
    moved = Panel(panel.device, 9)
    moved.shake_hands(OTHER_KEY)
    moved.greeted()
    witness = Witness().hear(panel).hear(moved)
    assert witness.sums == (3, 16, 0, 0, 9)
    text = "\n".join(repr(frame) + frame.words + str(frame.payload) for frame in witness.told)
    assert "proves the default key SCBK-D, which everybody knows" in text
    assert "a new key (not shown); the key is followed from here on" in text
    assert "proves a key that was set on this bus" in text
    assert OTHER_KEY.hex() not in text
    assert OTHER_KEY.hex(" ") not in text


def test_pins_are_counted_and_not_told() -> None:
    panel = connected()
    panel.device.body.press("7")
    panel.ask(Command.POLL)
    witness = Witness(KEY).hear(panel)
    assert witness.told[-1].words == "keys typed; reader 0: 1 keys (not shown)"
    assert witness.told[-1].payload is None


def test_a_repeated_message_counts_and_does_not_disturb_the_chain() -> None:
    panel = conversation()
    panel.transfer(panel.sent[-1])
    panel.ask(Command.POLL)
    witness = Witness(KEY).hear(panel)
    assert witness.sums == (1, 14, 0, 0, 4)
    assert [frame.is_repeated for frame in witness.told[-4:]] == [True, True, False, False]


def test_a_lost_answer_that_is_fetched_again_is_understood() -> None:
    panel = conversation()
    panel.transfer(panel.sent[-1])
    panel.heard[-2] = b""
    panel.ask(Command.POLL)
    witness = Witness(KEY).hear(panel)
    assert witness.sums[:3] == (1, 13, 0)


def test_after_a_damaged_mac_the_rest_is_right_again() -> None:
    panel = conversation()
    damaged = bytearray(panel.heard[3])
    damaged[-3] ^= 1
    panel.heard[3] = bytes(damaged[:-2]) + crc(bytes(damaged[:-2])).to_bytes(2, "little")
    witness = Witness(KEY).hear(panel)
    assert witness.sums[1:3] == (9, 1)
    assert "MAC bad; changed on the way, out of order, or something is missing" in witness.told[7].words


def test_a_frame_that_somebody_slipped_in_is_wrong_and_the_rest_right() -> None:
    panel = conversation()
    forged = Panel(panel.device)
    forged.sequence = 1
    panel.sent.insert(4, panel.sent[2])
    panel.heard.insert(4, b"")
    witness = Witness(KEY).hear(panel)
    assert witness.sums[1:3] == (10, 1)


def test_damaged_frames_are_counted_and_told_as_far_as_possible() -> None:
    witness = Witness(KEY)
    (damaged,) = witness.feed(bytes.fromhex("ff53000800046 0ebab".replace(" ", "")))
    assert damaged.words == "check characters wrong; poll"
    assert damaged.damage == "check"
    assert witness.feed(bytes.fromhex("ff5380 0a000448".replace(" ", ""))) == []
    (cut_short,) = witness.trace.finish(0)
    assert cut_short.words.startswith("length wrong: cut short")
    assert (cut_short.speaker, cut_short.address, cut_short.sequence) == ("device", 0, 0)
    sums = witness.trace.summary
    assert (sums.frames, sums.crc_bad, sums.length_bad) == (2, 1, 1)


def test_a_session_that_began_before_the_capture_is_not_judged() -> None:
    panel = conversation()
    del panel.sent[:2], panel.heard[:2]
    witness = Witness(KEY).hear(panel)
    assert witness.sums == (0, 0, 0, 10, 0)
    assert "the capture does not hold the handshake of this session" in witness.told[0].words


def test_what_is_said_in_clear_inside_a_session_stands_out() -> None:
    panel = connected(misbehaviours=frozenset({Misbehaviour.CLEAR_TEXT}))
    panel.device.body.present(CARD.h10301)
    panel.ask(Command.POLL)
    assert "in clear, although a secure channel is up" in Witness(KEY).hear(panel).told[-1].words


def test_a_control_unit_that_begins_anew_ends_its_session_and_says_nothing_odd_in_clear() -> None:
    panel = connected()
    before = len(panel.sent)
    panel.session = None
    panel.sequence = 0
    panel.ask(Command.ID, b"\0")
    panel.ask(Command.CAP, b"\0")
    witness = Witness(KEY).hear(panel)
    words = [told.words for told in witness.told[2 * before :]]
    assert [("begins anew, which ends the secure channel" in each) for each in words] == [True, False, False, False]
    assert not any("in clear, although" in each for each in words)


def test_checksums_marks_and_payloads_that_make_no_sense() -> None:
    witness = Witness()
    panel = Panel(device_with(key=None), with_crc=False)
    for code, payload in ((Command.OUT, b"\1"), (Command.TEXT, b"\0"), (Command.ACURXSIZE, b"\1"), (0x42, b"\1")):
        (told,) = witness.feed(b"\xff" * 3 + encode(panel.frame(code, payload)))
        assert (told.check, told.damage) == ("checksum", None)
    assert "makes no sense" in witness.told[0].words
    assert "makes no sense" in witness.told[1].words
    assert witness.told[3].words == "unknown to the standard; 1 bytes"
    assert witness.trace.summary.noise_bytes == 0
