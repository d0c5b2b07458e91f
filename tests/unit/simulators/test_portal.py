"""A door with its wires: what is reported, and what waits for it."""

import asyncio

import msgspec
import pytest

from contract.ids import AccessPointId, PortalId
from contract.site import DpsLevel, Fail, PortalConfig, PortalKind
from simulators.door import Contact
from simulators.portal import OPEN_S, NoSuchWireError, PortalShows, SimulatedPortal, WireState
from simulators.turnstile import Turnstile

IN, OUT = AccessPointId("in"), AccessPointId("out")
DPS, REX, FIRE = 0, 1, 2
DOOR = PortalConfig(PortalId("door"), "reader", [IN, OUT])
TURNSTILE = PortalConfig(
    PortalId("arm"),
    "board",
    [IN, OUT],
    kind=PortalKind.TURNSTILE,
    outputs={IN: 0, OUT: 1},
    passed_inputs={IN: 0, OUT: 1},
)


def wired(config: PortalConfig = DOOR) -> tuple[SimulatedPortal, list[tuple[int, bool]]]:
    """Return a portal, and what its inputs were told since they were connected."""
    portal = SimulatedPortal(config)
    reported: list[tuple[int, bool]] = []
    portal.wire(lambda terminal, closed: reported.append((terminal, closed)))
    reported.clear()
    return portal, reported


async def test_a_released_door_opens_and_falls_shut_by_itself() -> None:
    portal, reported = wired()
    portal.on_output(True)
    assert portal.is_released
    assert not portal.is_at_rest
    assert portal.walk_through()
    portal.on_output(False)
    assert not portal.is_at_rest, "the leaf is still open"
    await asyncio.wait_for(portal.at_rest(), OPEN_S + 30)
    assert reported == [(DPS, True), (DPS, False)]


async def test_a_second_person_keeps_the_leaf_open_and_is_no_second_opening() -> None:
    portal, reported = wired()
    portal.on_output(True)
    assert portal.walk_through()
    portal.on_output(False)
    assert portal.walk_through()
    assert reported == [(DPS, True)]


async def test_an_engaged_strike_lets_nobody_through() -> None:
    portal, reported = wired()
    assert not portal.walk_through()
    assert not await portal.released_within(0.01)
    assert reported == []


async def test_whoever_waits_for_the_strike_is_woken() -> None:
    portal, _ = wired()
    waiting = [asyncio.create_task(portal.released_within(30)) for _ in range(2)]
    await asyncio.sleep(0)
    portal.on_output(True)
    assert await asyncio.gather(*waiting) == [True, True]
    rest = asyncio.create_task(portal.at_rest())
    await asyncio.sleep(0)
    assert not rest.done()
    portal.on_output(False)
    await asyncio.wait_for(rest, 30)


async def test_a_cut_wire_rests_a_shorted_one_does_not_and_mending_tells_the_truth() -> None:
    portal, reported = wired()
    portal.force()
    portal.set_wire(Contact.DPS, WireState.CUT)
    portal.set_wire(Contact.DPS, WireState.SHORT)
    portal.shut()
    portal.set_wire(Contact.DPS, WireState.WHOLE)
    assert reported == [(DPS, True), (DPS, False), (DPS, True), (DPS, True), (DPS, False)]


async def test_a_switch_that_is_closed_while_shut_reads_open_when_its_wire_is_cut() -> None:
    portal = SimulatedPortal(PortalConfig(PortalId("door"), "r", [IN], dps_closes_when=DpsLevel.SHUT))
    reported: dict[int, bool] = {}
    portal.wire(reported.__setitem__)
    assert reported == {DPS: True, REX: False}
    portal.set_wire(Contact.DPS, WireState.CUT)
    assert reported[DPS] is False


async def test_what_is_not_wired_has_no_wire_to_cut() -> None:
    portal, _ = wired()
    with pytest.raises(NoSuchWireError, match="it has: dps, rex"):
        portal.set_wire(Contact.FIRE, WireState.CUT)


async def test_a_jammed_leaf_stays_shut_though_released_and_the_button_says_so() -> None:
    portal, reported = wired()
    portal.jam(jammed=True)
    portal.on_output(True)
    assert portal.shows is PortalShows.RELEASED
    assert not portal.walk_through()
    assert not portal.hold()
    portal.leave_by_button()
    assert reported == [(REX, True)]
    portal.jam(jammed=False)
    assert portal.walk_through()


async def test_a_propped_door_stays_open_until_it_is_shut() -> None:
    portal, reported = wired()
    assert not portal.hold(), "it is locked"
    portal.on_output(True)
    assert portal.hold()
    portal.on_output(False)
    assert portal.shows is PortalShows.OPEN
    portal.shut()
    assert portal.is_at_rest
    assert reported == [(DPS, True), (DPS, False)]


@pytest.mark.parametrize(
    ("fail", "supply", "ordered", "fire", "released"),
    [
        (Fail.SECURE, True, False, False, False),
        (Fail.SECURE, True, True, False, True),
        (Fail.SECURE, True, False, True, True),
        (Fail.SECURE, False, True, True, False),
        (Fail.SAFE, True, False, False, False),
        (Fail.SAFE, True, True, False, True),
        (Fail.SAFE, True, False, True, True),
        (Fail.SAFE, False, False, False, True),
    ],
)
async def test_a_strike_follows_its_wires(fail: Fail, supply: bool, ordered: bool, fire: bool, released: bool) -> None:
    portal, reported = wired(PortalConfig(PortalId("door"), "reader", [IN], fail=fail, fire_input=FIRE))
    portal.set_supply(on=supply)
    portal.on_output(ordered)
    portal.set_fire(active=fire)
    assert portal.is_released is released
    assert ((FIRE, True) in reported) is fire
    assert portal.walk_through() is released


async def test_a_turnstile_turns_once_for_a_release_and_one_way() -> None:
    portal, reported = wired(TURNSTILE)
    assert not portal.walk_through(IN)
    portal.on_output(True, IN)
    assert await portal.released_within(5, IN)
    assert not portal.walk_through(OUT)
    assert portal.walk_through(IN)
    assert not portal.walk_through(IN)
    portal.on_output(False, IN)
    await asyncio.wait_for(portal.at_rest(), 30)
    assert reported == [(0, True), (0, False)]
    portal.on_output(True, OUT)
    portal.on_output(False, OUT)
    assert not portal.walk_through(OUT), "its time was over"


async def test_a_machine_with_a_time_of_its_own_waits_after_a_short_pulse() -> None:
    portal, _ = wired(msgspec.structs.replace(TURNSTILE, unlock_ms=100, passage_ms=1200))
    portal.on_output(True, IN)
    portal.on_output(False, IN)
    assert portal.is_released
    assert not portal.walk_through(OUT)
    assert portal.walk_through(IN)
    portal.on_output(True, IN)
    portal.on_output(False, IN)
    await asyncio.wait_for(portal.at_rest(), 30)
    assert not portal.walk_through(IN), "its time was over"


async def test_a_locked_arm_that_is_broken_past_is_counted() -> None:
    portal, reported = wired(TURNSTILE)
    portal.force()
    assert [closed for _, closed in reported] == [True]
    assert not portal.is_released


async def test_nobody_counts_who_walks_past_a_dropped_arm() -> None:
    portal, reported = wired(TURNSTILE)
    portal.set_fire(active=True)
    assert portal.walk_through(OUT)
    assert reported == []


async def test_a_barrier_rises_by_itself_and_nobody_pushes_it() -> None:
    portal, reported = wired(PortalConfig(PortalId("bar"), "reader", [IN], kind=PortalKind.BARRIER))
    assert not portal.walk_through(IN)
    portal.on_output(True)
    assert reported == [(DPS, True)]
    assert portal.walk_through(IN)
    portal.on_output(False)
    assert portal.shows is PortalShows.OPEN
    portal.shut()
    assert portal.is_at_rest


def test_a_turnstile_set_so_lets_everybody_through_while_its_relay_is_closed() -> None:
    out = AccessPointId("out")
    for stays_free, turns in ((True, [True, True]), (False, [True, False])):
        arm = Turnstile([out], stays_free=stays_free)
        arm.set_release(out, 0.0, released=True)
        assert [arm.walk_through(at_s, out)[0] for at_s in (1.0, 2.0)] == turns
        arm.set_release(out, 3.0, released=False)
        assert not arm.walk_through(4.0, out)[0]
