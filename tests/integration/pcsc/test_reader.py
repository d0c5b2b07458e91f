"""The gate's PC/SC reader on the real service: cards in and out, and everything that can go away meanwhile."""

import asyncio
import threading

import pytest

from drivers.ports import DeviceIdentified, LossReason, ReaderLost, ReaderOnline, ReadRefusal
from simulators.cards import UidCard
from simulators.pcsc import PrivatePcscd
from tests.integration.pcsc.cards import Laid, guid_of, judge_of, pull, reading
from tests.unit.drivers.pcsc.issuer import MemoryCard, Site, ec_key


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


async def test_each_card_that_comes_is_read_once(pcscd: PrivatePcscd, site: Site) -> None:
    first, second = site.card(), site.card(extended=True)
    async with reading(pcscd.reader.name, judge_of(site)) as heard:
        await heard.online()
        assert [event.secure for event in heard.of(ReaderOnline)] == [True]
        assert [event.model for event in heard.of(DeviceIdentified)] == [pcscd.reader.name]
        for number, card in enumerate((first, second, first), start=1):
            pcscd.reader.insert(Laid(card))
            await heard.until(lambda heard, number=number: heard.cards == number)  # type: ignore[misc]
            await pull(pcscd.reader)
    assert heard.read == [guid_of(first), guid_of(second), guid_of(first)]
    assert not heard.of(ReaderLost)


async def test_the_same_card_again_within_the_hold_off_is_one_read(pcscd: PrivatePcscd, site: Site) -> None:
    card, other = Laid(site.card()), Laid(site.card())
    async with reading(pcscd.reader.name, judge_of(site), hold_off_ms=60_000) as heard:
        pcscd.reader.insert(card)
        await heard.until(lambda heard: heard.cards == 1)
        await pull(pcscd.reader)
        pcscd.reader.insert(card)
        await asyncio.to_thread(_wait_for, card, 2 * card.count)
        await pull(pcscd.reader)
        pcscd.reader.insert(other)
        await heard.until(lambda heard: heard.cards == 2)
    assert heard.read == [guid_of(card.card), guid_of(other.card)]


def _wait_for(card: Laid, count: int) -> None:
    ticks = threading.Event()
    for _ in range(1000):
        if card.count >= count:
            return
        ticks.wait(0.02)
    raise AssertionError("the card was not read again")


async def test_two_readers_do_not_mix_up_their_cards(pcscd: PrivatePcscd, site: Site) -> None:
    one, two = list(pcscd.readers.values())
    good, bad = site.card(), MemoryCard(site.card().objects, ec_key())
    async with reading(one.name, judge_of(site)) as at_one, reading(two.name, judge_of(site)) as at_two:
        await at_one.online()
        await at_two.online()
        one.insert(Laid(good))
        two.insert(Laid(bad))
        await at_one.until(lambda heard: heard.cards == 1)
        await at_two.until(lambda heard: heard.cards == 1)
    assert (at_one.read, at_one.refused) == ([guid_of(good)], [])
    assert (at_two.read, at_two.refused) == ([], [ReadRefusal.KEY_MISMATCH])


async def test_a_serial_number_is_off_unless_the_reader_is_told_otherwise(pcscd: PrivatePcscd, site: Site) -> None:
    one, two = list(pcscd.readers.values())
    async with (
        reading(one.name, judge_of(site)) as strict,
        reading(two.name, judge_of(site, plain_uid=True)) as lenient,
    ):
        one.insert(UidCard(bytes.fromhex("04112233445566")))
        two.insert(UidCard(bytes.fromhex("04112233445566")))
        await strict.until(lambda heard: heard.cards == 1)
        await lenient.until(lambda heard: heard.cards == 1)
    assert strict.refused == [ReadRefusal.UID_ONLY]
    assert lenient.read == ["uid-7:04112233445566"]


async def test_a_killed_service_is_found_again_and_no_card_is_read_twice(pcscd: PrivatePcscd, site: Site) -> None:
    card, later = site.card(), site.card()
    async with reading(pcscd.reader.name, judge_of(site)) as heard:
        pcscd.reader.insert(Laid(card))
        await heard.until(lambda heard: heard.cards == 1)
        await asyncio.to_thread(pcscd.kill)
        await heard.until(lambda heard: bool(heard.of(ReaderLost)))
        await asyncio.to_thread(pcscd.start)
        await heard.online(2)
        await asyncio.sleep(2)  # the card still lies there: nobody presented it
        assert heard.read == [guid_of(card)]
        pcscd.reader.swap(Laid(later))
        await heard.until(lambda heard: heard.cards == 2)
    assert [event.reason for event in heard.of(ReaderLost)] == [LossReason.SERVICE_LOST]
    assert heard.read == [guid_of(card), guid_of(later)]


async def test_a_card_that_came_while_the_service_was_down_is_read_when_it_is_back(
    pcscd: PrivatePcscd, site: Site
) -> None:
    card = site.card()
    async with reading(pcscd.reader.name, judge_of(site)) as heard:
        await heard.online()
        await asyncio.to_thread(pcscd.kill)
        pcscd.reader.insert(Laid(card))
        await asyncio.to_thread(pcscd.start)
        await heard.until(lambda heard: heard.cards == 1)
    assert heard.read == [guid_of(card)]


async def test_a_service_that_dies_while_a_card_is_read_loses_no_read_and_grants_nothing(
    pcscd: PrivatePcscd, site: Site
) -> None:
    killed = threading.Event()

    def kill_at_the_fourth(count: int) -> None:
        if count == 4 and not killed.is_set():
            killed.set()
            threading.Thread(target=pcscd.kill).start()
            threading.Event().wait(0.3)

    card = Laid(site.card(), kill_at_the_fourth)
    async with reading(pcscd.reader.name, judge_of(site)) as heard:
        await heard.online()
        pcscd.reader.insert(card)
        await heard.until(lambda heard: bool(heard.of(ReaderLost)))
        assert heard.cards == 0
        await asyncio.sleep(0.5)
        await asyncio.to_thread(pcscd.start)
        await heard.until(lambda heard: heard.cards == 1)
    assert heard.read == [guid_of(card.card)]


async def test_a_reader_that_is_unplugged_is_said_and_served_again(pcscd: PrivatePcscd, site: Site) -> None:
    name, card = pcscd.reader.name, site.card()
    async with reading(name, judge_of(site)) as heard:
        await heard.online()
        await asyncio.to_thread(pcscd.unplug, name)
        await heard.until(lambda heard: bool(heard.of(ReaderLost)))
        await asyncio.to_thread(pcscd.plug_in, name)
        await heard.online(2)
        pcscd.reader.insert(Laid(card))
        await heard.until(lambda heard: heard.cards == 1)
    assert heard.read == [guid_of(card)]


async def test_no_service_and_no_such_reader_are_said_once(pcscd: PrivatePcscd, site: Site) -> None:
    async with reading("No such reader", judge_of(site)) as heard, reading("Simulated", judge_of(site)) as ambiguous:
        await heard.until(lambda heard: bool(heard.events))
        await ambiguous.until(lambda heard: bool(heard.events))
        await asyncio.sleep(1.5)
    assert [event.reason for event in heard.of(ReaderLost)] == [LossReason.READER_ABSENT]
    assert [event.reason for event in ambiguous.of(ReaderLost)] == [LossReason.READER_ABSENT]
    await asyncio.to_thread(pcscd.stop)
    async with reading(pcscd.reader.name, judge_of(site)) as nothing:
        await nothing.until(lambda heard: bool(heard.events))
    assert [event.reason for event in nothing.of(ReaderLost)] == [LossReason.SERVICE_LOST]


@pytest.mark.parametrize("noticed", [True, False])
async def test_a_card_swapped_in_the_middle_is_never_half_of_a_grant(
    pcscd: PrivatePcscd, site: Site, noticed: bool
) -> None:
    """The second card's answers are never taken for the first one's, whether the reader notices the exchange or not.

    The first is all data of a good card without its key, so that only the second one's could help it.
    """
    stolen, others = site.card(), [Laid(site.card()) for _ in range(3)]
    async with reading(pcscd.reader.name, judge_of(site)) as heard:
        await heard.online()
        for at_command, other in zip((1, 3, 6), others, strict=True):

            def swap(count: int, at_command: int = at_command, other: Laid = other) -> None:
                if count == at_command:
                    pcscd.reader.swap(other, noticed=noticed)

            before = heard.cards
            pcscd.reader.insert(Laid(MemoryCard(stolen.objects, None), swap))
            if noticed:  # the second card is then read for itself
                await heard.until(lambda heard, other=other: guid_of(other.card) in heard.read)  # type: ignore[misc]
            else:
                await heard.until(lambda heard, before=before: heard.cards > before)  # type: ignore[misc]
            await pull(pcscd.reader)
    assert set(heard.read) <= {guid_of(other.card) for other in others}
    mixed = {ReadRefusal.COPIED, ReadRefusal.KEY_MISMATCH, ReadRefusal.MISSING_OBJECT, ReadRefusal.TAMPERED}
    assert set(heard.refused) <= ({ReadRefusal.CARD_REMOVED} if noticed else mixed)


async def test_a_card_pulled_in_the_middle_was_removed(pcscd: PrivatePcscd, site: Site) -> None:
    def pull(count: int) -> None:
        if count == 3:
            pcscd.reader.pull()

    card, next_one = Laid(site.card(), pull), site.card()
    async with reading(pcscd.reader.name, judge_of(site)) as heard:
        await heard.online()
        pcscd.reader.insert(card)
        await heard.until(lambda heard: heard.cards == 1)
        assert heard.refused == [ReadRefusal.CARD_REMOVED]
        await asyncio.sleep(1)
        pcscd.reader.insert(Laid(next_one))
        await heard.until(lambda heard: heard.cards == 2)
    assert heard.read == [guid_of(next_one)]


async def test_a_card_that_hangs_holds_up_nobody_else(pcscd: PrivatePcscd, site: Site) -> None:
    one, two = list(pcscd.readers.values())
    let_go = threading.Event()

    def hang(count: int) -> None:
        if count == 3:
            let_go.wait(20)

    hanging = Laid(site.card(), hang)
    good = site.card()
    try:
        async with reading(one.name, judge_of(site)) as at_one, reading(two.name, judge_of(site)) as at_two:
            await at_one.online()
            await at_two.online()
            one.insert(hanging)
            await asyncio.sleep(1)
            two.insert(Laid(good))
            await at_two.until(lambda heard: heard.cards == 1)
            assert at_one.cards == 0
            let_go.set()
            await at_one.until(lambda heard: heard.cards == 1)
    finally:
        let_go.set()
    assert at_two.read == [guid_of(good)]
    assert at_one.read == [guid_of(hanging.card)]


async def test_a_gate_can_stop_while_a_card_hangs(pcscd: PrivatePcscd, site: Site) -> None:
    let_go, reached = threading.Event(), threading.Event()

    def hang(count: int) -> None:
        if count == 2:
            reached.set()
            let_go.wait(20)

    try:
        async with reading(pcscd.reader.name, judge_of(site)) as heard:
            await heard.online()
            pcscd.reader.insert(Laid(site.card(), hang))
            assert await asyncio.to_thread(reached.wait, 20)
        assert not heard.cards
    finally:
        let_go.set()
