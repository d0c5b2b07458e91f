import pytest

from contract.ids import ReaderId
from contract.site import Assurance
from drivers.ports import EM4100, Credential, CredentialRead, ReadRefusal, ReadRefused
from drivers.wiegand.decode import ParityError, UnknownFormatError, decode, read_word, understand, word_of
from drivers.wiegand.formats import BadFormatError, all_card_formats, card_formats, parse_formats
from simulators.cards import ProximityCard

GOOD = 'bits = 8\nnumber = "1-6"\nparity = [{ at = 0, kind = "even", over = "1-6" }]'


def test_the_first_format_that_accepts_the_bits_decides_between_two_of_one_length() -> None:
    word = int("0000001111110010111110100110101010101", 2)
    by_h10304 = decode(word, 37, card_formats(["h10304", "h10302"]))
    by_h10302 = decode(word, 37, card_formats(["h10302", "h10304"]))
    assert (by_h10304.facility, by_h10304.number) == (2021, 501418)
    assert (by_h10302.facility, by_h10302.format) == (None, "h10302")


def test_a_length_that_the_reader_may_not_read_is_an_unknown_format() -> None:
    with pytest.raises(UnknownFormatError):
        decode(1, 27, card_formats(["h10301", "n10002"]))


def test_any_single_wrong_bit_of_an_h10301_word_is_a_parity_error() -> None:
    card = ProximityCard.of(facility=13, number=4567).h10301
    word = word_of(card.data, card.count)
    for bit in range(card.count):
        with pytest.raises(ParityError):
            decode(word ^ 1 << bit, card.count, card_formats(["h10301"]))


def test_no_decimal_digit_is_above_nine() -> None:
    with pytest.raises(ParityError):
        decode(0xA << 33 | 0b11 << 3, 37, card_formats(["h10320"]))


def test_a_word_shorter_than_announced_is_refused() -> None:
    with pytest.raises(UnknownFormatError):
        word_of(b"\x01", 9)
    with pytest.raises(UnknownFormatError):
        word_of(b"", 0)


@pytest.mark.parametrize("name", sorted(all_card_formats()))
def test_card_bits_identify_and_never_authenticate(name: str) -> None:
    (card_format,) = card_formats([name])
    fixed = sum(rule.value for rule in card_format.fixed)
    understood = understand(fixed, card_format)
    assert understood.number is not None
    assert Credential(format=name, number=understood.number).assurance is Assurance.IDENTIFIED
    with pytest.raises(ValueError, match="prove nothing"):
        Credential(format=name, number=understood.number, assurance=Assurance.AUTHENTICATED)


def test_what_a_reader_may_not_read_comes_with_its_raw_bits_and_does_not_print_them() -> None:
    card = ProximityCard.of(facility=13, number=4567).h10301
    word = word_of(card.data, card.count)
    reader, formats = ReaderId("north-in"), card_formats(["h10301"])
    read = read_word(reader, word, 26, formats, 7)
    assert isinstance(read, CredentialRead)
    assert (read.credential.text, read.credential.assurance) == ("h10301:13:4567", Assurance.IDENTIFIED)
    unknown = read_word(reader, word, 27, formats, 7)
    assert unknown == ReadRefused(reader, ReadRefusal.UNKNOWN_FORMAT, 27, f"{word:027b}")
    wrong = read_word(reader, word ^ 1, 26, formats, 7)
    assert wrong == ReadRefused(reader, ReadRefusal.PARITY, 26, f"{word ^ 1:026b}")
    assert f"{word:b}" not in repr(unknown)


def test_a_format_is_called_by_its_name_in_any_case() -> None:
    assert card_formats(["H10301", "C1K35S"]) == card_formats(["h10301", "c1k35s"])
    assert card_formats(["c1k35s"])[0].published == "C1k35s"


def test_texts_are_canonical() -> None:
    assert Credential(format="h10301", facility=13, number=4567).text == "h10301:13:4567"
    assert Credential(format="h10302", number=4567).text == "h10302:4567"
    assert Credential(format="s12906", facility=93, number=7, issue=3).text == "s12906:93:7:3"
    assert Credential(format="c15001", facility=83, number=7, oem=255).text == "c15001:83:7:255"
    assert Credential(format=EM4100, number=0x0F0184F07A).text == "em4100:0f0184f07a"


def test_a_credential_does_not_print_its_number() -> None:
    assert "4567" not in f"{Credential(format='h10301', facility=13, number=4567)}"


def test_an_unknown_format_name_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(BadFormatError, match="h10301"):
        card_formats(["h10301", "nonsense"])


@pytest.mark.parametrize(
    "entry",
    [
        GOOD.replace("1-6", "1-8"),
        GOOD.replace('"1-6"', '"1,1"'),
        GOOD.replace('"1-6"', '"6-1"'),
        GOOD.replace('"1-6"', '"1-99999999999"'),
        GOOD.replace('"1-6"', '""'),
        GOOD.replace("at = 0", "at = 8"),
        GOOD.replace("at = 0", "at = -1"),
        GOOD.replace('"1-6"', '"one"'),
        GOOD.replace("even", "strange"),
        GOOD.replace("bits = 8", "bits = 0"),
        GOOD + '\ndigits = "bcd"',
        GOOD + '\nfixed = [{ bits = "0-1", value = 4 }]',
        GOOD + "\nunheard_of = 1",
    ],
)
def test_a_description_that_contradicts_itself_is_refused(entry: str) -> None:
    parse_formats('[[format]]\nname = "good"\n' + GOOD)
    with pytest.raises(BadFormatError):
        parse_formats('[[format]]\nname = "bad"\n' + entry)


def test_two_formats_of_one_name_are_refused() -> None:
    with pytest.raises(BadFormatError):
        parse_formats('[[format]]\nname = "a"\n' + GOOD + '\n[[format]]\nname = "A"\n' + GOOD)
