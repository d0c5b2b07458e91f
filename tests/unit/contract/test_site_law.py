"""Alert sources of a site file: who may open an emergency from outside."""

import pytest

from contract.site import SiteFileError, parse_site

BASE = "area = []\naccess_point = []\n"
KEY = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"


def source(name: str = "police", key: str = KEY) -> str:
    return f'[[alert_source]]\nid = "{name}"\nkey = "{key}"\n'


def test_a_source_has_a_name_and_a_key() -> None:
    (police,) = parse_site(BASE + source()).alert_source
    assert (police.id, police.key) == ("police", KEY)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (source(key="00"), "key"),
        (source("Police!"), "can not name a machine"),
        (source() + source(key="1" * 64), "alert_source police stands there more than once"),
        (source() + source("fire"), "has the key of another one"),
        ('[[alert_sorce]]\nid = "police"\n', "alert_source"),
    ],
)
def test_what_could_be_taken_for_another_is_refused(text: str, why: str) -> None:
    with pytest.raises(SiteFileError, match=why):
        parse_site(BASE + text)
