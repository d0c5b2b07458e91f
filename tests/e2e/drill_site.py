"""The site of a drill: two controllers and two gates on clocks of their own, people without wires, and what boards say.

Belongs here: what is done at gates and by officers through the API, and asking boards. Does not belong here: browsers
(drill_screens.py), or the course of a drill (test_drill.py).
"""

import asyncio
import json
from collections.abc import Iterable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from contract.clock import NS_PER_S
from contract.ids import AccessPointId, EdgeId, new_act_id
from contract.site import parse_site
from sacs.officers.caller import Caller, RefusedCallError
from simulators.people import plants, reference_data
from tests.e2e.drill_people import CAR_PARK, LAWN, Crowd, Someone
from tests.e2e.later import Later
from tests.e2e.two_controllers import FIRST, NORTH, SECOND, SOUTH, Running, TwoControllers, until, until_true

KEEP_S: Final = 1800
PERIOD_S: Final = 300
TEXT: Final = f"""
[site]
id = "drill"
longest_stay_h = 24
[retention]
movement_period_s = {PERIOD_S}
movement_keep_s = {KEEP_S}
settle_s = 15
[[area]]
id = "hall"
[[area]]
id = "tower"
[[muster_point]]
id = "{LAWN}"
areas = ["hall"]
[[muster_point]]
id = "{CAR_PARK}"
areas = ["tower"]
[[access_point]]
id = "in"
from = "outside"
to = "hall"
[[access_point]]
id = "out"
from = "hall"
to = "outside"
[[access_point]]
id = "up"
from = "hall"
to = "tower"
[[access_point]]
id = "down"
from = "tower"
to = "hall"
[[access_point]]
id = "{LAWN}"
from = "any"
to = "outside"
muster_point = "{LAWN}"
[[access_point]]
id = "{CAR_PARK}"
from = "any"
to = "outside"
muster_point = "{CAR_PARK}"
[[gate]]
id = "north"
reader = [
    {{id = "n-in", kind = "log", access_point = "in"}},
    {{id = "n-out", kind = "log", access_point = "out"}},
    {{id = "n-up", kind = "log", access_point = "up"}},
    {{id = "n-down", kind = "log", access_point = "down"}},
]
[[gate]]
id = "south"
reader = [
    {{id = "s-lawn", kind = "log", access_point = "{LAWN}"}},
    {{id = "s-car-park", kind = "log", access_point = "{CAR_PARK}"}},
]
"""
Figures = dict[str, int]


async def ask(officer: Caller, method: str, resource: str, body: object = None) -> Any:  # noqa: ANN401  JSON
    answer = await asyncio.to_thread(officer.call, method, resource, body)
    return json.loads(answer) if answer else None


class DrillSite:
    """Folders, what runs in them, and the people."""

    def __init__(self, folder: Path, stack: AsyncExitStack, persons: int) -> None:
        self.crowd: Final = Crowd.of(persons, parse_site(TEXT))
        self.clock: Final = Later(folder / "later")
        self.folder: Final = folder
        self.plants: Final = folder / "plants.txt"
        self.operation = ""
        last = self.crowd.everybody[-1].card
        program = ("tests.e2e.later", str(folder / "later"), "sacs")
        self.parts: Final = TwoControllers(folder / "site", stack, TEXT, last, self.clock, program)
        self.parts.folder.mkdir()

    async def start(self) -> tuple[Running, Running]:
        """Both controllers, all officers, everybody's pass, and the gates."""
        parts = self.parts
        parts.enrol(FIRST)
        parts.enrol(SECOND, FIRST)
        first = await parts.start(FIRST)
        assert parts.ceremony is not None
        await asyncio.to_thread(parts.ceremony.all_others)
        persons = [each.person for each in self.crowd.everybody]
        self.plants.write_text("\n".join(plants(persons)))
        passes = self.folder / "people.json"
        passes.write_bytes(reference_data(persons))
        await asyncio.to_thread(first.console.register, passes)
        second = await parts.start(SECOND)
        await parts.start_gates()
        for each in (first, second):
            await each.has_learned()
            await until_true(partial(self._knows_the_other, each), "each knows where the other one's page is")
        return first, second

    async def _knows_the_other(self, controller: Running) -> bool:
        return bool((await ask(self.at(controller, "commander-1"), "GET", "api/controllers"))["others"])

    def at(self, controller: Running, officer: str) -> Caller:
        """An officer at one of the controllers, with the session that he has."""
        return controller.as_if_switched(self.parts.officer(officer))

    async def read(self, edge: EdgeId, point: str, who: Iterable[Someone]) -> None:
        """Hold up cards at a gate."""
        for each in who:
            self.parts.gates[edge].gate.present(AccessPointId(point), each.card)
            await asyncio.sleep(0)

    async def enter(self) -> None:
        """Everybody whom the drill finds inside comes in, and some go up."""
        inside = list(self.crowd.inside())
        await self.read(NORTH, "in", inside)
        await self.read(NORTH, "up", [each for each in inside if each.upstairs])

    async def leave(self, who: Iterable[Someone]) -> None:
        """These go down, out, and are read."""
        who = list(who)
        await self.read(NORTH, "down", [each for each in who if each.upstairs])
        await self.read(NORTH, "out", who)
        self.crowd.are(who, "left")

    async def muster(self, who: Iterable[Someone], state: str = "accounted") -> None:
        """These are read at muster points, every other one at that of somebody else."""
        for point, found in zip((LAWN, CAR_PARK), (list(who)[::2], list(who)[1::2]), strict=True):
            await self.read(SOUTH, point, found)
            self.crowd.are(found, state, point)

    async def count_unnamed(self, officer: Caller, amount: int) -> None:
        """So many come in without a pass, and an officer counts them."""
        await ask(officer, "POST", "api/unnamed", {"act_id": new_act_id(), "amount": amount, "area": "hall"})

    async def board(self, officer: Caller) -> dict[str, Any]:
        board: dict[str, Any] = await ask(officer, "GET", f"api/operations/{self.operation}/board")
        return board

    async def shown(self, officer: Caller) -> dict[str, tuple[str, str]]:
        """What a board shows of each person."""
        persons = await ask(officer, "GET", f"api/operations/{self.operation}/board/persons?limit=10000")
        return {each["name"]: (each["state"], each["muster_point"] or "") for each in persons["persons"]}

    async def agrees(self, *officers: Caller) -> None:
        """Wait until the boards of these controllers show the truth of every person, and the figures say the same."""
        for officer in officers:
            try:
                await until_true(partial(self._is_true, officer), "the board shows the truth")
            except pytest.fail.Exception:
                shown, truth = await self.shown(officer), self.crowd.truth
                wrong = {name: (shown.get(name), truth.get(name)) for name in {*shown, *truth}}
                pytest.fail(f"the board is wrong: { ({n: w for n, w in wrong.items() if w[0] != w[1]}) }")
            assert (await self.board(officer))["figures"]["missing"] == self.crowd.missing()

    async def _is_true(self, officer: Caller) -> bool:
        try:
            return await self.shown(officer) == self.crowd.truth
        except RefusedCallError:  # it has not heard of the operation yet
            return False

    async def gates_have_forgotten(self) -> None:
        """Wait until no gate holds anything that is past its limit."""

        def have() -> bool:
            now_s = self.clock.now_ns() // NS_PER_S
            oldest = [gate.ring.oldest_dies_s for gate in self.parts.gates.values()]
            return all(dies_s == 0 or dies_s > now_s for dies_s in oldest)

        await until(have, "gates have deleted what is dead")
