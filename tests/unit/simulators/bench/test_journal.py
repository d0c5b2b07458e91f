"""The journal: in order, for whoever waits, and it forgets the oldest."""

import asyncio

from contract.clock import SystemClock
from simulators.bench.journal import KEPT, Entry, Journal, Source


async def test_who_follows_gets_every_entry_once_and_in_order() -> None:
    journal = Journal(SystemClock())
    journal.add(Source.ACT, "force", "door")
    seen: list[int] = []

    async def follow() -> None:
        async for batch in journal.follow(0, 30):
            seen.extend(entry.number for entry in batch)
            if len(seen) >= 4:
                return

    following = asyncio.create_task(follow())
    for _ in range(3):
        await asyncio.sleep(0)
        journal.add(Source.GATE, "portal", "door")
    await asyncio.wait_for(following, 30)
    assert seen == [1, 2, 3, 4]


async def test_silence_is_told_as_an_empty_list() -> None:
    journal = Journal(SystemClock())
    batches = journal.follow(0, 0.01)
    assert await anext(batches) == []
    await batches.aclose()  # type: ignore[attr-defined]  # an async generator


def test_the_oldest_are_forgotten_and_numbers_go_on() -> None:
    journal = Journal(SystemClock())
    heard: list[Entry] = []
    end = journal.listen(heard.append)
    for _ in range(KEPT + 5):
        journal.add(Source.WIRE, "osdp", "bus", is_routine=True)
    end()
    journal.add(Source.ACT, "force")
    assert len(heard) == KEPT + 5
    assert next(iter(journal.since(0))).number == 7
    assert [entry.number for entry in journal.since(KEPT + 4)] == [KEPT + 5, KEPT + 6]
    assert journal.last_number == KEPT + 6
    assert list(journal.since(KEPT + 6)) == []
