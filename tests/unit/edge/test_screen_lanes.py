"""Vehicles on the officer's screen: what is said and offered, and that a vehicle is forgotten when it is gone."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

import simulators
from contract.clock import NS_PER_S
from contract.events import DenialReason, Expected, TurnedAway
from contract.ids import AccessPointId, EdgeId, LaneId
from contract.screen import Face, Faces, ScreenOrder, pack_faces
from contract.site import parse_site
from edge.domain.acting import ActResult
from edge.domain.vehicles.plates import Candidate
from edge.domain.vehicles.shown import Boom, Clearance, LaneShown, Needs, Phase, Unwatched
from edge.screen import CATALOGUES
from edge.screen.beside import ScreenSettings
from edge.screen.lane_view import differs, lanes_view, needs_decision
from edge.screen.lane_words import BOOMS, CLEARANCES, DECIDE, EXPECTED, LANE_RESULTS, NEEDS, PHASES, TURN_AWAY
from edge.screen.page import Page
from edge.screen.showing import HINT_NS, SILENT_NS, Showing
from edge.screen.wire import Begin, Crossed, Read
from edge.technician import Outcome
from web import CATALOGUES as WEB_CATALOGUES
from web.i18n import load_languages

DEMO = Path(simulators.__file__).parent / "sites" / "demo.toml"
SECRET = bytes(32)
CARD, ADA = "h10301:13:4567", Face("Ada Quartermaine", "delegate", b"photo")
NOW_S = 1_800_000_000
BOOT_NS = 77 * NS_PER_S
STANDS = LaneShown(
    LaneId("lane-in"), "Garage, in", AccessPointId("in"), False, Phase.STANDS, visit=3, needs=(Needs.OCCUPANTS,),
    plate="W1234X", confidence_percent=96, expected=Expected.PERMITTED, jpeg=b"jpeg", driver=CARD, boom=Boom.DOWN,
    clearance=Clearance.CLEAR,
)  # fmt: skip
GONE = LaneShown(LaneId("lane-in"), "Garage, in", AccessPointId("in"), False, Phase.EMPTY)


def showing(lease_s: int = 60) -> Showing:
    made = Showing()
    order = ScreenOrder(EdgeId("north"), 1, NOW_S + lease_s, SECRET, b"", 0, [])
    made.take_order(order, Faces(SECRET, pack_faces(SECRET, [(CARD, ADA)])))
    made.take_tick(NOW_S * NS_PER_S, BOOT_NS)
    return made


def read(point: str = "in") -> Read:
    return Read(1, 0, AccessPointId(point), CARD, Outcome.VEHICLE_WAITS, None, "", is_vehicle=False)


def view(shown: LaneShown) -> dict[str, Any]:
    made = showing()
    made.take_lane(shown)
    return dict(lanes_view(made.vehicles(BOOT_NS), str)[0])


def but(**changed: object) -> LaneShown:
    return msgspec.structs.replace(STANDS, **changed)


def test_every_code_has_words() -> None:
    assert set(PHASES) == set(Phase)
    assert set(NEEDS) == set(Needs)
    assert set(DECIDE) == set(TurnedAway)
    assert set(TURN_AWAY) == set(TurnedAway) - {TurnedAway.LEFT_BY_ITSELF}
    assert set(EXPECTED) == set(Expected)
    assert set(BOOMS) == set(Boom)
    assert set(CLEARANCES) == set(Clearance)
    assert set(LANE_RESULTS) < set(ActResult)


def test_plate_picture_and_driver_are_shown_while_the_vehicle_stands_there_and_no_longer() -> None:
    made = showing()
    made.take_lane(STANDS)
    (vehicle,) = made.vehicles(BOOT_NS)
    assert vehicle.face == ADA
    assert made.picture(vehicle.picture_id, BOOT_NS) == b"jpeg"
    assert made.picture(vehicle.face_id, BOOT_NS) == b"photo"
    assert not {"W1234X", CARD, "Ada"} & set(repr(vehicle).replace("'", " ").split())
    made.take_lane(GONE)
    assert made.picture(vehicle.picture_id, BOOT_NS) is None
    assert made.picture(vehicle.face_id, BOOT_NS) is None
    (lane,) = made.vehicles(BOOT_NS)
    assert (lane.shown.plate, lane.shown.driver, lane.shown.jpeg, lane.face) == ("", "", b"", None)


def test_a_lane_keeps_its_place_on_the_page_whichever_the_gate_tells_of_first() -> None:
    made = showing()
    made.take_lane(but(lane=LaneId("lane-out"), access_point=AccessPointId("out")))
    made.take_lane(STANDS)
    languages = load_languages(WEB_CATALOGUES, CATALOGUES)
    points = {AccessPointId("in"): "Garage, in", AccessPointId("out"): "Garage, out"}
    html = Page(languages["en"], [*languages.values()], Begin(0, "Garage", points, [], [])).lanes(made, BOOT_NS)
    assert 0 < html.index('id="lane-lane-in"') < html.index('id="lane-lane-out"')


def test_pictures_get_other_names_with_another_vehicle_or_picture() -> None:
    made = showing()
    names = []
    for shown in (STANDS, but(boom=Boom.UP), but(jpeg=b"other"), but(visit=4, jpeg=b"other")):
        made.take_lane(shown)
        names += [(vehicle.picture_id, vehicle.face_id) for vehicle in made.vehicles(BOOT_NS)]
    assert names[0] == names[1]
    assert (names[1][0] != names[2][0], names[1][1] == names[2][1]) == (True, True)
    assert not set(names[2]) & set(names[3])


def test_no_driver_without_a_lease_and_no_vehicle_of_a_silent_gate() -> None:
    made = showing(lease_s=1)
    made.take_lane(STANDS)
    late_ns = BOOT_NS + NS_PER_S
    assert [vehicle.face for vehicle in made.vehicles(late_ns)] == [None]
    assert made.vehicles(BOOT_NS + SILENT_NS + 1) == []


def test_a_drivers_card_is_shown_with_his_vehicle_and_not_once_more() -> None:
    made = showing()
    made.take_lane(GONE)
    made.take_read(read(), BOOT_NS, is_watched=True)
    assert made.shown(BOOT_NS) is not None, "a card before its vehicle"
    made.take_lane(STANDS)
    assert made.shown(BOOT_NS) is None
    made.take_read(read(), BOOT_NS, is_watched=True)
    assert made.shown(BOOT_NS) is None
    made.take_read(read("door"), BOOT_NS, is_watched=True)
    assert made.shown(BOOT_NS) is not None, "whoever walks in beside it"
    made.take_lane(but(phase=Phase.OPENED))
    made.take_read(read(), BOOT_NS, is_watched=True)
    assert made.shown(BOOT_NS) is not None, "the card of the next vehicle"


def test_the_usual_vehicle_asks_for_one_touch() -> None:
    lane = view(STANDS)
    assert (lane["asks_count"], lane["asks_plate"], lane["decides"]) == (True, False, False)
    assert (lane["plate"], lane["confidence"], lane["is_unsure"], lane["expected_sign"]) == (
        "W1234X",
        96,
        False,
        "good",
    )
    assert (lane["driver"], lane["missing"]) == ("Ada Quartermaine", [NEEDS[Needs.OCCUPANTS]])


def test_an_unknown_plate_is_the_officers_with_what_is_near_as_a_hint() -> None:
    shown = but(
        needs=(Needs.OFFICER, Needs.OCCUPANTS), why=TurnedAway.PLATE, expected=Expected.UNKNOWN, near=("W1Z34X",),
        candidates=(Candidate("W1Z34X", 20), Candidate("VV1234X", 10)), confidence_percent=70,
    )  # fmt: skip
    lane = view(shown)
    assert lane["headline"] == f"{NEEDS[Needs.OFFICER]}: {EXPECTED[Expected.UNKNOWN]}"
    assert (lane["decides"], lane["asks_plate"], lane["asks_count"], lane["is_unsure"]) == (True,) * 4
    assert (lane["near"], lane["others"]) == (["W1Z34X"], ["VV1234X"])
    assert [code for code, _ in lane["because"]] == ["vehicle-checked"], "the driver keeps his own grant"
    assert lane["away"][0][0] == "plate"
    assert not view(msgspec.structs.replace(shown, needs=(Needs.OFFICER,), occupants=0))["asks_count"]


def test_a_plate_that_was_not_read_for_sure_is_the_officers_to_compare() -> None:
    lane = view(but(needs=(Needs.OFFICER,), why=TurnedAway.PLATE, confidence_percent=40))
    assert lane["headline"] == f"{NEEDS[Needs.OFFICER]}: {DECIDE[TurnedAway.PLATE]}"
    assert (lane["decides"], lane["asks_plate"], lane["is_unsure"]) == (True,) * 3


def test_a_refused_driver_is_the_officers_unless_he_may_not_let_him_in() -> None:
    shown = but(needs=(Needs.DRIVER,), why=TurnedAway.DRIVER, refused=DenialReason.PASS_EXPIRED)
    assert len(view(shown)["because"]) > 1
    assert view(shown)["asks_count"]
    blocked = view(msgspec.structs.replace(shown, objection=ActResult.PASS_BLOCKED.value))
    assert (blocked["asks_count"], bool(blocked["objection"])) == (False, True)


def test_a_refused_card_hides_neither_the_plate_nor_that_a_delivery_is_expected() -> None:
    refused = but(why=TurnedAway.DRIVER, refused=DenialReason.UNKNOWN_CREDENTIAL, near=("W1Z34X",))
    needs = (Needs.OFFICER, Needs.DRIVER)
    both = view(msgspec.structs.replace(refused, needs=needs, expected=Expected.UNKNOWN))
    assert both["headline"] == "Your decision: Unknown plate, the driver's card was refused"
    assert (both["asks_plate"], both["missing"]) == (True, [])
    delivery = view(msgspec.structs.replace(refused, needs=(Needs.DRIVER,), expected=Expected.DELIVERY))
    assert delivery["headline"] == "Your decision: Delivery, expected now, the driver's card was refused"
    assert (delivery["asks_plate"], delivery["missing"]) == (False, [])


def test_of_one_that_is_turned_away_nothing_is_asked_and_it_is_not_said_to_be_permitted() -> None:
    lane = view(but(phase=Phase.TURNED_AWAY, needs=(Needs.PLATE, Needs.OCCUPANTS)))
    assert (lane["asks_count"], lane["asks_plate"], lane["decides"], lane["expected"]) == (False, False, False, "")


def test_an_expected_delivery_needs_no_drivers_card_to_be_offered() -> None:
    delivery = but(needs=(Needs.DRIVER,), driver="", expected=Expected.DELIVERY)
    assert needs_decision(delivery)
    assert not needs_decision(msgspec.structs.replace(delivery, expected=Expected.PERMITTED))
    assert not needs_decision(msgspec.structs.replace(delivery, phase=Phase.TURNED_AWAY))


@pytest.mark.parametrize(
    ("came_with", "beside", "needs", "is_other"),
    [(3, 1, (), True), (1, 3, (), True), (2, 2, (), False), (None, 1, (), False), (2, None, (), False),
     (2, 0, (Needs.BADGES,), False)],
)  # fmt: skip
def test_whoever_leaves_with_others_than_he_came_with_is_told_loudly(
    came_with: int | None, beside: int | None, needs: tuple[Needs, ...], is_other: bool
) -> None:
    assert differs(but(came_with=came_with, beside=beside, needs=needs)) is is_other


@pytest.mark.parametrize("phase", [Phase.EMPTY, Phase.UNKNOWN, Phase.OPENED, Phase.UNDER])
def test_nothing_is_offered_where_nothing_can_be_done(phase: Phase) -> None:
    assert not view(but(phase=phase, why=TurnedAway.PLATE))["is_undecided"]


def test_hints_of_cameras_go_after_a_while() -> None:
    made = showing()
    crossed = Crossed(AccessPointId("in"), 3, 2)
    made.take_crossing(crossed, BOOT_NS)
    assert made.hints(BOOT_NS + HINT_NS - 1) == [crossed]
    assert made.hints(BOOT_NS + HINT_NS) == []


def test_people_in_lanes_can_be_counted_by_hand() -> None:
    site = parse_site(DEMO.read_text(encoding="utf-8"))
    told = ScreenSettings.of(0, site.gate_of(EdgeId("garage")), site.access_point)
    assert {way.point: (way.is_lane, way.is_out) for way in told.ways} == {
        "garage-in": (True, False),
        "garage-out": (True, True),
    }


def test_a_board_that_was_away_and_a_camera_without_a_picture_are_said_in_words() -> None:
    assert (view(STANDS)["unwatched"], view(STANDS)["is_blind"]) == ("", False)
    assert "show their cards again" in view(but(unwatched=Unwatched.CARDS))["unwatched"]
    assert "look whether" in view(msgspec.structs.replace(GONE, unwatched=Unwatched.LET_THROUGH))["unwatched"]
    assert view(but(is_blind=True))["is_blind"]
