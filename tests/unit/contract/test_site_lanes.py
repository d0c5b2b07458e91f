"""Lanes in the site file: what can not work is refused, and the message says what would."""

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
[[gate]]
id = "north"
[[gate.board]]
id = "io"
kind = "modbus"
device = "modbus"
profile = "waveshare-rtu-relay-d-8ch"
[[gate.portal]]
id = "boom"
kind = "barrier"
hardware = "io"
access_points = ["in", "out"]
"""
LANE = """
[[gate.lane]]
id = "lane-in"
access_point = "in"
portal = "boom"
hardware = "io"
presence_input = 2
clearance_input = 3
"""
BACK = (
    LANE.replace('"lane-in"', '"lane-out"').replace('"in"', '"out"').replace("presence_input = 2", "presence_input = 4")
)


def test_a_lane_for_each_direction_through_one_barrier() -> None:
    gate = parse_site(SITE + LANE + BACK).gate[0]
    assert [lane.access_point for lane in gate.lane] == ["in", "out"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SITE + LANE.replace('"io"', '"oi"'), "hardware 'oi', which gate north lacks"),
        (SITE + LANE + LANE.replace('"lane-in"', '"other"'), "share access_point in"),
        (SITE + LANE + BACK.replace("clearance_input = 3", "clearance_input = 5"), "by one clearance_input"),
        (SITE.replace('kind = "barrier"\n', "") + LANE, "needs a portal of kind barrier"),
        (SITE + "dps_input = -1\n" + LANE, "needs a dps_input"),
        (SITE + LANE + 'plate = "required"\n', "names no camera"),
        (SITE + LANE + "plate_within = [0.6, 0.1, 0.5, 0.9]\n", "lane-in has the plate_within.*left, top, right"),
        (SITE + LANE + "plate_within = [0, 0.5, 1, 0.52]\n", "no side is shorter"),
        (SITE + LANE + "plate_within = [0, 0, 1, 1.5]\n", "from 0 to 1"),
        (SITE + LANE + "plate_within = [0, 0, 1]\n", "plate_within"),
        (SITE + "stays_free = true\n" + LANE.replace("clearance_input = 3\n", ""), "boom.*stays_free.*clearance_input"),
        (SITE + LANE + 'reject_portal = "side"\n', "reject_portal 'side'"),
    ],
)
def test_what_can_not_work_is_refused(text: str, words: str) -> None:
    with pytest.raises(SiteFileError, match=words):
        parse_site(text)
