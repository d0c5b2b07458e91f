"""Delivery over a real broker: absent at first, gone for a restart, a wiped store, lost records, forged words."""

import os
import signal

from contract.clock import NS_PER_S
from contract.events import AccessDenied, AnyEvent
from contract.ids import AccessPointId, EdgeId
from contract.messages import VERSION, DoorOrder, LedgerHead, SignedTime
from contract.signing import sign
from contract.topics import DOORS, KEYS, TIME
from edge.program import GateProgram
from tests.integration.edge.conftest import SITE, Playing, Premises, until
from tests.unit.edge.parts import EDGE, MAIN, PlayedController

IN = AccessPointId("in")
DAY_NS = 86_400 * NS_PER_S


async def read(gate: GateProgram, *cards: str) -> None:
    """Present cards; without a policy each is denied, and every denial is an event with the card in it."""
    for card in cards:
        gate.gate.present(IN, card)
    await gate.journal.flush()


def cards(events: list[AnyEvent]) -> list[str]:
    return [event.credential for event in events if isinstance(event, AccessDenied)]


async def test_live_events_arrive_once_in_order_and_health_says_so(premises: Premises, play: Playing) -> None:
    async with premises.broker(), play() as desk, premises.gate() as gate:
        await until(lambda: gate.uplink.is_connected)
        await read(gate, "a", "b", "c")
        await until(lambda: cards(desk.events()) == ["a", "b", "c"])
        await until(lambda: bool(desk.health) and desk.health[-1].delivered and desk.health[-1].journaled == 3)
        assert [number for _, number in desk.arrivals] == [1, 2, 3]
        health = desk.health[-1]
        (extent,) = health.ring
        assert (health.edge, health.epoch, extent.epoch) == (EDGE, gate.epoch, gate.epoch)
        assert (extent.first, extent.last) == (1, 3)
        assert health.at_ns > desk.events()[-1].occurred_ns


async def test_a_gate_without_broker_from_the_start_loses_nothing(premises: Premises, play: Playing) -> None:
    premises.keep_keys()
    async with premises.gate() as gate:
        await read(gate, "a", "b")
        assert gate.ring.journaled == 2
        async with premises.broker(), play() as desk:
            await until(lambda: cards(desk.events()) == ["a", "b"])


async def test_a_gate_that_never_had_keys_waits_for_them_and_loses_nothing(premises: Premises, play: Playing) -> None:
    async with premises.gate() as gate:
        await read(gate, "a", "b")
        assert gate.ring.journaled == 0
        async with premises.broker(), play() as desk:
            await until(lambda: cards(desk.events()) == ["a", "b"])
            assert gate.journal.counters["events-held"] == 0


async def test_a_restart_without_broker_loses_nothing(premises: Premises, play: Playing) -> None:
    premises.keep_keys()
    async with premises.gate() as gate:
        await read(gate, "a", "b")
    async with premises.gate() as gate:
        await read(gate, "c")
        async with premises.broker(), play() as desk:
            await until(lambda: cards(desk.events()) == ["a", "b", "c"])
            assert len({epoch for epoch, _ in desk.stored}) == 2
            await until(lambda: bool(desk.health) and desk.health[-1].journaled == 3)


async def test_a_broker_that_restarts_is_found_again(premises: Premises, play: Playing) -> None:
    premises.keep_keys()
    async with premises.gate() as gate:
        async with premises.broker(), play() as desk:
            await read(gate, "a")
            await until(lambda: cards(desk.events()) == ["a"])
        await until(lambda: not gate.uplink.is_connected)
        await read(gate, "b")
        async with premises.broker(), play() as again:
            again.stored = desk.stored
            await until(lambda: cards(again.events()) == ["a", "b"])


async def test_a_wiped_store_gets_everything_again(premises: Premises, play: Playing) -> None:
    async with premises.broker(), play() as desk, premises.gate() as gate:
        await read(gate, "a", "b", "c")
        await until(lambda: len(desk.stored) == 3 and gate.uplink.delivered)
        desk.stored.clear()
        await until(lambda: not gate.uplink.delivered)
        await until(lambda: cards(desk.events()) == ["a", "b", "c"] and gate.uplink.delivered)


async def test_lost_records_are_sent_again(premises: Premises, play: Playing) -> None:
    async with premises.broker(), play() as desk, premises.gate() as gate:
        lost_once = {2, 5, 6}

        def loses(number: int) -> bool:
            is_lost = number in lost_once
            lost_once.discard(number)
            return is_lost

        desk.loses = loses
        await read(gate, *"abcdefgh")
        await until(lambda: cards(desk.events()) == list("abcdefgh"))
        again = [number for _, number in desk.arrivals if [n for _, n in desk.arrivals].count(number) > 1]
        assert set(again) == {2, 5, 6}, "only what was lacking was sent twice"


async def test_a_long_backlog_comes_in_batches(premises: Premises, play: Playing) -> None:
    premises.keep_keys()
    backlog = [f"card-{n}" for n in range(5000)]
    async with premises.gate() as gate:
        await read(gate, *backlog)
        async with premises.broker(), play() as desk:
            await until(lambda: len(desk.stored) == 5000)
            assert cards(desk.events()) == backlog


async def test_words_that_nobody_enrolled_said_change_nothing(premises: Premises, play: Playing) -> None:
    async with premises.broker(), play() as desk, premises.gate() as gate:
        await read(gate, "a")
        await until(lambda: gate.uplink.delivered and len(desk.stored) == 1)
        impostor = PlayedController()
        assert desk.client is not None
        desk.is_mute = True
        before_ns = gate.time.now_ns()
        forged = sign(SignedTime(VERSION, MAIN, before_ns + DAY_NS), MAIN, impostor.signer)
        await desk.client.publish(TIME.of(site=SITE, controller=MAIN), forged, qos=1)
        keys = impostor.publish(before_ns)
        await desk.client.publish(KEYS.of(site=SITE, controller=MAIN), keys, qos=1)
        await until(lambda: gate.uplink.counters["refused-BadSignatureError"] == 2)
        assert gate.time.now_ns() < before_ns + DAY_NS
        await read(gate, "b")
        await until(lambda: cards(desk.events()) == ["a", "b"])
        assert "refused-BadSignatureError" in (desk.health[-1].counters if desk.health else {}) or desk.health


async def test_a_signed_time_is_believed(premises: Premises, play: Playing) -> None:
    async with premises.broker(), play() as desk, premises.gate() as gate:
        desk.is_mute = True
        await until(lambda: gate.uplink.is_connected)
        ahead_ns = premises.clock.now_ns() + DAY_NS
        head = sign(LedgerHead(VERSION, MAIN, 7, bytes(32), ahead_ns), MAIN, premises.controller.signer)
        await desk.send(TIME, SignedTime(VERSION, MAIN, ahead_ns, head))
        await until(lambda: gate.time.now_ns() >= ahead_ns)
        await until(lambda: bool(desk.health) and desk.health[-1].clock_offset_ms < -86_000_000)
        await until(lambda: desk.health[-1].heads == [head])  # the gate is a witness of where the ledger ended
        forged = sign(LedgerHead(VERSION, MAIN, 8, bytes(32), ahead_ns), MAIN, PlayedController().signer)
        await desk.send(TIME, SignedTime(VERSION, MAIN, ahead_ns, forged))
        await until(lambda: gate.uplink.counters["refused-BadSignatureError"] == 1)
        assert gate.heads.kept() == [head]


async def test_an_order_to_the_doors_is_obeyed_if_its_controller_signed_it(premises: Premises, play: Playing) -> None:
    """Also by a gate that comes back: it is retained, and holds until its end."""
    until_ns = premises.clock.now_ns() + DAY_NS
    async with premises.broker(), play() as desk:
        async with premises.gate() as gate:
            await until(lambda: gate.uplink.is_connected)
            forged = DoorOrder(VERSION, MAIN, EDGE, 2, until_ns, exits_free=True, entries_denied=True)
            assert desk.client is not None
            payload = sign(forged, MAIN, PlayedController().signer)
            await desk.client.publish(DOORS.of(site=SITE, controller=MAIN, edge=EDGE), payload, qos=1)
            other = DoorOrder(VERSION, MAIN, EdgeId("other"), 3, until_ns, exits_free=True, entries_denied=True)
            await desk.send(DOORS, other)
            await until(lambda: gate.uplink.counters["refused-BadMessageError"] == 1)
            assert gate.uplink.counters["refused-BadSignatureError"] == 1
            assert gate.gate.counters["entries-denied-by-order"] == 0
            order = DoorOrder(VERSION, MAIN, EDGE, 1, until_ns, exits_free=False, entries_denied=True)
            await desk.send(DOORS, order, retain=True)
            await until(lambda: gate.gate.counters["entries-denied-by-order"] == 1)
        async with premises.gate() as gate:
            await until(lambda: gate.gate.counters["entries-denied-by-order"] == 1)


async def test_a_killed_broker_is_found_again_each_time(premises: Premises) -> None:
    async with premises.broker() as broker, premises.gate() as gate:
        for _ in range(2):
            await until(lambda: gate.uplink.is_connected)
            assert broker.pid is not None
            os.kill(broker.pid, signal.SIGKILL)
            await until(lambda: not gate.uplink.is_connected)
        await until(lambda: gate.uplink.is_connected)
