"""`sacs decode` as technicians and their scripts use it."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sacs.main import app

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "wiegand" / "vectors.csv"
# From the same source, for a clone without it.
PUBLIC = [
    {"format": "H10301", "bits": "26", "facility_code": "176", "card_number": "50587", "issue_level": "0", "oem": "0",
     "hex_right_aligned": "3618B36", "bad_parity_bit0_flipped_accepted": "no"},
    {"format": "S12906", "bits": "36", "facility_code": "93", "card_number": "2657097", "issue_level": "3", "oem": "0",
     "hex_right_aligned": "2EE511692", "bad_parity_bit0_flipped_accepted": "no"},
    {"format": "H10320", "bits": "37", "facility_code": "0", "card_number": "99999999", "issue_level": "0", "oem": "0",
     "hex_right_aligned": "133333332E", "bad_parity_bit0_flipped_accepted": "no"},
]  # fmt: skip
_RUNNER = CliRunner()


def vectors() -> list[dict[str, str]]:
    if not SHARED.exists():
        return PUBLIC
    with SHARED.open(encoding="utf-8", newline="") as text:
        return [*csv.DictReader(text), *PUBLIC]


def decode(*words: str, lines: str | bytes | None = None) -> Result:
    return _RUNNER.invoke(app, ["decode", *words], input=lines)


def answers(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.output.splitlines()]


def fit(answer: dict[str, object], name: str) -> dict[str, object]:
    assert isinstance(answer["formats"], list)
    (found,) = (one for one in answer["formats"] if one["format"] == name)
    assert isinstance(found, dict)
    return found


def test_every_published_encoding_is_decoded_in_its_format_among_all_of_its_length() -> None:
    rows = vectors()
    result = decode("-", lines="".join(f"{row['hex_right_aligned']} {row['bits']}\n" for row in rows))
    assert result.exit_code == 0
    decoded = answers(result)
    assert len(decoded) == len(rows)
    for row, answer in zip(rows, decoded, strict=True):
        found = fit(answer, row["format"])
        for name in ("facility_code", "card_number", "issue_level", "oem"):
            assert found[name] == int(row[name]), f"{row['format']} {name}"
        assert found["parity_ok"] is True


def test_a_wrong_parity_bit_is_shown_and_marked() -> None:
    rows = [row for row in vectors() if row["bad_parity_bit0_flipped_accepted"] != "n/a"]
    flipped = [int(row["hex_right_aligned"], 16) ^ 1 << int(row["bits"]) - 1 for row in rows]
    lines = "".join(f"{word:x} {row['bits']}\n" for word, row in zip(flipped, rows, strict=True))
    for row, answer in zip(rows, answers(decode("-", lines=lines)), strict=True):
        assert fit(answer, row["format"])["parity_ok"] is (row["bad_parity_bit0_flipped_accepted"] == "yes")


def test_one_word_is_shown_in_words_and_as_json() -> None:
    shown = decode("0x3618b36", "--bits", "26")
    assert shown.exit_code == 0
    assert "11011000011000101100110110" in shown.output
    assert "H10301" in shown.output
    assert "50587" in shown.output
    (answer,) = answers(decode("3618B36", "--bits", "26", "--json"))
    assert (answer["hex"], answer["bits"]) == ("3618B36", 26)
    assert fit(answer, "H10301")["card_number"] == 50587


def test_bits_from_the_left_of_bytes_are_the_same_card() -> None:
    refused = decode("D8C62D80", "--bits", "26")
    assert refused.exit_code == 1
    assert "it is 36318B6: say --left" in refused.stderr
    assert answers(decode("-", "--left", lines="D8C62D80 26\n")) == answers(decode("36318B6", "--bits", "26", "--json"))


@pytest.mark.parametrize("word", ["36318B6", "D8C62D8001", "D8C62D81"])
def test_what_is_not_filled_up_from_the_left_is_refused(word: str) -> None:
    refused = decode(word, "--bits", "26", "--left")
    assert refused.exit_code == 1
    assert "8 digits, filled up with zeros" in refused.stderr


def test_a_format_without_parity_does_not_claim_that_it_fits() -> None:
    lines = {line.split()[0]: line for line in decode("1", "--bits", "27").output.splitlines()[1:]}
    assert "no parity" in lines["ind27"]
    assert "parity fits" not in lines["ind27"]
    (answer,) = answers(decode("1", "--bits", "27", "--format", "ind27", "--json"))
    assert fit(answer, "ind27")["parity_ok"] is True


def test_leading_zeros_do_not_matter() -> None:
    short, long = (answers(decode(word, "--bits", "26", "--json")) for word in ("2", "0" * 600 + "2"))
    assert short == long
    assert fit(short[0], "H10301")["card_number"] == 1


def test_a_format_can_be_asked_for_in_any_case() -> None:
    (answer,) = answers(decode("1F5939C78C", "--bits", "37", "--format", "h10302", "--json"))
    assert isinstance(answer["formats"], list)
    assert [one["format"] for one in answer["formats"]] == ["H10302"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["3618B36"], "--bits N"),
        (["zz", "--bits", "26"], "'zz' is no number in hex"),
        (["-1", "--bits", "26"], "No such option"),
        (["1_0", "--bits", "26"], "no number in hex"),
        (["4000000", "--bits", "26"], "more than 26 bits"),
        (["1", "--bits", "0"], "1 to 512 bits, not 0"),
        (["1", "--bits", "513"], "1 to 512 bits, not 513"),
        (["1", "--bits", "26", "--format", "H10399"], "known are"),
        (["-", "--bits", "26"], "each line says its own number"),
    ],
)
def test_what_is_no_card_word_is_refused_in_words(words: list[str], says: str) -> None:
    refused = decode(*words)
    assert refused.exit_code in {1, 2}
    assert says in refused.stderr
    assert not refused.stdout


def test_a_length_that_nobody_described_has_a_status_of_its_own_and_shows_the_bits() -> None:
    unknown = decode("5", "--bits", "25")
    assert unknown.exit_code == 2
    assert f"{5:025b}" in unknown.output
    assert answers(decode("5", "--bits", "25", "--json"))[0]["formats"] == []
    assert decode("5", "--bits", "26", "--format", "H10302").exit_code == 2


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "empty line"),
        ("   ", "empty line"),
        ("3618B36", "1 words"),
        ("3618B36 26 26", "3 words"),
        ("3618B3G 26", "no number in hex"),
        ("3618B36 26.5", "no number of bits"),
        ("3618B36 -26", "no number of bits"),
        ("3618B36 9999999999", "no number of bits"),
        ("3618B36 25", "more than 25 bits"),
        ("3618B36 0", "1 to 512"),
        ("F" * 1_000_000 + " 512", "more than 512 bits"),
        ("é 26", "no number in hex"),
    ],
)
def test_a_bad_line_gets_its_error_and_the_others_their_answer(line: str, says: str) -> None:
    result = decode("-", lines=f"3618B36 26\n{line}\n2 26\n")
    assert result.exit_code == 1
    before, bad, after = answers(result)
    assert fit(before, "H10301")["card_number"] == 50587
    assert fit(after, "H10301")["card_number"] == 1
    assert says in str(bad["error"])
    assert (bad["line"], bad["formats"]) == (2, [])
    assert len(str(bad["error"])) < 200


def test_bytes_that_are_no_text_are_an_error_and_no_input_is_no_error() -> None:
    assert "error" in answers(decode("-", lines=b"\xff\xfe 26\n"))[0]
    nothing = decode("-", lines="")
    assert (nothing.exit_code, nothing.output) == (0, "")
