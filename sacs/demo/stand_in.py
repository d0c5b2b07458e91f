"""A made-up officer at a vehicle gate's screen: he enters who sits in a vehicle where nobody has done it for a while.

He does what any officer does: signs in at the gate's screen, looks at its page, touches a number. What he counts
through the windscreen he takes from the simulator's record (simulators/vehicles.py). Whatever an officer has to judge
(an unknown plate, a refused driver, a delivery) he leaves to whoever tries the demo.

Belongs here: what he looks at and when he acts. Does not belong here: the screen (edge/screen), who drives
(simulators/traffic.py).
"""

import asyncio
import contextlib
import http.client
import os
import re
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from contract.ids import LaneId, new_act_id
from edge.domain.acting import EnterOccupants

WAITS_S: Final = 20.0
"""So long he leaves a vehicle to whoever else sits at that screen; drivers wait for 60 s."""
_LOOKS_S: Final = 2.0
_AGAIN_S: Final = 15.0
"""After a refused sign-in: the gate learns its officers from the controller, some seconds after its start."""
_LIMIT_S: Final = 10
_TAIL_BYTES: Final = 65_536
_SECTION: Final = re.compile(r"<section class=\"lane info\"[^>]*>")
_LANE: Final = re.compile(r"data-lane=\"([^\"]+)\"")
_VISIT: Final = re.compile(r"data-visit=\"(\d+)\"")
_NOT_ENTERED: Final = 'data-occupants=""'


class Standing(NamedTuple):
    """A vehicle that waits for its occupants to be counted, as the screen shows it."""

    lane: LaneId
    visit: int


class _Seen(msgspec.Struct):
    """What the simulator's record says of one vehicle."""

    lane: LaneId
    where: str
    persons: int
    trailer: bool


def standing(page: str) -> list[Standing]:
    """Return the vehicles on a screen's page about which nothing is unusual and nobody has counted who sits in them."""
    found = []
    for tag in _SECTION.findall(page):
        lane, visit = _LANE.search(tag), _VISIT.search(tag)
        if lane and visit and _NOT_ENTERED in tag:
            found.append(Standing(LaneId(lane[1]), int(visit[1])))
    return found


def seen_in(record: bytes, lane: LaneId) -> tuple[int, bool] | None:
    """Return how many persons the vehicle last seen on the loop of `lane` holds, and whether it has a trailer.

    `record`: the end of the simulator's record; its first line may be cut.
    """
    for line in reversed(record.splitlines()):
        with contextlib.suppress(msgspec.DecodeError):
            seen = msgspec.json.decode(line, type=_Seen)
            if seen.lane == lane:
                return (seen.persons, seen.trailer) if seen.where == "loop" else None
    return None


class StandIn:
    """One at the screen of one gate. `address` ends with a slash; `record`: the simulator's record of vehicles."""

    def __init__(self, address: str, name: str, password: str, record: Path) -> None:
        self._address = address
        self._form = urllib.parse.urlencode({"name": name, "password": password}).encode()
        self._record = record
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        self._since_s: dict[Standing, float] = {}

    async def run(self) -> None:
        """Look and act until cancelled; a gate that is away, or knows no officers yet, is waited for."""
        while True:
            try:
                await asyncio.to_thread(self._look)
                await asyncio.sleep(_LOOKS_S)
            except (OSError, http.client.HTTPException):
                await asyncio.sleep(_AGAIN_S)

    def _look(self) -> None:
        page = self._call("")
        if "data-lane=" not in page:
            page = self._call("sign-in", self._form)
        now_s = time.monotonic()
        self._since_s = {each: self._since_s.get(each, now_s) for each in standing(page)}
        for vehicle, since_s in self._since_s.items():
            seen = self._seen(vehicle.lane) if now_s - since_s >= WAITS_S else None
            if seen is not None:
                persons, trailer = seen
                act = EnterOccupants(new_act_id(), vehicle.lane, vehicle.visit, persons - 1, trailer)
                self._call("act", msgspec.json.encode(act))

    def _seen(self, lane: LaneId) -> tuple[int, bool] | None:
        with self._record.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            return seen_in(file.read(), lane)

    def _call(self, resource: str, body: bytes | None = None) -> str:
        with self._browser.open(self._address + resource, body, _LIMIT_S) as answer:
            return str(answer.read().decode())
