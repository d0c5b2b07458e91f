"""What the page says of a lane, and what it offers the officer to do about the vehicle there, in one language.

Belongs here: from a LaneShown to what the template prints. Does not belong here: what may be shown (showing.py), words
(lane_words.py).
"""

from collections.abc import Callable, Iterable
from typing import Final

from contract.events import AdmittedBecause, Expected, TurnedAway
from edge.domain.acting import MOST_OCCUPANTS, MOST_PLATE, ActResult
from edge.domain.vehicles.shown import LaneShown, Needs, Phase
from edge.screen.lane_words import (
    BOOMS,
    CLEARANCES,
    DECIDE,
    EXPECTED,
    NEEDS,
    PHASES,
    REJECT_LANE,
    TURN_AWAY,
    UNWATCHED,
)
from edge.screen.vehicles import Vehicle
from edge.screen.words import BECAUSE, REASONS, RESULTS

COMPARE_BELOW_PERCENT: Final = 85
"""Below this confidence the page asks to compare the plate with the vehicle."""
QUICK_OCCUPANTS: Final = 4
"""So many occupants are one touch."""
_GOOD: Final = frozenset({Expected.PERMITTED, Expected.DELIVERY})
_ON_ITS_WAY: Final = frozenset({Phase.OPENED, Phase.UNDER})
_SIGNS: Final = {
    Phase.EMPTY: "calm",
    Phase.STANDS: "info",
    Phase.OPENED: "good",
    Phase.UNDER: "good",
    Phase.TURNED_AWAY: "severe",
    Phase.UNKNOWN: "warn",
}

Say = Callable[[str], str]


def lanes_view(vehicles: Iterable[Vehicle], say: Say) -> list[dict[str, object]]:
    """Return what the template `lanes.html` prints."""
    return [_lane(vehicle, say) for vehicle in vehicles]


def needs_decision(shown: LaneShown) -> bool:
    """Tell whether the officer's word is what a vehicle waits for: offered at once, and not behind another touch.

    An expected delivery is one: whoever drives it has no card.
    """
    if shown.phase is not Phase.STANDS:
        return False
    is_delivery = Needs.DRIVER in shown.needs and shown.expected is Expected.DELIVERY
    return Needs.OFFICER in shown.needs or shown.why is not None or is_delivery


def differs(shown: LaneShown) -> bool:
    """Tell whether a vehicle leaves with others than it came with. Cards that may still come are waited for."""
    if shown.came_with is None or shown.beside is None or Needs.BADGES in shown.needs:
        return False
    return shown.beside != shown.came_with


def _lane(vehicle: Vehicle, say: Say) -> dict[str, object]:
    shown = vehicle.shown
    is_undecided = shown.phase in {Phase.STANDS, Phase.TURNED_AWAY}
    headline = _headline(shown, say)
    missing = [say(NEEDS[need]) for need in shown.needs if _is_missing(shown, need)]
    return {
        "id": shown.lane,
        "visit": shown.visit,
        "point": shown.access_point,
        "name": shown.name,
        "is_out": shown.is_out,
        "is_there": shown.phase not in {Phase.EMPTY, Phase.UNKNOWN},
        "sign": "warn" if needs_decision(shown) else _SIGNS[shown.phase],
        "headline": headline,
        "missing": missing,
        "is_overdue": shown.is_overdue,
        "is_blind": shown.is_blind,
        "unwatched": "" if shown.unwatched is None else say(UNWATCHED[shown.unwatched]),
        "picture": f"/picture/{vehicle.picture_id}" if shown.jpeg else "",
        **_plate(shown, say),
        **_driver(vehicle, say),
        "badged": shown.badged,
        "beside": shown.beside,
        "trailer": shown.trailer,
        "came_with": shown.came_with,
        "differs": differs(shown),
        "boom": say(BOOMS[shown.boom]),
        "clearance": say(CLEARANCES[shown.clearance]),
        **_acts(shown, is_undecided, say),
    }


def _headline(shown: LaneShown, say: Say) -> str:
    if shown.phase is Phase.TURNED_AWAY and shown.has_reject:
        return say(REJECT_LANE)
    if not needs_decision(shown):
        return say(PHASES[shown.phase])
    return f"{say(NEEDS[Needs.OFFICER])}: {say(', ').join(say(each) for each in _because(shown))}"


def _because(shown: LaneShown) -> list[str]:
    """Why an officer has to decide. A refused card does not hide what is wrong, or known, about the plate."""
    if shown.why is not None and shown.why not in {TurnedAway.PLATE, TurnedAway.DRIVER}:
        return [DECIDE[shown.why]]
    because = []
    if _is_plate_asked(shown) and shown.expected in _GOOD:
        because.append(DECIDE[TurnedAway.PLATE])
    elif _is_plate_asked(shown) or shown.expected is Expected.DELIVERY:
        because.append(EXPECTED[shown.expected])
    return because + ([DECIDE[TurnedAway.DRIVER]] if shown.why is TurnedAway.DRIVER else [])


def _is_plate_asked(shown: LaneShown) -> bool:
    """Tell whether the officer has to say something about the plate."""
    is_beside_driver = shown.why is TurnedAway.DRIVER and Needs.OFFICER in shown.needs
    return shown.phase is Phase.STANDS and (shown.why is TurnedAway.PLATE or is_beside_driver)


def _is_missing(shown: LaneShown, need: Needs) -> bool:
    """Tell whether the gate waits for it: not for the card of whoever was refused, or of whoever delivers."""
    is_decided = need is Needs.DRIVER and needs_decision(shown)
    return shown.phase is Phase.STANDS and need is not Needs.OFFICER and not (is_decided and _has_no_card(shown))


def _has_no_card(shown: LaneShown) -> bool:
    return shown.refused is not None or shown.expected is Expected.DELIVERY


def _plate(shown: LaneShown, say: Say) -> dict[str, object]:
    near = list(shown.near)
    others = [each.plate for each in shown.candidates if each.plate not in {shown.plate, *near}]
    return {
        "plate": shown.plate,
        "confidence": shown.confidence_percent,
        "is_typed": shown.is_typed,
        "is_unsure": bool(shown.plate) and shown.confidence_percent < COMPARE_BELOW_PERCENT,
        "confirms": bool(shown.plate) and not shown.is_typed,
        "has_camera": shown.has_camera,
        "expected": "" if shown.phase is Phase.TURNED_AWAY else say(EXPECTED[shown.expected]),
        "expected_sign": "good" if shown.expected in _GOOD else "calm" if shown.expected is Expected.UNREAD else "warn",
        "near": near,
        "others": others,
        "most_plate": MOST_PLATE,
    }


def _driver(vehicle: Vehicle, say: Say) -> dict[str, object]:
    shown, face = vehicle.shown, vehicle.face
    return {
        "has_card": bool(shown.driver),
        "driver": "" if face is None else face.name,
        "category": "" if face is None else face.category,
        "photo": f"/picture/{vehicle.face_id}" if face is not None and face.photo else "",
        "refused": "" if shown.refused is None else say(REASONS[shown.refused]),
    }


def _acts(shown: LaneShown, is_undecided: bool, say: Say) -> dict[str, object]:  # noqa: FBT001  one of two questions
    is_named = bool(shown.driver) and shown.refused is None
    checked = AdmittedBecause.VEHICLE_CHECKED
    because = [checked] if is_named else [checked, *(each for each in BECAUSE if each is not checked)]
    away = [each for each in TURN_AWAY if each is not shown.why]
    first = shown.why if shown.why in TURN_AWAY else None
    decides, stands = needs_decision(shown), shown.phase is Phase.STANDS
    is_uncounted = shown.occupants is None and not shown.objection
    return {
        "is_undecided": is_undecided,
        "decides": decides,
        "asks_count": stands and (Needs.OCCUPANTS in shown.needs or (decides and is_uncounted)),
        "asks_plate": stands and (Needs.PLATE in shown.needs or _is_plate_asked(shown)),
        "counts": range(QUICK_OCCUPANTS + 1),
        "most": MOST_OCCUPANTS,
        "occupants": shown.occupants,
        "objection": say(RESULTS[ActResult(shown.objection)]) if shown.objection else "",
        "because": [(each.value, say(BECAUSE[each])) for each in because],
        "away": [(each.value, say(TURN_AWAY[each])) for each in ([first] if first else []) + away],
        "is_away": shown.phase is Phase.TURNED_AWAY,
    }
