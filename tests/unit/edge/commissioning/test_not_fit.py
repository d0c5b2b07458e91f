"""Gates that are not fit for service, in ways that are easily overlooked: none of them passes."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from contract.ids import AccessPointId, PortalId, ReaderId, new_epoch
from contract.site import parse_site
from drivers import ports
from edge.commissioning import check as check_module
from edge.commissioning import controllers
from edge.commissioning import portals as portals_module
from edge.commissioning import readers as readers_module
from edge.commissioning.check import GateRunsError
from edge.commissioning.finding import Finding, Verdict
from edge.commissioning.portals import check_portals
from edge.commissioning.readers import check_readers
from edge.commissioning.seen import watching
from edge.gate import Devices
from edge.program import RING
from edge.ring_file import RingError, RingFile
from tests.unit.edge.commissioning.test_readers_and_portals import Reader

SITE = """
area = [{id = "inside"}]
access_point = [{id = "in", from = "outside", to = "inside"}, {id = "out", from = "inside", to = "outside"}]

[[gate]]
id = "g"
reader = [{id = "entry", kind = "osdp", access_point = "in", device = "bus"}]
"""
DOOR_SITE = f"""{SITE}
[[gate.portal]]
id = "portal"
hardware = "entry"
access_points = ["in", "out"]
unlock_ms = 1000
fire_input = 2
"""
ARM_SITE = f"""{SITE}
[[gate.portal]]
id = "portal"
kind = "turnstile"
hardware = "entry"
access_points = ["in", "out"]
outputs = {{in = 0, out = 1}}
passed_inputs = {{in = 0, out = 1}}
unlock_ms = 1000
"""
LINES = {"bus": "/dev/bus", "line": "/dev/line"}
ENTRY, PORTAL, IN, OUT = ReaderId("entry"), PortalId("portal"), AccessPointId("in"), AccessPointId("out")
SHUT = ports.DoorPositionChanged(PORTAL, open=False)


class Portal:
    """A portal that does what the test wants when it is released one way, or refuses."""

    id = PORTAL

    def __init__(self, released: Callable[[AccessPointId | None], None], error: Exception | None = None) -> None:
        self._released = released
        self._error = error
        self.released: list[AccessPointId | None] = []
        self.locked = 0

    def unlock(self, duration_ms: int, access_point: AccessPointId | None = None) -> bool:
        if self._error is not None:
            raise self._error
        self.released.append(access_point)
        asyncio.get_running_loop().call_soon(self._released, access_point)
        return True

    def lock(self) -> bool:
        self.locked += 1
        return True


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody comes in these tests: waiting for somebody is short."""
    for module, name in (
        (readers_module, "COME_UP_S"),
        (readers_module, "_IDENTIFY_S"),
        (portals_module, "_CONTACT_S"),
        (portals_module, "SHUT_S"),
    ):
        monkeypatch.setattr(module, name, 0.05)


def entry(*more: ports.DeviceEvent, secure: bool = True) -> Reader:
    return Reader(ENTRY, [ports.ReaderOnline(ENTRY, secure=secure), *more])


async def check(text: str, reader: Reader, portal: Portal) -> dict[str, Finding]:
    config = parse_site(text).gate[0]
    devices = Devices({ENTRY: reader}, {PORTAL: portal})
    said: list[str] = []
    async with watching(devices) as seen:
        found = [finding async for finding in check_readers(config, LINES, devices, seen, said.append)]
        found += [finding async for finding in check_portals(config, devices, seen, said.append)]
    return {finding.name: finding for finding in found}


async def test_an_osdp_reader_in_clear_text_fails() -> None:
    found = await check(DOOR_SITE, entry(SHUT, secure=False), Portal(lambda _: None))
    assert found["entry"].verdict is Verdict.FAILED
    assert "clear text" in found["entry"].words


async def test_a_turnstile_that_counts_the_wrong_way_fails() -> None:
    reader = entry()
    other = {IN: OUT, OUT: IN}

    def turn(way: AccessPointId | None) -> None:
        assert way is not None
        reader.sink(ports.PassageCounted(PORTAL, other[way]))

    found = await check(ARM_SITE, reader, Portal(turn))
    assert found["portal in"].verdict is found["portal out"].verdict is Verdict.FAILED
    assert "for out" in found["portal in"].words


async def test_a_turnstile_that_counts_each_way_passes() -> None:
    reader = entry()

    def turn(way: AccessPointId | None) -> None:
        assert way is not None
        reader.sink(ports.PassageCounted(PORTAL, way))

    found = await check(ARM_SITE, reader, Portal(turn))
    assert found["portal in"].verdict is found["portal out"].verdict is Verdict.PASSED


async def test_a_way_that_nobody_counts_is_not_checked_rather_than_broken() -> None:
    reader = entry()
    portal = Portal(lambda _: reader.sink(ports.PassageCounted(PORTAL, IN)))
    text = ARM_SITE.replace("passed_inputs = {in = 0, out = 1}", "passed_inputs = {in = 0}")
    found = await check(text, reader, portal)
    assert found["portal in"].verdict is Verdict.PASSED
    assert found["portal out"].verdict is Verdict.NOT_CHECKED
    assert portal.released == [IN]


async def test_a_release_that_the_device_can_not_time_is_a_finding() -> None:
    portal = Portal(lambda _: None, ports.BadCommandError("at most 6553 s"))
    for text, name in ((DOOR_SITE, "portal"), (ARM_SITE, "portal in")):
        found = await check(text, entry(SHUT), portal)
        assert found[name].verdict is Verdict.FAILED
        assert "at most 6553 s" in found[name].words


async def test_a_door_that_the_fire_release_holds_open_proves_nothing_of_its_strike() -> None:
    reader = entry(SHUT, ports.FireInputChanged(PORTAL, active=True))

    def walk(_: AccessPointId | None) -> None:
        reader.sink(ports.DoorPositionChanged(PORTAL, open=True))
        reader.sink(SHUT)

    portal = Portal(walk)
    found = await check(DOOR_SITE, reader, portal)
    assert found["portal"].verdict is Verdict.FAILED
    assert "fire release" in found["portal"].words
    assert not portal.released


async def test_a_mantrap_is_not_opened_by_its_check() -> None:
    """The first door never shuts again: the second stays locked; and no release outlasts what it was for."""
    second = PortalId("second")
    text = (
        DOOR_SITE
        + """
[[gate.portal]]
id = "second"
hardware = "entry"
access_points = []
strike_output = 1
dps_input = 3
rex_input = 4
[[gate.interlock]]
portals = ["portal", "second"]
"""
    )
    reader = entry(SHUT, ports.DoorPositionChanged(second, open=False))
    first, other = Portal(lambda _: reader.sink(ports.DoorPositionChanged(PORTAL, open=True))), Portal(lambda _: None)
    config = parse_site(text).gate[0]
    async with watching(Devices({ENTRY: reader}, {PORTAL: first, second: other})) as seen:
        found = [
            finding
            async for finding in check_portals(
                config, Devices({ENTRY: reader}, {PORTAL: first, second: other}), seen, lambda _: None
            )
        ]
    assert [finding.verdict for finding in found] == [Verdict.FAILED, Verdict.FAILED]
    assert "interlock" in found[1].words
    assert (first.locked, other.released) == (1, [])


@pytest.mark.parametrize(
    ("ahead_h", "verdict"), [(336.0, Verdict.PASSED), (0.0, Verdict.FAILED), (-3.0, Verdict.FAILED)]
)
def test_keys_that_have_run_out_are_no_keys(ahead_h: float, verdict: Verdict) -> None:
    """A broker keeps the last keys of a controller that has been silent since."""
    assert controllers._keys_finding("main", controllers._Heard(ahead_h=ahead_h)).verdict is verdict


def test_a_gate_that_runs_and_a_ring_that_is_broken_are_two_things(tmp_path: Path) -> None:
    ring = tmp_path / RING
    ring.write_bytes(b"this is no database" * 100)
    with pytest.raises(OSError, match="not a database"), check_module.in_place_of_the_gate(tmp_path):
        pass
    ring.unlink()
    here = check_module.in_place_of_the_gate
    with closing(RingFile(ring, new_epoch())), pytest.raises(GateRunsError), here(tmp_path):
        pass
    with check_module.in_place_of_the_gate(tmp_path), pytest.raises(RingError):
        RingFile(ring, new_epoch())
