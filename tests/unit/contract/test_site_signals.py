"""Sirens and relays in the site file, and machines that an order can hold free."""

import pytest

from contract.plans import Plan
from contract.site import SiteFileError, parse_site

GATE = """
[[area]]
id = "hall"
[[access_point]]
id = "in"
from = "outside"
to = "hall"
[[gate]]
id = "north"
[[gate.reader]]
id = "r-in"
kind = "osdp"
access_point = "in"
"""
SIREN = '[[gate.signal]]\nid = "siren"\nhardware = "r-in"\noutput = 1\nplans = ["evacuate", "relocate"]\n'


def test_a_signal_says_for_what_it_sounds_and_is_silent_in_drills_unless_told() -> None:
    (signal,) = parse_site(GATE + SIREN).gate[0].signal
    assert (signal.plans, signal.in_drills) == ([Plan.EVACUATE, Plan.RELOCATE], False)
    assert parse_site(GATE + SIREN + "in_drills = true").gate[0].signal[0].in_drills


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (GATE + SIREN.replace('"r-in"', '"horn"'), "signal siren names hardware 'horn'"),
        (GATE + SIREN + SIREN, "signal siren stands there more than once"),
        (GATE + SIREN.replace("evacuate", "fire"), "Invalid enum value 'fire'"),
        (GATE + SIREN.replace('"evacuate", "relocate"', ""), "length >= 1"),
        (
            GATE + '[[gate.portal]]\nid = "door"\nhardware = "r-in"\naccess_points = ["in"]\nstays_free = true\n',
            "door has a strike, which an order holds released anyway",
        ),
    ],
)
def test_what_can_not_be_is_refused_with_its_remedy(text: str, wrong: str) -> None:
    with pytest.raises(SiteFileError, match=wrong):
        parse_site(text)
