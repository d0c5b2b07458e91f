"""A peripheral device in conversation: sequence numbers, every command, every refusal."""

import pytest

from simulators.cards import ProximityCard
from simulators.osdp.codes import Command, Nak, Reply
from simulators.osdp.frame import Block, BlockType, crc, decode, encode
from simulators.osdp.state import Misbehaviour
from tests.unit.simulators.osdp.panel import ADDRESS, KEY, OTHER_KEY, Panel, connected, device_with

CARD = ProximityCard.of(13, 4567)


def naks(panel: Panel, code: int, payload: bytes = b"") -> Nak:
    reply = panel.ask(code, payload)
    assert reply.code == Reply.NAK
    return Nak(reply.payload[0])


@pytest.mark.parametrize("with_crc", [True, False])
def test_a_device_answers_in_clear_who_it_is_and_nothing_else(with_crc: bool) -> None:
    device = device_with()
    panel = Panel(device, with_crc=with_crc)
    assert panel.ask(Command.POLL).code == Reply.ACK
    identity = panel.ask(Command.ID, b"\0")
    assert (identity.code, identity.payload[5:9]) == (Reply.PDID, (4711).to_bytes(4, "little"))
    capabilities = panel.ask(Command.CAP, b"\0").payload
    records = {capabilities[at]: capabilities[at + 1 : at + 3] for at in range(0, len(capabilities), 3)}
    assert (records[9], records[1], records[2]) == (b"\x01\x01", b"\x01\x04", b"\x04\x02")
    for code, payload in ((Command.LSTAT, b""), (Command.OUT, b"\0\2\0\0"), (Command.COMSET, b"\1\x80\x25\0\0")):
        assert naks(panel, code, payload) is Nak.ENCRYPTION_REQUIRED
    device.body.present(CARD.h10301)
    assert panel.ask(Command.POLL).code == Reply.ACK, "a card is not sent in clear"


def test_a_session_is_greeted_with_inputs_and_housing_and_a_card_comes_with_a_poll() -> None:
    panel = Panel(device_with(is_tampered=True, inputs=(True, False)))
    panel.shake_hands()
    reports = panel.greeted()
    assert [(frame.code, frame.payload) for frame in reports] == [(Reply.ISTATR, b"\1\0"), (Reply.LSTATR, b"\1\0")]
    assert panel.ask(Command.POLL).code == Reply.ACK
    panel.device.body.present(CARD.h10301)
    card = panel.ask(Command.POLL)
    assert (card.code, card.payload) == (Reply.RAW, b"\0\1\x1a\0" + CARD.h10301.data)
    assert CARD.h10301.data not in b"".join(panel.heard)


def test_keys_typed_are_reported_one_by_one() -> None:
    panel = connected()
    for key in "12#*":
        panel.device.body.press(key)
    typed = [panel.ask(Command.POLL).payload for _ in range(4)]
    assert typed == [b"\0\1\x31", b"\0\1\x32", b"\0\1\x0d", b"\0\1\x7f"]
    with pytest.raises(ValueError, match="keys 0 to 9"):
        panel.device.body.press("A")


def test_a_repeated_message_gets_the_same_answer_and_is_not_carried_out_again() -> None:
    panel = connected()
    panel.device.body.present(CARD.h10301)
    assert panel.ask(Command.POLL).code == Reply.RAW
    assert panel.transfer(panel.sent[-1]) == panel.heard[-2], "the answer was lost, the card was not"
    assert panel.ask(Command.POLL).code == Reply.ACK
    panel.ask(Command.BUZ, b"\0\2\1\1\3")
    panel.transfer(panel.sent[-1])
    assert panel.device.body.buzzer.tones == 3


def test_sequence_numbers_are_followed_and_0_begins_anew() -> None:
    panel = connected()
    panel.sequence = panel.sequence % 3 + 1
    message = encode(panel.frame(Command.POLL))
    refusal = decode(panel.transfer(message))
    assert (refusal.code, refusal.payload) == (Reply.NAK, bytes([Nak.BAD_SEQUENCE]))
    assert panel.device.is_secure
    panel.sequence, panel.session = 0, None
    assert panel.ask(Command.POLL).code == Reply.ACK
    assert not panel.device.is_secure


def test_a_command_out_of_session_is_refused_and_a_wrong_mac_ends_the_session() -> None:
    panel = connected()
    assert panel.session is not None
    panel.session.last_reply_mac = bytes(16)
    assert naks(panel, Command.POLL) is Nak.ENCRYPTION_REQUIRED
    assert not panel.device.is_secure
    panel.shake_hands()
    assert panel.greeted()[0].code == Reply.ISTATR


def test_what_a_session_carries_out() -> None:
    panel = connected()
    body = panel.device.body
    assert panel.ask(Command.LSTAT).payload == b"\0\0"
    assert panel.ask(Command.ISTAT).payload == b"\0\0\0\0"
    assert panel.ask(Command.RSTAT).payload == b"\0"
    assert panel.ask(Command.OUT, b"\1\2\0\0").code == Reply.ACK
    assert panel.ask(Command.OSTAT).payload == b"\0\1"
    light = b"\0\0" + b"\2\5\5\2\0\x1e\0" + b"\1\1\1\4\4"
    assert panel.ask(Command.LED, light).code == Reply.ACK
    assert body.light_color == "green"
    panel.device.advance(panel.at_s + 3.1)
    assert body.light_color == "blue"
    panel.at_s += 3.1
    assert panel.ask(Command.TEXT, b"\0\3\2\1\1\5Hello").code == Reply.ACK
    assert body.display.shown == "Hello"
    panel.device.advance(panel.at_s + 2.1)
    assert body.display.shown == ""
    assert panel.ask(Command.ACURXSIZE, b"\0\4").code == Reply.ACK


def test_a_timed_output_falls_by_itself_and_reports_it() -> None:
    panel = connected()
    panel.ask(Command.OUT, b"\0\5\x0f\0")
    assert panel.device.body.output_states == [True, False]
    assert panel.device.next_change_s == pytest.approx(panel.at_s + 1.5)
    panel.device.advance(panel.at_s + 1.5)
    assert panel.device.body.output_states == [False, False]
    panel.at_s += 1.5
    assert panel.ask(Command.POLL).code == Reply.OSTATR


@pytest.mark.parametrize(
    ("code", "payload", "refusal"),
    [
        (Command.POLL, b"\0", Nak.BAD_LENGTH),
        (Command.OUT, b"\0\5\x0f", Nak.BAD_LENGTH),
        (Command.LED, b"", Nak.BAD_LENGTH),
        (Command.TEXT, b"\0\1\0\0\0\7short", Nak.BAD_LENGTH),
        (Command.COMSET, b"\1", Nak.BAD_LENGTH),
        (Command.OUT, b"\7\2\0\0", Nak.UNABLE_TO_PROCESS),
        (Command.OUT, b"\0\7\0\0", Nak.UNABLE_TO_PROCESS),
        (Command.OUT, b"\0\5\0\0", Nak.UNABLE_TO_PROCESS),
        (Command.OUT, b"\0\2\0\0\7\2\0\0", Nak.UNABLE_TO_PROCESS),
        (Command.LED, b"\0\1" + bytes(12), Nak.UNABLE_TO_PROCESS),
        (Command.LED, b"\0\0\3" + bytes(11), Nak.UNABLE_TO_PROCESS),
        (Command.BUZ, b"\0\3\1\1\1", Nak.UNABLE_TO_PROCESS),
        (Command.KEYSET, b"\1\x10" + KEY, Nak.UNABLE_TO_PROCESS),
        (Command.MFG, b"\0\0\0\1", Nak.UNKNOWN_COMMAND),
        (0x7F, b"", Nak.UNKNOWN_COMMAND),
        (Command.BIOREAD, b"\0\0\0\0", Nak.BIO_TYPE_UNSUPPORTED),
        (Command.CHLNG, bytes(8), Nak.SECURITY_BLOCK_UNSUPPORTED),
    ],
)
def test_what_it_can_not_do_is_refused_by_code_and_changes_nothing(code: int, payload: bytes, refusal: Nak) -> None:
    panel = connected()
    assert naks(panel, code, payload) is refusal
    assert panel.device.body.output_states == [False, False]
    assert panel.device.state.key == KEY
    assert panel.ask(Command.POLL).code == Reply.ACK, "the session goes on"


def test_every_refusal_can_be_had() -> None:
    panel = connected()
    for code in Nak:
        panel.device.nak_next(code)
        assert naks(panel, Command.POLL) is code
    assert panel.ask(Command.POLL).code == Reply.ACK


@pytest.mark.parametrize("kind", [0x10, 0x12, 0x14, 0x19, 0xFF])
def test_an_unknown_security_block_is_refused(kind: int) -> None:
    panel = Panel(device_with())
    assert panel.ask(Command.POLL, block=Block(kind=kind)).payload == bytes([Nak.SECURITY_BLOCK_UNSUPPORTED])


def test_a_block_that_does_not_fit_into_its_message_is_refused() -> None:
    panel = Panel(device_with())
    message = bytearray(encode(panel.frame(Command.POLL, block=Block(kind=BlockType.SCS_15)))[:-2])
    frame = decode(panel.transfer(with_crc(message)))
    assert (frame.code, frame.payload) == (Reply.NAK, bytes([Nak.SECURITY_BLOCK_UNSUPPORTED]))


def with_crc(message: bytearray) -> bytes:
    message[2:4] = (len(message) + 2).to_bytes(2, "little")
    return bytes(message) + crc(bytes(message)).to_bytes(2, "little")


def test_only_its_own_address_and_that_of_all_are_answered() -> None:
    device = device_with()
    assert device.receive(encode(Panel(device, 6).frame(Command.POLL)), 1.0) == b""
    broadcast = Panel(device, 0x7F)
    assert broadcast.ask(Command.POLL).code == Reply.ACK
    reply = encode(Panel(device).frame(Command.POLL)).replace(bytes([0x53, ADDRESS]), bytes([0x53, ADDRESS | 0x80]))
    assert device.receive(reply, 2.0) == b"", "a neighbour's answer"


def test_address_and_baud_are_set_over_the_bus_and_the_answer_still_comes_from_the_old_address() -> None:
    panel = connected()
    done = panel.ask(Command.COMSET, b"\x09" + (115_200).to_bytes(4, "little"))
    assert (done.code, done.payload) == (Reply.COM, b"\x09" + (115_200).to_bytes(4, "little"))
    assert (panel.device.state.address, panel.device.state.baud) == (9, 115_200)
    assert panel.device.receive(encode(panel.frame(Command.POLL)), panel.at_s) == b""
    again = Panel(panel.device, 9)
    again.shake_hands()
    kept = again.ask(Command.COMSET, b"\x7f" + (9601).to_bytes(4, "little"))
    assert kept.payload == b"\x09" + (115_200).to_bytes(4, "little"), "what can not be is not taken"


def test_a_first_key_is_taken_over_the_bus_only_while_it_installs() -> None:
    device = device_with(key=None, installs=True)
    panel = Panel(device)
    default = bytes(range(0x30, 0x40))
    assert naks(panel, Command.KEYSET, b"\1\x10" + KEY) is Nak.ENCRYPTION_REQUIRED
    assert panel.shake_hands(default, key_type=0).block == Block(kind=BlockType.SCS_12, data=b"\0")
    panel.greeted()
    assert naks(panel, Command.KEYSET, b"\1\x10" + KEY[:15]) is Nak.BAD_LENGTH
    assert naks(panel, Command.KEYSET, b"\2\x10" + KEY) is Nak.BAD_LENGTH
    assert panel.ask(Command.KEYSET, b"\1\x10" + KEY).code == Reply.ACK
    assert (device.state.key, device.state.installs, device.keys_taken) == (KEY, False, 1)
    assert panel.shake_hands(KEY).block == Block(kind=BlockType.SCS_12, data=b"\1")
    panel.greeted()
    assert naks(panel, Command.KEYSET, b"\1\x10" + OTHER_KEY) is Nak.UNABLE_TO_PROCESS


def test_a_wrong_cryptogram_gives_no_session() -> None:
    panel = Panel(device_with())
    panel.ask(Command.CHLNG, bytes(8), Block(kind=BlockType.SCS_11, data=b"\1"))
    refused = panel.ask(Command.SCRYPT, bytes(16), Block(kind=BlockType.SCS_13, data=b"\1"))
    assert refused.payload == bytes([Nak.ENCRYPTION_REQUIRED])
    assert not panel.device.is_secure
    again = panel.ask(Command.SCRYPT, bytes(16), Block(kind=BlockType.SCS_13, data=b"\1"))
    assert again.payload == bytes([Nak.SECURITY_BLOCK_UNSUPPORTED]), "a proof without a challenge"


def test_a_device_without_a_key_only_speaks_clear_text() -> None:
    device = device_with(key=None)
    panel = Panel(device)
    assert [panel.ask(Command.POLL).code for _ in range(3)] == [Reply.ISTATR, Reply.LSTATR, Reply.ACK]
    refused = panel.ask(Command.CHLNG, bytes(8), Block(kind=BlockType.SCS_11, data=b"\1"))
    assert refused.payload == bytes([Nak.SECURITY_BLOCK_UNSUPPORTED])
    device.body.present(CARD.h10301)
    assert panel.ask(Command.POLL).code == Reply.RAW
    assert panel.ask(Command.OUT, b"\0\2\0\0").code == Reply.ACK


def test_a_panel_that_is_silent_for_8_s_is_gone_with_its_session() -> None:
    panel = connected()
    seen = []
    for silent_s in (7.9, 8.0):
        panel.device.advance(panel.at_s + silent_s)
        seen.append((panel.device.is_secure, panel.device.is_heard))
    assert seen == [(True, True), (False, False)]


def test_power_off_is_silence_and_forgets_all_but_what_is_permanent() -> None:
    panel = connected()
    panel.ask(Command.OUT, b"\0\2\0\0")
    panel.device.power_off()
    assert panel.device.body.output_states == [False, False]
    assert panel.device.receive(encode(panel.frame(Command.POLL)), panel.at_s) == b""
    panel.device.power_on()
    assert naks(panel, Command.POLL) is Nak.ENCRYPTION_REQUIRED, "it knows nothing of the session"
    panel.shake_hands()


def test_misbehaviour_in_clear_and_in_sequence_crc_mac_and_time() -> None:
    panel = connected()
    device = panel.device
    device.misbehave(frozenset({Misbehaviour.BUSY}))
    busy = decode(panel.transfer(encode(panel.frame(Command.POLL))))
    assert (busy.code, busy.sequence) == (Reply.BUSY, 0)
    device.misbehave(frozenset({Misbehaviour.NAK}))
    assert naks(panel, Command.POLL) is Nak.UNABLE_TO_PROCESS
    device.misbehave(frozenset({Misbehaviour.CLEAR_TEXT}))
    device.body.present(CARD.h10301)
    in_clear = panel.ask(Command.POLL)
    assert (in_clear.code, in_clear.block) == (Reply.RAW, None)
    for way in (Misbehaviour.BAD_CRC, Misbehaviour.WRONG_SEQUENCE, Misbehaviour.BAD_MAC):
        panel = connected()
        panel.device.misbehave(frozenset({way}))
        with pytest.raises((ValueError, AssertionError)):
            panel.ask(Command.POLL)


def test_misbehaviour_with_keys() -> None:
    default = bytes(range(0x30, 0x40))
    asking = Panel(device_with(misbehaviours=frozenset({Misbehaviour.ASK_FOR_KEY})))
    assert asking.shake_hands(default).block == Block(kind=BlockType.SCS_12, data=b"\0")
    asking.greeted()
    assert asking.ask(Command.KEYSET, b"\1\x10" + OTHER_KEY).code == Reply.ACK
    assert asking.device.state.key == OTHER_KEY
    lingering = Panel(device_with(misbehaviours=frozenset({Misbehaviour.LINGER_IN_INSTALL_MODE})))
    lingering.shake_hands(KEY)
    lingering.greeted()
    lingering.shake_hands(default, key_type=0)
    lingering.greeted()
    assert lingering.ask(Command.KEYSET, b"\1\x10" + OTHER_KEY).code == Reply.ACK
    posing = Panel(device_with(misbehaviours=frozenset({Misbehaviour.DEFAULT_KEY})))
    assert posing.shake_hands(default).block == Block(kind=BlockType.SCS_12, data=b"\1")
    downgrading = Panel(device_with(misbehaviours=frozenset({Misbehaviour.DOWNGRADE})))
    assert downgrading.ask(Command.CAP, b"\0").payload.find(b"\x09\0\0") % 3 == 0
    assert downgrading.ask(Command.OUT, b"\0\2\0\0").code == Reply.ACK
