"""Ways over the premises."""

from random import Random

from contract.ids import OUTSIDE, AccessPointId, AreaId
from contract.site import parse_site
from simulators.routes import Routes

SITE = parse_site(
    """
[[area]]
id = "yard"
[[area]]
id = "house"
[[area]]
id = "trap"
"""
    + "".join(
        f'[[access_point]]\nid = "{source}-{target}"\nfrom = "{source}"\nto = "{target}"\n'
        for source, target in (
            ("outside", "yard"), ("yard", "outside"), ("yard", "house"), ("house", "yard"),
            ("outside", "house"), ("house", "outside"), ("yard", "trap"), ("any", "house"),
        )
    )
)  # fmt: skip
ALL = [point.id for point in SITE.access_point]
YARD, HOUSE, TRAP = AreaId("yard"), AreaId("house"), AreaId("trap")


def drawn(source: AreaId, target: AreaId, allowed: list[AccessPointId]) -> set[tuple[AccessPointId, ...]]:
    routes, chance = Routes(SITE), Random(1)
    return {tuple(p.id for p in routes.draw(allowed, source, target, chance)) for _ in range(40)}


def test_the_two_shortest_lengths_are_used_and_all_routes_lead_there() -> None:
    assert drawn(OUTSIDE, HOUSE, ALL) == {("outside-house",), ("outside-yard", "yard-house")}
    assert drawn(HOUSE, OUTSIDE, ALL) == {("house-outside",), ("house-yard", "yard-outside")}


def test_a_route_uses_allowed_access_points_alone() -> None:
    allowed = [point for point in ALL if point != "outside-house"]
    assert drawn(OUTSIDE, HOUSE, allowed) == {("outside-yard", "yard-house")}


def test_where_no_way_leads_there_is_no_route() -> None:
    assert drawn(TRAP, OUTSIDE, ALL) == {()}
    assert drawn(YARD, YARD, ALL) == {()}
    assert drawn(OUTSIDE, HOUSE, []) == {()}


def test_nobody_is_sent_where_he_could_not_leave_again() -> None:
    assert Routes(SITE).destinations(ALL) == [HOUSE, YARD]
    no_way_out = [point for point in ALL if not point.endswith("-outside")]
    assert Routes(SITE).destinations(no_way_out) == []


def test_a_reader_that_only_says_now_here_is_no_way() -> None:
    assert "any-house" not in Routes(SITE).access_points
