"""The demo's made-up officer: he reads the screen's own page, and leaves to others what has to be judged."""

import msgspec

from contract.clock import NS_PER_S
from contract.events import Expected, TurnedAway
from contract.ids import AccessPointId, LaneId
from edge.domain.vehicles.shown import LaneShown, Needs, Phase
from edge.screen import CATALOGUES
from edge.screen.page import Page
from edge.screen.showing import Showing
from edge.screen.wire import Begin
from sacs.demo.stand_in import Standing, seen_in, standing
from simulators.vehicles import Sighting, VehicleKind, Where
from web import CATALOGUES as WEB_CATALOGUES
from web.i18n import load_languages

NOW_NS = 77 * NS_PER_S
USUAL = LaneShown(
    LaneId("garage-in"), "Garage, in", AccessPointId("in"), False, Phase.STANDS, visit=3, needs=(Needs.OCCUPANTS,),
    plate="MAB1234", confidence_percent=96, expected=Expected.PERMITTED, driver="h10301:13:4567",
)  # fmt: skip
OUT = msgspec.structs.replace(USUAL, lane=LaneId("garage-out"), access_point=AccessPointId("out"), is_out=True, visit=9)


def page(*lanes: LaneShown) -> str:
    showing = Showing()
    showing.take_tick(1_800_000_000 * NS_PER_S, NOW_NS)
    for lane in lanes:
        showing.take_lane(lane)
    languages = load_languages(WEB_CATALOGUES, CATALOGUES)
    made = Page(
        languages["en"],
        [*languages.values()],
        Begin(0, "Garage", {USUAL.access_point: "in", OUT.access_point: "out"}, [], []),
    )
    return made.lanes(showing, NOW_NS)


def record(*seen: tuple[str, Where, int]) -> bytes:
    return b"".join(
        msgspec.json.encode(
            Sighting(
                at_ns=1, lane=LaneId(lane), where=where, plate="MAB1234", country="de", kind=VehicleKind.VAN,
                persons=persons, trailer=persons == 4,
            )
        )
        + b"\n"
        for lane, where, persons in seen
    )  # fmt: skip


def test_he_sees_every_vehicle_that_only_waits_to_be_counted() -> None:
    assert standing(page(USUAL, OUT)) == [Standing(LaneId("garage-in"), 3), Standing(LaneId("garage-out"), 9)]


def test_he_leaves_alone_what_has_to_be_judged_what_is_counted_and_what_is_gone() -> None:
    for changed in (
        {"needs": (Needs.OFFICER,), "why": TurnedAway.PLATE},
        {"occupants": 2},
        {"phase": Phase.OPENED},
        {"phase": Phase.EMPTY, "visit": 0},
    ):
        assert standing(page(msgspec.structs.replace(USUAL, **changed))) == []


def test_he_counts_who_sits_in_the_vehicle_on_the_loop_also_where_the_record_is_cut() -> None:
    kept = record(("garage-in", Where.LOOP, 2), ("garage-in", Where.THROUGH, 2), ("garage-in", Where.LOOP, 4))
    kept += record(("garage-out", Where.BACKED_OUT, 1)) + b'{"at_ns": 1, "la'
    assert seen_in(kept[15:], LaneId("garage-in")) == (4, True)
    assert seen_in(kept, LaneId("garage-out")) is None
    assert seen_in(kept, LaneId("nowhere")) is None
