"""How `sacs doctor --cards` shows what was held up."""

import pytest

from contract.ids import ReaderId
from drivers.ports import Credential, CredentialRead, ReadRefusal, ReadRefused
from sacs.doctor_cards import tell_in_words

ENTRY = ReaderId("entry")


def test_bits_are_shown_with_every_format_and_the_command_that_shows_them_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell_in_words(ReadRefused(ENTRY, ReadRefusal.UNKNOWN_FORMAT, 26, f"{0x3618B36:026b}"))
    said = capsys.readouterr().out
    for words in ("reader entry", "sacs decode 3618B36 --bits 26", f"{0x3618B36:026b}", "H10301", "ind26", "50587"):
        assert words in said


def test_a_card_without_bits_of_its_own_and_a_read_that_failed_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    tell_in_words(CredentialRead(ENTRY, Credential(format="em4100", number=1), 0))
    tell_in_words(ReadRefused(ENTRY, ReadRefusal.BAD_CHECKSUM, 40))
    said = capsys.readouterr().out.splitlines()
    assert "em4100:0000000001 (identified" in said[0]
    assert "refused, bad_checksum, 40 bits" in said[1]
