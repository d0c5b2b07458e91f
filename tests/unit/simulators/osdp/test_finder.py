"""Messages in records: whole, several, split, damaged; and what is noise."""

import pytest

from simulators.osdp.finder import Damage, MessageFinder

POLL = bytes.fromhex("530008000460ebaa")
ACK = bytes.fromhex("53800800054068 9f".replace(" ", ""))
LSTATR = bytes.fromhex("53800a00044800010fa1")
TOO_SMALL = LSTATR[:2] + b"\x09" + LSTATR[3:]
TOO_LARGE = LSTATR[:2] + b"\x0c" + LSTATR[3:]
TINY = POLL[:2] + b"\x02" + POLL[3:]
HUGE = POLL[:3] + b"\xee" + POLL[4:]


def found(*records: bytes, apart_ns: int = 0) -> tuple[list[tuple[bytes, Damage | None]], int]:
    finder = MessageFinder()
    messages = []
    for number, record in enumerate(records, start=1):
        messages += finder.feed(record, number * apart_ns)
    messages += finder.finish()
    return [(one.message, one.damage) for one in messages], finder.noise_bytes


def wrong_crc(message: bytes) -> bytes:
    return message[:-1] + bytes([message[-1] ^ 0x10])


@pytest.mark.parametrize(
    ("records", "messages", "noise_bytes"),
    [
        ([b"\xff" + POLL], [(POLL, None)], 0),
        ([b"\xff\xff" + POLL + b"\xff" + LSTATR + POLL], [(POLL, None), (LSTATR, None), (POLL, None)], 0),
        ([POLL[:3], POLL[3:], ACK[:7], ACK[7:] + POLL[:1], POLL[1:]], [(POLL, None), (ACK, None), (POLL, None)], 0),
        ([bytes([byte]) for byte in b"\xff" + LSTATR], [(LSTATR, None)], 0),
        ([b"\x00\x12" + POLL], [(POLL, None)], 2),
        ([b"\x53\x53" + POLL + b"\x00"], [(b"\x53\x53", Damage.LENGTH), (POLL, None)], 1),
        ([b"\x00\x53" + POLL], [(POLL, None)], 2),
        ([wrong_crc(POLL), POLL], [(wrong_crc(POLL), Damage.CHECK), (POLL, None)], 0),
        ([wrong_crc(POLL) + b"\xff" + POLL], [(wrong_crc(POLL), Damage.CHECK), (POLL, None)], 0),
        ([wrong_crc(POLL) + wrong_crc(ACK)], [(wrong_crc(POLL), Damage.CHECK), (wrong_crc(ACK), Damage.CHECK)], 0),
        # cut short, before a message that is believed, before another damaged one, and at the end
        ([LSTATR[:7], b"\xff" + POLL], [(LSTATR[:7], Damage.LENGTH), (POLL, None)], 0),
        ([LSTATR[:7], wrong_crc(POLL)], [(LSTATR[:7], Damage.LENGTH), (wrong_crc(POLL), Damage.CHECK)], 0),
        ([LSTATR[:7]], [(LSTATR[:7], Damage.LENGTH)], 0),
        ([b"\xff\x53\x80"], [(b"\x53\x80", Damage.LENGTH)], 0),
        # a length field that is too small, too large, impossible
        ([TOO_SMALL, POLL], [(TOO_SMALL, Damage.LENGTH), (POLL, None)], 0),
        ([TOO_LARGE, POLL], [(TOO_LARGE, Damage.LENGTH), (POLL, None)], 0),
        ([TINY, POLL], [(TINY, Damage.LENGTH), (POLL, None)], 0),
        ([HUGE, POLL], [(HUGE, Damage.LENGTH), (POLL, None)], 0),
        ([b""], [], 0),
        ([b"\xff" * 9], [], 0),
        ([b"nothing of the kind"], [], 19),
    ],
)  # fmt: skip
def test_what_is_found(records: list[bytes], messages: list[tuple[bytes, Damage | None]], noise_bytes: int) -> None:
    for apart_ns in (0, 1_000_000, 100_000_000):
        assert found(*records, apart_ns=apart_ns) == (messages, noise_bytes)


def test_a_record_of_false_starts_is_judged_in_bounded_time() -> None:
    for false_start in (b"\x53", b"\x53\x00\xff\x05\x04", b"\x53\x00\x10\x00\x04"):
        messages, _noise = found(false_start * (65_536 // len(false_start)), b"\xff" + POLL)
        assert messages[-1] == (POLL, None)


def test_a_message_whose_length_grew_does_not_swallow_the_next_one_that_trickles_in_after_a_pause() -> None:
    grown = ACK[:2] + b"\x0c" + ACK[3:]
    finder = MessageFinder()
    messages = []
    for at_ns, message in ((0, grown), (200_000_000, b"\xff" + LSTATR)):
        for number, byte in enumerate(message):
            messages += finder.feed(bytes([byte]), at_ns + number * 1_000_000)
    assert [(one.message, one.damage) for one in messages] == [(grown, Damage.LENGTH), (LSTATR, None)]
