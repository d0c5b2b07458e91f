"""Serial readers of every model: whatever cuts, disturbs or precedes what they send, no card is made up."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ports import Credential, ReadRefusal
from drivers.serial.decoder import CardWord, Said, SerialDecoder
from drivers.serial.framing import MAX_FRAME_BYTES, FrameRefused
from drivers.serial.profile import BadProfileError, known_profiles, load_profile, parse_profile
from drivers.wiegand.decode import decode
from drivers.wiegand.formats import BadFormatError, card_formats, parse_formats
from simulators.cards import ProximityCard, UidCard
from simulators.readers.serial_models import Presentable, VehicleTag, model

EM4100 = st.binary(min_size=5, max_size=5).map(ProximityCard)
TAGS = st.binary(min_size=12, max_size=12).map(VehicleTag)
UIDS = st.binary(min_size=4, max_size=4).map(UidCard)
SEEN_BY: dict[str, st.SearchStrategy[Presentable]] = {
    name: TAGS if name.startswith(("uhf", "st110", "nedap")) else UIDS if name == "promag-mf7" else EM4100
    for name in known_profiles()
}
BARE = st.binary(max_size=40).map(lambda noise: noise.replace(b"\x02", b""))


def text_of(read: Said) -> str:
    if isinstance(read, CardWord):
        return decode(read.word, read.bits, card_formats(["h10301"])).text
    return read.text if isinstance(read, Credential) else "refused"


def texts_of(card: Presentable) -> set[str]:
    """What a controller may call the card."""
    if isinstance(card, ProximityCard):
        return set(card.texts)
    if isinstance(card, VehicleTag):
        return {f"epc-96:{card.epc.hex()}"}
    assert isinstance(card, UidCard)
    return {f"uid-4:{card.uid.hex()}"}


def pieces_of(stream: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[start:end] for start, end in pairwise(at)]


@pytest.mark.parametrize("name", known_profiles())
@given(data=st.data(), cuts=st.lists(st.integers(min_value=0)))
def test_what_a_simulated_reader_sends_is_read_as_its_card_however_it_is_cut(
    name: str, data: st.DataObject, cuts: list[int]
) -> None:
    card = data.draw(SEEN_BY[name])
    decoder = SerialDecoder(load_profile(name))
    spoken = [one for piece in pieces_of(model(name).encode(card), cuts) for one in decoder.feed(piece)]
    spoken += decoder.silence()
    assert len(spoken) == 1
    assert text_of(spoken[0]) in texts_of(card)


@given(st.lists(st.tuples(BARE, EM4100)), BARE, st.lists(st.integers(min_value=0)))
def test_all_cards_are_read_whatever_stands_between(
    sent: list[tuple[bytes, ProximityCard]], tail: bytes, cuts: list[int]
) -> None:
    stream = b"".join(noise + model("rdm6300").encode(card) for noise, card in sent) + tail
    decoder = SerialDecoder(load_profile("rdm6300"))
    spoken = [one for piece in pieces_of(stream, cuts) for one in decoder.feed(piece)]
    assert [text_of(one) for one in spoken] == [card.texts[1] for _, card in sent]
    noise = b"".join(noise for noise, _ in sent) + tail
    bytes_of_noise = len(noise.translate(None, b"\r\n"))
    assert decoder.silence() == ([FrameRefused(ReadRefusal.NOISE, bytes_of_noise)] if bytes_of_noise else [])


@pytest.mark.parametrize("name", ["rdm6300", "em-18", "gwiot-7941", "uhf-ur", "uhf-m100", "wiegand-hex"])
@given(data=st.data())
def test_one_changed_byte_never_makes_another_card(name: str, data: st.DataObject) -> None:
    card = data.draw(SEEN_BY[name])
    frame = bytearray(model(name).encode(card))
    at = data.draw(st.integers(0, len(frame) - 1))
    frame[at] = data.draw(st.integers(0, 255))
    decoder = SerialDecoder(load_profile(name))
    for one in [*decoder.feed(bytes(frame)), *decoder.silence()]:
        assert isinstance(one, FrameRefused) or text_of(one) in texts_of(card)


@pytest.mark.parametrize("name", ["rdm6300", "em-18", "gwiot-7941", "uhf-ur", "uhf-m100", "wiegand-hex"])
@given(data=st.data())
def test_a_lost_byte_never_makes_another_card_of_two(name: str, data: st.DataObject) -> None:
    cards = [data.draw(SEEN_BY[name]) for _ in range(2)]
    stream = bytearray(b"".join(model(name).encode(card) for card in cards))
    del stream[data.draw(st.integers(0, len(stream) - 1))]
    decoder = SerialDecoder(load_profile(name))
    for one in [*decoder.feed(bytes(stream)), *decoder.silence()]:
        assert isinstance(one, FrameRefused) or text_of(one) in texts_of(cards[0]) | texts_of(cards[1])


@pytest.mark.parametrize("name", known_profiles())
@given(pieces=st.lists(st.binary(max_size=100)))
def test_garbage_never_harms_and_silence_ends_it(name: str, pieces: list[bytes]) -> None:
    decoder = SerialDecoder(load_profile(name))
    for piece in pieces:
        for one in decoder.feed(piece):
            assert not isinstance(one, FrameRefused) or one.length_bytes <= MAX_FRAME_BYTES
    decoder.silence()
    assert not decoder.is_amid
    assert decoder.silence() == []


@given(st.text(max_size=300))
def test_any_text_is_a_profile_and_a_format_or_a_named_error(text: str) -> None:
    with pytest.raises(BadProfileError):
        parse_profile(text)
    with pytest.raises(BadFormatError):
        parse_formats(text)
