"""Done-when 4: a drill with a dead controller and a tablet without network ends with everybody found, and no name left.

In short form 40 people, and the second tablet is away for as long as the rest takes; in full 500, and ten minutes.
"""

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect

from controller.audit.plants import PlantSearch
from sacs.officers.caller import Caller
from tests.conftest import Effort
from tests.e2e.drill_people import Fate
from tests.e2e.drill_screens import Centre, Screens, Tablet
from tests.e2e.drill_site import KEEP_S, PERIOD_S, DrillSite, ask
from tests.e2e.two_controllers import FIRST, NORTH, SECOND, Running, until_true
from tests.e2e.verify import verify_deletion

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
UNNAMED = 3
OFFLINE_S = 600


@dataclass
class Drill:
    """What a drill is held with."""

    site: DrillSite
    screens: Screens
    first: Running
    second: Running
    centre: Centre
    hall: Tablet
    tower: Tablet

    @property
    def here(self) -> Caller:
        """A commander who is not at any screen, at the first controller."""
        return self.site.at(self.first, "commander-2")

    @property
    def there(self) -> Caller:
        return self.site.at(self.second, "commander-2")


@pytest.fixture
async def drill(tmp_path_factory: pytest.TempPathFactory, effort: Effort) -> AsyncIterator[Drill]:
    chromium = shutil.which("chromium")
    assert chromium, "no chromium on the path: make system-packages installs it"
    folder = tmp_path_factory.mktemp("drill")
    async with AsyncExitStack() as stack:
        site = DrillSite(folder, stack, 500 if effort is Effort.FULL else 40)
        first, second = await site.start()
        screens = Screens(await stack.enter_async_context(async_playwright()), Path(chromium), folder / "profiles")
        stack.push_async_callback(screens.close)
        pages = [await screens.open(name, first.address) for name in ("centre", "hall-tablet", "tower-tablet")]
        centre, hall, tower = Centre(pages[0]), Tablet(pages[1]), Tablet(pages[2])
        yield Drill(site, screens, first, second, centre, hall, tower)


async def counts(controller: Running, persons: int) -> None:
    """Wait until this is its best figure: people without a pass leave the others open."""

    async def holds() -> bool:
        return (await controller.count())[1] == persons

    await until_true(holds, f"it counts {persons} at best")


async def people_are_inside(drill: Drill) -> None:
    """Tablets are enrolled, a commander has set his key, everybody is inside, and the roll lies sealed on tablets."""
    site, administrator = drill.site, drill.site.at(drill.first, "administrator")
    for name, tablet in (("hall-tablet", drill.hall), ("tower-tablet", drill.tower)):
        code = (await ask(administrator, "POST", "api/tablets", {"id": name}))["code"]
        await tablet.enrol(drill.first.address, code, name)
    await drill.centre.sign_in(site.parts.officer("commander-1"), drill.first.address, "tablets")
    await drill.centre.set_key()
    await site.enter()
    await site.count_unnamed(site.at(drill.first, "operator"), UNNAMED)
    inside = len(list(site.crowd.inside())) + UNNAMED
    for controller in (drill.first, drill.second):
        await counts(controller, inside)
    for tablet in (drill.hall, drill.tower):
        await tablet.page.reload()  # its next word is now, not in a minute
        await tablet.has_roll()


async def the_alarm(drill: Drill) -> None:
    """Two commanders open the drill, and wardens get their lists."""
    site = drill.site
    await drill.centre.propose(drill.first.address)
    [proposal] = (await ask(drill.here, "GET", "api/operations"))["proposals"]
    site.operation = (await ask(drill.here, "POST", f"api/operations/{proposal['id']}/join"))["id"]
    site.crowd.begins()
    await site.agrees(drill.here, drill.there)
    for place, name in (("hall", "hall-tablet"), ("tower", "tower-tablet")):
        await drill.centre.hand(drill.first.address, place, name)
    await drill.centre.page.goto(f"{drill.first.address}operations/{site.operation}")
    for tablet in (drill.hall, drill.tower):
        await expect(tablet.page.locator("#list")).to_be_visible()


async def first_half(drill: Drill) -> None:
    """People leave, stand at muster points, are seen, answer; of the tower's warden nothing is heard."""
    site, crowd = drill.site, drill.site.crowd
    await drill.tower.page.context.set_offline(offline=True)
    await site.leave(crowd.halves(Fate.EXIT)[0])
    await site.muster(crowd.halves(Fate.READER)[0])
    tapped, (slow, *away) = crowd.halves(Fate.AT_TABLET)[0], crowd.halves(Fate.AT_TABLET_AWAY)[0]
    await drill.hall.tap(tapped)
    crowd.are(tapped, "accounted", "lawn")
    await drill.tower.tap([slow], slowly=True)
    await drill.tower.tap(away)
    await drill.tower.says(f"Marks not sent yet: {1 + len(away)}. No connection since")
    await drill.centre.account(crowd.halves(Fate.PHONE)[0])
    crowd.are(crowd.halves(Fate.PHONE)[0], "accounted")
    await drill.centre.stay(crowd.who(Fate.STAYS))
    crowd.are(crowd.who(Fate.STAYS), "staying")
    await drill.centre.figure("missing", crowd.missing())
    await site.agrees(drill.here, drill.there)


async def the_first_controller_dies(drill: Drill) -> None:
    """It is killed the moment that it has answered for a mark, and that mark is not lost."""
    last = drill.site.crowd.halves(Fate.PHONE)[1][:1]
    await drill.centre.account(last)
    await drill.first.kill()
    drill.site.crowd.are(last, "accounted")
    await drill.site.agrees(drill.there)


async def second_half(drill: Drill) -> None:
    """The first controller is dead: its page is at the second one, and everything goes on there."""
    site, crowd = drill.site, drill.site.crowd
    await site.leave(crowd.halves(Fate.EXIT)[1])
    tapped = crowd.halves(Fate.AT_TABLET)[1]
    await drill.hall.tap(tapped)
    crowd.are(tapped, "accounted", "lawn")
    await drill.centre.page.wait_for_url(f"{drill.second.address}operations/{site.operation}")
    await drill.centre.figure("missing", crowd.missing())
    await drill.centre.account(crowd.halves(Fate.PHONE)[1][1:])
    crowd.are(crowd.halves(Fate.PHONE)[1], "accounted")
    await site.muster(crowd.halves(Fate.READER)[1])
    await site.muster(crowd.who(Fate.UNEXPECTED), "found")
    await drill.hall.count_unnamed(UNNAMED)
    await drill.hall.sweep("hall")
    await drill.hall.says("All marks are sent.")
    await site.agrees(drill.there)


async def the_tablet_is_back(drill: Drill, away_since_s: float, effort: Effort) -> None:
    """What the tower's warden has seen meanwhile comes to the controller that is left."""
    crowd = drill.site.crowd
    rest = crowd.halves(Fate.AT_TABLET_AWAY)[1]
    await drill.tower.tap(rest)
    if effort is Effort.FULL:
        await asyncio.sleep(max(0, OFFLINE_S - (time.monotonic() - away_since_s)))
    await drill.tower.page.reload()  # without network, and with its controller dead
    await drill.tower.says(f"Marks not sent yet: {len(crowd.who(Fate.AT_TABLET_AWAY))}.")
    await drill.site.agrees(drill.there)
    await drill.tower.page.context.set_offline(offline=False)
    await drill.tower.says("All marks are sent.")
    crowd.are(crowd.who(Fate.AT_TABLET_AWAY), "accounted", "car-park")
    await drill.site.agrees(drill.there)
    await drill.centre.sweep("tower")
    await drill.site.read(NORTH, "in", crowd.who(Fate.RESPONDER))
    crowd.are(crowd.who(Fate.RESPONDER), "entered")
    await drill.site.agrees(drill.there)


def on_paper(paper: bytes) -> str:
    """What a PDF says."""
    command = ["pdftotext", "-layout", "-", "-"]
    return subprocess.run(command, input=paper, capture_output=True, check=True).stdout.decode()


async def everybody_is_accounted_for(drill: Drill) -> None:
    """All-clear, the end, and what a report says."""
    site, crowd = drill.site, drill.site.crowd
    board = await site.board(drill.there)
    expected = len(list(crowd.inside())) + len(crowd.who(Fate.UNEXPECTED))
    figures = {name: board["figures"][name] for name in ("expected", "accounted", "missing", "contradicted", "left")}
    left = len(crowd.who(Fate.EXIT))
    assert figures == {"expected": expected, "accounted": expected, "missing": 0, "contradicted": 0, "left": left}
    assert (board["figures"]["entered"], board["figures"]["unnamed_seen"]) == (1, UNNAMED)
    assert {area["area"] for area in board["areas"] if area["swept_at"]} >= {"hall", "tower"}
    await counts(drill.second, len(crowd.who(Fate.STAYS)) + len(crowd.who(Fate.RESPONDER)))
    await drill.centre.figure("missing", 0)
    await drill.centre.act("All-clear", "Give the all-clear")
    await expect(drill.centre.page.get_by_text("The all-clear is given")).to_be_visible()
    await drill.centre.act("End this operation", "End it now")
    await expect(drill.centre.page.get_by_text("The operation has ended")).to_be_visible()
    for tablet in (drill.hall, drill.tower):
        await tablet.is_over()
    reader = site.parts.officer("authorizing-1")
    await drill.centre.sign_in(reader, drill.second.address, f"operations/{site.operation}/report")
    told = await drill.centre.page.locator("main").inner_text()
    paper = await asyncio.to_thread(
        site.at(drill.second, "authorizing-1").call, "GET", f"api/operation-reports/{site.operation}/paper"
    )
    for text in (told, await asyncio.to_thread(on_paper, paper)):
        assert str(expected) in text
        assert not [each.name for each in crowd.everybody if each.name in text]


async def everything_sleeps_past_the_limit(drill: Drill) -> None:
    """The limit of the last record passes; the dead controller is repaired; all is stopped."""
    site = drill.site
    for tablet in (drill.hall, drill.tower):
        await tablet.sleep_until(time.time() + KEEP_S + PERIOD_S)
    await drill.screens.close()
    before = await drill.second.live()
    site.clock.sleep(KEEP_S + PERIOD_S)

    async def has_swept() -> bool:
        live = await drill.second.live()
        return live.keys_destroyed > before.keys_destroyed and live.oldest_readable_s < KEEP_S

    await until_true(has_swept, "keys have died")
    drill.first = await site.parts.start(FIRST)
    await drill.first.live()
    await site.gates_have_forgotten()
    await site.parts.stack.aclose()


async def test_a_drill_ends_with_everybody_accounted_for_and_no_name_left(drill: Drill, effort: Effort) -> None:
    await people_are_inside(drill)
    await the_alarm(drill)
    away_since_s = time.monotonic()
    await first_half(drill)
    await the_first_controller_dies(drill)
    await second_half(drill)
    await the_tablet_is_back(drill, away_since_s, effort)
    await everybody_is_accounted_for(drill)
    await everything_sleeps_past_the_limit(drill)

    parts = drill.site.parts
    states = [parts.settings(name).state for name in (FIRST, SECOND)]
    for name in (FIRST, SECOND):
        verdict = verify_deletion(
            [*states, parts.folder / "gates"],
            drill.site.plants,
            site=parts.folder / "site.toml",
            vault=parts.settings(name).vault,
            name=name,
        )
        assert verdict.clean, verdict.printed
        assert verdict.opened
        assert verdict.opened.found
        assert (verdict.scan.hits, verdict.opened.past_limit) == ([], 0)
        assert verdict.unregistered == []
    search = PlantSearch(drill.site.plants.read_text().splitlines())
    assert search.scan([drill.site.folder / "people.json"]).hits, "what is looked for is found where it is"
    scan = search.scan([drill.screens.folder, parts.folder])
    assert scan.files > 100
    assert scan.hits == []
