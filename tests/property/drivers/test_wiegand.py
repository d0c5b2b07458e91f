import contextlib

from hypothesis import given
from hypothesis import strategies as st

from drivers.wiegand.decode import CardBitsError, decode, word_of
from drivers.wiegand.formats import all_card_formats, card_formats
from simulators.cards import ProximityCard


@given(st.integers(0, 255), st.integers(0, 65535))
def test_what_a_simulated_card_sends_is_read_as_its_name(facility: int, number: int) -> None:
    card = ProximityCard.of(facility, number)
    bits = card.h10301
    credential = decode(word_of(bits.data, bits.count), bits.count, card_formats(["h10301"]))
    assert credential.text == card.texts[0]


@given(st.binary(max_size=64), st.integers(min_value=-1, max_value=600))
def test_any_bits_are_a_credential_or_a_named_error(data: bytes, bits: int) -> None:
    with contextlib.suppress(CardBitsError):
        decode(word_of(data, bits), bits, tuple(all_card_formats().values()))
