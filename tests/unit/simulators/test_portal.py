"""A door with its wires: what is reported, and what waits for it."""

import asyncio

from simulators.door import Contact
from simulators.portal import OPEN_S, SimulatedPortal


def wired() -> tuple[SimulatedPortal, list[tuple[Contact, bool]]]:
    portal = SimulatedPortal()
    reported: list[tuple[Contact, bool]] = []
    portal.wire(lambda contact, active: reported.append((contact, active)))
    return portal, reported


async def test_a_released_door_opens_and_falls_shut_by_itself() -> None:
    portal, reported = wired()
    portal.on_strike(True)
    assert portal.is_released
    assert not portal.is_at_rest
    assert portal.walk_through()
    portal.on_strike(False)
    assert not portal.is_at_rest, "the leaf is still open"
    await asyncio.wait_for(portal.at_rest(), OPEN_S + 30)
    assert reported == [(Contact.DPS, True), (Contact.DPS, False)]


async def test_a_second_person_keeps_the_leaf_open_and_is_no_second_opening() -> None:
    portal, reported = wired()
    portal.on_strike(True)
    assert portal.walk_through()
    portal.on_strike(False)
    assert portal.walk_through()
    assert reported == [(Contact.DPS, True)]


async def test_an_engaged_strike_lets_nobody_through() -> None:
    portal, reported = wired()
    assert not portal.walk_through()
    assert not await portal.released_within(0.01)
    assert reported == []


async def test_whoever_waits_for_the_strike_is_woken() -> None:
    portal, _ = wired()
    waiting = [asyncio.create_task(portal.released_within(30)) for _ in range(2)]
    await asyncio.sleep(0)
    portal.on_strike(True)
    assert await asyncio.gather(*waiting) == [True, True]
    rest = asyncio.create_task(portal.at_rest())
    await asyncio.sleep(0)
    assert not rest.done()
    portal.on_strike(False)
    await asyncio.wait_for(rest, 30)
