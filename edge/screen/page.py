"""The screen's pages in one language.

Belongs here: rendering. Does not belong here: what may be shown (showing.py), or routes (app.py).
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from contract.events import AdmittedBecause
from edge.domain.acting import (
    MOST_OCCUPANTS,
    MOST_UNNAMED,
    RECORDED,
    Act,
    ActResult,
    Admit,
    CountOccupants,
    CountUnnamed,
    EnterOccupants,
    LaneAct,
    PassVehicle,
)
from edge.screen import TEMPLATES
from edge.screen.lane_view import QUICK_OCCUPANTS, lanes_view
from edge.screen.lane_words import LANE_RESULTS
from edge.screen.showing import Showing, Shown, Standing
from edge.screen.wire import Begin
from edge.screen.words import BECAUSE, DONE, OUTCOMES, REASONS, RESULTS, STANDINGS, TROUBLES, say
from edge.technician import Outcome, SignalState
from web.i18n import Language
from web.templating import environment

_SIGNS = {Outcome.GRANTED: "good", Outcome.COUNTED: "good", Outcome.DENIED: "severe"}
_QUICK_UNNAMED: Final = 5
_OF_VEHICLES: Final = {AdmittedBecause.VEHICLE_CHECKED}


class Answer(msgspec.Struct, frozen=True):
    """What the page says to an act."""

    said: str
    done: bool


class Page:
    """Renders. `begin`: names of the gate, its access points and ways."""

    def __init__(self, language: Language, languages: Sequence[Language], begin: Begin) -> None:
        self._language = language
        self._begin = begin
        made = environment(language, TEMPLATES)
        made.globals.update(languages=languages, gate=begin.gate)
        self._whole = made.get_template("screen.html")
        self._sign_in = made.get_template("sign-in.html")
        self._now = made.get_template("now.html")
        self._lanes = made.get_template("lanes.html")
        self._reasons = [(code.value, self._say(text)) for code, text in BECAUSE.items() if code not in _OF_VEHICLES]

    def whole(self, showing: Showing, boottime_ns: int) -> str:
        """Return the page for whoever is signed in."""
        return self._whole.render(
            now=self.now(showing, boottime_ns),
            lanes=self.lanes(showing, boottime_ns),
            ways=self._begin.ways,
            doors=[way for way in self._begin.ways if not way.is_lane],
            reasons=self._reasons,
            amounts=range(1, _QUICK_UNNAMED + 1),
            most=MOST_UNNAMED,
        )

    def sign_in(self, standing: Standing, *, is_refused: bool = False, wait_s: int = 0) -> str:
        """Return the form to sign in; `is_refused`: after a try that failed, `wait_s`: until the next makes sense."""
        note = "" if standing is Standing.READY else self._say(STANDINGS[standing])
        return self._sign_in.render(note=note, is_refused=is_refused, wait_s=wait_s)

    def now(self, showing: Showing, boottime_ns: int) -> str:
        """Return what stands on the screen at this moment."""
        shown, standing = showing.shown(boottime_ns), showing.standing(boottime_ns)
        sirens = sorted(showing.sirens.items())
        return self._now.render(
            standing=self._say(STANDINGS[standing]),
            is_ready=standing is Standing.READY,
            troubles=[(place, self._say(TROUBLES[what])) for place, what in sorted(showing.troubles.items())],
            person=None if shown is None else self._person(shown, showing.act_on(shown.read)),
            has_lanes=bool(showing.vehicles(boottime_ns)),
            hints=[(self._begin.points.get(each.point, each.point), each) for each in showing.hints(boottime_ns)],
            reasons=self._reasons,
            occupants=range(QUICK_OCCUPANTS + 1),
            most_occupants=MOST_OCCUPANTS,
            exits_free=showing.ordered["exits_free"],
            entries_denied=showing.ordered["entries_denied"],
            not_freed=self._begin.not_freed,
            sounding=[name for name, state in sirens if state is SignalState.SOUNDS],
            mute=[name for name, state in sirens if state is SignalState.FAILED],
        )

    def lanes(self, showing: Showing, boottime_ns: int) -> str:
        """Return what stands in the lanes at this moment; each has its place, whichever the gate told of first."""
        places = {point: place for place, point in enumerate(self._begin.points)}
        vehicles = showing.vehicles(boottime_ns)
        vehicles.sort(key=lambda vehicle: places.get(vehicle.shown.access_point, len(places)))
        return self._lanes.render(lanes=lanes_view(vehicles, self._say))

    def answer(self, act: Act, result: ActResult, badged: int = 0) -> Answer:
        """Return what the page says to an act with that result: what was done, or why it was not.

        `badged`: with cards of their own in that vehicle; counted beside the driver as the panel counts them.
        """
        if isinstance(act, LaneAct) and result in LANE_RESULTS:
            return Answer(self._say(LANE_RESULTS[result]), done=False)
        if result is not ActResult.DONE:
            return Answer(self._say(RESULTS[result]), result in RECORDED)
        count = act.amount if isinstance(act, CountUnnamed | CountOccupants | EnterOccupants | PassVehicle) else 1
        is_beside = isinstance(act, EnterOccupants | PassVehicle)
        return Answer(self._say(DONE[type(act)]).format(count=count + badged * is_beside), done=True)

    def _person(self, shown: Shown, act: Act | None) -> dict[str, object]:
        read, face = shown.read, shown.face
        is_refused = read.outcome is Outcome.DENIED
        return {
            "sign": _SIGNS.get(read.outcome, "info"),
            "outcome": self._say(OUTCOMES[read.outcome]),
            "reason": "" if read.reason is None else self._say(REASONS[read.reason]),
            "point": self._begin.points.get(read.point, read.point),
            "name": "" if face is None else face.name,
            "category": "" if face is None else face.category,
            "photo": f"/picture/{shown.id}" if face is not None and face.photo else "",
            "read": read.id,
            "point_id": read.point,
            "may_admit": is_refused and not read.objection and act is None,
            "objection": self._say(RESULTS[ActResult(read.objection)]) if is_refused and read.objection else "",
            "is_vehicle": read.is_vehicle and act is None,
            "admitted": self._say(BECAUSE[act.because]) if isinstance(act, Admit) else "",
            "beside": act.amount if isinstance(act, CountOccupants) else None,
        }

    def _say(self, text: str) -> str:
        return say(text, self._language)
