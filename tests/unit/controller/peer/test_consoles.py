"""Where browsers find the controllers: what each says of itself, as far as it can be true."""

from types import SimpleNamespace
from typing import Any

import pytest

from contract.ids import ControllerId
from controller.service.site.consoles import Consoles

OWN, OTHER = ControllerId("own"), ControllerId("other")


def consoles(own: str) -> Consoles:
    listed: Any = SimpleNamespace(controller=OWN, peers=[SimpleNamespace(controller=OTHER)])
    made = Consoles(listed)
    made.serve(own)
    return made


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://A.example.org:443/", "https://a.example.org"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
    ],
)
def test_an_origin_is_as_browsers_say_it(address: str, origin: str) -> None:
    assert consoles(address).own == origin


def test_another_one_is_known_by_what_it_says() -> None:
    ours = consoles("https://a.example.org/")
    assert ours.others() == {}
    ours.hear(OTHER, "https://b.example.org:8443")
    ours.hear(ControllerId("stranger"), "https://c.example.org")
    assert ours.others() == {OTHER: "https://b.example.org:8443"}


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "javascript:alert(1)",
        "https://b.example.org/path",
        "http://b.example.org",
        "https://x:99999",
        "b",
        "https://*",
        "https://b;script-src-elem *",
        "https://b 'unsafe-inline'",
    ],
)
def test_what_is_no_origin_or_less_secret_is_not_taken(bad: str) -> None:
    ours = consoles("https://a.example.org/")
    ours.hear(OTHER, bad)
    assert ours.others() == {}
