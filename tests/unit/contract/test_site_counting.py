"""Counting lines in the site file: what would accuse people falsely is refused, and the message says what would do."""

import pytest

from contract.site import SiteFileError, parse_site

SITE = """
[[area]]
id = "yard"
[[access_point]]
id = "in"
from = "outside"
to = "yard"
[[access_point]]
id = "out"
from = "yard"
to = "outside"
[[access_point]]
id = "back"
from = "yard"
to = "outside"
[[gate]]
id = "south"
[[gate.reader]]
id = "back"
kind = "osdp"
access_point = "back"
device = "line"
[[gate]]
id = "north"
[[gate.reader]]
id = "in"
kind = "osdp"
access_point = "in"
device = "line"
[[gate.portal]]
id = "door"
hardware = "in"
access_points = ["in", "out"]
"""
CAMERA = """
[[gate.camera]]
id = "{}"
counts = {{ begin = [0.5, 0.9], end = [0.5, 0.3], {} }}
"""


def test_each_way_is_counted_by_a_camera_of_its_own_or_both_by_one() -> None:
    both = CAMERA.format("eye", 'left = "out", right = "in"')
    apart = CAMERA.format("eye", 'right = "in"') + CAMERA.format("other", 'left = "out"')
    for text, cameras in ((both, 1), (apart, 2)):
        assert len(parse_site(SITE + text).gate[1].camera) == cameras


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            CAMERA.format("eye", 'left = "out", right = "in"') + CAMERA.format("other", 'left = "in"'),
            "cameras eye and other of gate north both count for access_point in: everybody would be counted twice",
        ),
        (CAMERA.format("eye", 'left = "in", right = "in"'), "eye has access_point in at both sides"),
        (CAMERA.format("eye", 'right = "back"'), "eye counts for access_point back, which is not at gate north"),
        (CAMERA.format("eye", 'right = "away"'), "'away', which is not in the file"),
    ],
)
def test_what_would_accuse_people_falsely_is_refused(text: str, words: str) -> None:
    with pytest.raises(SiteFileError, match=words):
        parse_site(SITE + text)
