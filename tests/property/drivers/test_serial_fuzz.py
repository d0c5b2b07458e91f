"""Bad input in bulk for everything that serial readers, profiles and format files pass through."""

import random
from collections import Counter
from importlib.resources import files

import pytest

from drivers.serial.decoder import CardWord, Said, SerialDecoder
from drivers.serial.framing import MAX_FRAME_BYTES, FrameRefused
from drivers.serial.profile import BadProfileError, known_profiles, load_profile, parse_profile
from drivers.wiegand.decode import CardBitsError, decode
from drivers.wiegand.formats import BadFormatError, card_formats, parse_formats
from simulators.cards import ProximityCard, UidCard, draw_card
from simulators.readers.serial_models import Presentable, VehicleTag, model

SEED = 20261121
# One for each kind of framing and checksum, and what a technician is warned of: those without a checksum.
CHECKED = ["rdm6300", "em-18", "gwiot-7941", "uhf-ur", "uhf-m100", "wiegand-hex"]
UNCHECKED = ["wie232", "nedap-upass-target", "wiegand-bits"]


def card_for(name: str, chance: random.Random) -> Presentable:
    if name.startswith(("uhf", "nedap")):
        return VehicleTag(chance.randbytes(12))
    return UidCard(chance.randbytes(4)) if name == "promag-mf7" else draw_card(chance)


def texts_of(card: Presentable) -> set[str]:
    if isinstance(card, ProximityCard):
        return set(card.texts)
    assert isinstance(card, VehicleTag)
    return {f"epc-96:{card.epc.hex()}"}


def text_of(read: Said) -> str:
    """The card's text; nothing for what the gate would refuse."""
    if isinstance(read, FrameRefused):
        return ""
    if not isinstance(read, CardWord):
        return read.text
    try:
        return decode(read.word, read.bits, card_formats(["h10301"])).text
    except CardBitsError:
        return ""


@pytest.mark.fuzz
@pytest.mark.parametrize("name", CHECKED)
def test_disturbed_reads_are_refused_by_name_and_never_another_pass(name: str, fuzz_count: int) -> None:
    """Each frame has one bit flipped, or a byte lost, doubled or inserted.

    None may come out as another of the passes that are valid here. A checksum of 16 bits lets one in 65,536 frames
    pass in which everything behind some byte is shifted: such a number is nobody's, and there are few of them.
    """
    chance = random.Random(f"{SEED} {name}")
    decoder = SerialDecoder(load_profile(name))
    encode = model(name).encode
    cards = [card_for(name, chance) for _ in range(64)]
    valid = {text for card in cards for text in texts_of(card)}
    refused: Counter[str] = Counter()
    made_up = 0
    for _ in range(fuzz_count):
        card = chance.choice(cards)
        frame = bytearray(encode(card))
        at = chance.randrange(len(frame))
        match chance.randrange(4):
            case 0:
                frame[at] ^= 1 << chance.randrange(8)
            case 1:
                del frame[at]
            case 2:
                frame.insert(at, frame[at])
            case _:
                frame.insert(at, chance.randrange(256))
        for one in [*decoder.feed(bytes(frame)), *decoder.silence()]:
            if isinstance(one, FrameRefused):
                refused[one.blame] += 1
            elif (text := text_of(one)) not in texts_of(card):
                assert text not in valid
                made_up += bool(text)
    assert made_up <= 1 + fuzz_count // 2**14
    assert "bad_checksum" in refused
    assert len(refused) > 1


@pytest.mark.fuzz
@pytest.mark.parametrize("name", [*CHECKED, *UNCHECKED])
def test_any_bytes_are_taken_without_harm(name: str, fuzz_count: int) -> None:
    """Bytes of chance, and bytes of chance among those that mean something to the reader."""
    chance = random.Random(f"{SEED} bytes {name}")
    decoder = SerialDecoder(load_profile(name))
    telling = model(name).encode(card_for(name, chance))
    for _ in range(fuzz_count):
        size = chance.randrange(24)
        piece = chance.randbytes(size) if chance.random() < 0.5 else bytes(chance.choices(telling, k=size))
        for one in decoder.feed(piece):
            assert not isinstance(one, FrameRefused) or one.length_bytes <= MAX_FRAME_BYTES
        if chance.random() < 0.1:
            decoder.silence()
            assert not decoder.is_amid


def spoiled(toml: str, chance: random.Random) -> str:
    """A description with one to three places changed."""
    text = list(toml)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(text))
        match chance.randrange(3):
            case 0:
                text[at] = chr(chance.choice([chance.randrange(128), chance.randrange(0x110000 - 0x800) % 0xD800]))
            case 1:
                del text[at : at + chance.randrange(1, 12)]
            case _:
                text[at:at] = chance.sample(text, k=min(8, len(text)))
    return "".join(text) or "x"


@pytest.mark.fuzz
def test_spoiled_profiles_are_profiles_or_refused_by_name(fuzz_count: int) -> None:
    chance = random.Random(f"{SEED} profiles")
    folder = files("drivers.serial").joinpath("profiles")
    whole = [folder.joinpath(f"{name}.toml").read_text(encoding="utf-8") for name in known_profiles()]
    # What matters is the part with a meaning: titles and quirks would take most of the hits.
    terse = ["\n".join(line for line in text.splitlines() if not line.startswith(" ")) for text in whole]
    terse = [text.replace("quirks = [\n]", "") for text in terse]
    frame = bytes(range(256))
    refused = 0
    for _ in range(fuzz_count):
        try:
            profile = parse_profile(spoiled(chance.choice(terse), chance))
        except BadProfileError:
            refused += 1
        else:
            decoder = SerialDecoder(profile)
            decoder.feed(frame)
            decoder.silence()
    assert refused > fuzz_count // 4


@pytest.mark.fuzz
def test_spoiled_card_formats_are_formats_or_refused_by_name(fuzz_count: int) -> None:
    chance = random.Random(f"{SEED} formats")
    toml = files("drivers.wiegand").joinpath("formats.toml").read_text(encoding="utf-8")
    entries = ["[[format]]" + entry for entry in toml.split("[[format]]")[1:]]
    refused = 0
    for _ in range(fuzz_count):
        try:
            formats = parse_formats(spoiled(chance.choice(entries), chance))
        except BadFormatError:
            refused += 1
        else:
            for card_format in formats.values():
                try:
                    decode(chance.getrandbits(card_format.bits), card_format.bits, [card_format])
                except CardBitsError:
                    continue
    assert refused > fuzz_count // 4
