"""Areas within areas, and muster points in the site file."""

import pytest

from contract.site import SiteFileError, parse_site

AREAS = '[[area]]\nid = "house"\n\n[[area]]\nid = "lab"\nwithin = "house"\n\n'
LAWN = '[[muster_point]]\nid = "lawn"\nareas = ["lab"]\n\n'
READER = '\n[[gate]]\nid = "north"\n[[gate.reader]]\nid = "r"\nkind = "osdp"\naccess_point = "p"\n'


def point(source: str, target: str, muster: str = "lawn") -> str:
    return f'[[access_point]]\nid = "p"\nfrom = "{source}"\nto = "{target}"\nmuster_point = "{muster}"\n'


def test_a_reader_at_a_muster_point_says_now_here() -> None:
    site = parse_site(AREAS + LAWN + point("any", "outside"))
    assert [area.within for area in site.area] == ["", "house"]
    assert (site.muster_point[0].area, site.muster_point[0].areas) == ("outside", ["lab"])
    assert site.access_point[0].muster_point == "lawn"


@pytest.mark.parametrize("asks", ["pin = true", 'requires = "authenticated"'])
def test_a_muster_point_counts_whoever_has_any_card(asks: str) -> None:
    with pytest.raises(SiteFileError, match="whoever got out is counted there by any card"):
        parse_site(AREAS + LAWN + point("any", "outside") + asks + READER)


def test_nothing_opens_at_a_muster_point() -> None:
    portal = '[[gate.portal]]\nid = "door"\nhardware = "r"\naccess_points = ["p"]\n'
    with pytest.raises(SiteFileError, match="nothing opens there"):
        parse_site(AREAS + LAWN + point("any", "outside") + READER + portal)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('[[area]]\nid = "a"\nwithin = "b"\n' + point("outside", "a", ""), "area a lies within 'b'"),
        (
            '[[area]]\nid = "a"\nwithin = "b"\n[[area]]\nid = "b"\nwithin = "a"\n' + point("outside", "a", ""),
            "lies within itself",
        ),
        (
            AREAS + '[[muster_point]]\nid = "lawn"\nareas = ["cellar"]\n' + point("any", "outside"),
            "names area 'cellar'",
        ),
        (AREAS + LAWN + point("any", "outside", "roof"), "names muster_point 'roof'"),
        (AREAS + LAWN + point("house", "outside"), "needs from = 'any' and to = 'outside'"),
        (AREAS + LAWN + LAWN + point("any", "outside"), "stands there more than once"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(text: str, wrong: str) -> None:
    with pytest.raises(SiteFileError, match=wrong):
        parse_site(text)
