"""The forms of plates beside plates of the kind that laws and authorities describe; each says which."""

import pytest

from contract.plates import canonical_plate
from edge.plates.syntax import BadSyntaxError, country_names, parse_countries, syntax_of

# Country, a plate of a series, and what describes such a one (from general knowledge of it, its text was not at hand).
PRINTED = [
    ("de", "B-MW 1234", "FZV annex 4, picture 1: district, recognition number"),
    ("de", "HH-AB 12 H", "FZV section 10 (1): historic vehicles bear H"),
    ("de", "M-XY 345 E", "FZV section 11: electric vehicles bear E"),
    ("at", "W 12345 A", "KFG 1967 section 48 (4) and KDV section 26"),
    ("at", "AM 123 AB", "KFG 1967 section 48 (4)"),
    ("ch", "ZH 123456", "VZV art. 84: canton and number"),
    ("fr", "AB-123-CD", "Arrete of 9 February 2009, art. 1"),
    ("fr", "1234 AB 75", "the series before 15 April 2009"),
    ("it", "AA 000 AA", "DPR 495/1992, first plate of the series of 1994"),
    ("es", "0000 BBB", "RD 2822/1998 annex XVIII, first plate of the series of 2000"),
    ("gb", "BD51 SMR", "DVLA, INF104: the specimen of the current system"),
    ("gb", "A123 BCD", "SI 2001/561 schedule 3, part II"),
    ("nl", "GB-001-B", "RDW, sidecode 9"),
    ("be", "1-AAA-001", "FPS Mobility, series of 2010"),
    ("dk", "AA 10 000", "Bekendtgorelse om nummerplader"),
    ("se", "ABC 12A", "Transportstyrelsen, series of 2019"),
    ("no", "EL 12345", "Forskrift om bruk av kjoretoy: electric"),
    ("pl", "WA 12345", "Dz.U. 2017 poz. 2355"),
    ("cz", "1A2 3456", "Decree 343/2014 Sb. annex"),
    ("sk", "BA-001AA", "Act 8/2009 Z. z. section 123"),
    ("hu", "AA AA-001", "Decree 326/2011 Korm., series of 2022"),
    ("hr", "ZG 1234-AB", "Rules on registration"),
    ("ro", "B 123 ABC", "Order MAI 1501/2006"),
    ("bg", "CA 1234 AB", "Ordinance I-45: Sofia"),
    ("us", "1ABC234", "California DMV, series of 1980"),
    ("us", "ABC 1234", "New York DMV, series of 2001"),
    ("us", "AB1 C2D", "Missouri DOR, series of 2008"),
    ("br", "ABC-1234", "CONTRAN 231/2007"),
    ("br", "ABC1D23", "CONTRAN 969/2022"),
]
NEVER_ISSUED = [
    ("de", "12-AB 34", "a district is letters"),
    ("de", "B-MW 0123", "a number begins with no 0"),
    ("fr", "AO-123-CD", "no O since 2009"),
    ("it", "QA 000 AA", "no Q"),
    ("es", "1234 ABC", "no vowels"),
    ("nl", "AB-001-B", "no vowels"),
    ("sk", "BA-01AAA", "three digits"),
    ("br", "AB-12345", "three letters"),
]


@pytest.mark.parametrize(("country", "plate", "source"), PRINTED)
def test_a_printed_plate_has_a_form_of_its_country_and_region(country: str, plate: str, source: str) -> None:
    assert syntax_of((country,)).fits(canonical_plate(plate)), source
    region = country if country in {"us", "br"} else "eu"
    assert syntax_of((region,)).fits(canonical_plate(plate))
    assert syntax_of(()).fits(canonical_plate(plate))


@pytest.mark.parametrize(("country", "plate", "why"), NEVER_ISSUED)
def test_what_a_country_never_issues_has_none_of_its_forms(country: str, plate: str, why: str) -> None:
    assert not syntax_of((country,)).fits(canonical_plate(plate)), why


def test_every_country_of_the_files_can_be_named() -> None:
    names = country_names()
    assert {"eu", "us", "br", "de", "at", "ch", "fr", "it"} <= set(names)
    for name in names:
        assert syntax_of((name,)).forms


def test_an_unknown_country_is_an_error_that_says_which_are_known() -> None:
    with pytest.raises(BadSyntaxError, match=r"'xx'; known are at, be.*us"):
        syntax_of(("eu", "xx"))


def test_several_countries_have_the_forms_of_all() -> None:
    both = syntax_of(("br", "sk"))
    assert both.fits("ABC1234")
    assert both.fits("BA123AA")
    assert not both.fits("0000BBB")
    assert both.bands == {"SK"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("countries = 1", "xx.toml"),
        ('[countries.xxx]\nname = "X"\nsource = "s"\nforms = [{ pattern = "AA99" }]', "two letters"),
        ('[countries.xx]\nname = "X"\nsource = "s"\nforms = []', "at least one form"),
        ('[countries.xx]\nname = "X"\nsource = "s"\nforms = [{ pattern = "Aq99" }]', "needs sets"),
        ('[countries.xx]\nname = "X"\nsource = "s"\nforms = [{ pattern = "dd99" }]', "needs sets"),
        ('[countries.xx]\nname = "X"\nsource = "s"\nforms = [{ pattern = "q9" }]\nsets = { q = "ab" }', "A-Z and 0-9"),
        ('[countries.xx]\nname = "X"\nsource = "s"\nforms = [{ pattern = "AA99", weight = 2.0 }]', "weight"),
        ('[countries.xx]\nname = "X"\nforms = [{ pattern = "AA99" }]', "source"),
        ("not toml at all", "xx.toml"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(BadSyntaxError, match=named):
        parse_countries(text, "xx.toml")
