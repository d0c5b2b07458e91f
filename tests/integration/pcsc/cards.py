"""Cards of the judge's own tests on a virtual reader, and readers of the gate that note what they tell."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from contract.clock import SystemClock
from contract.ids import ReaderId
from drivers.pcsc.judge import CardJudge
from drivers.pcsc.reader import PcscReader
from drivers.pcsc.service import Service
from drivers.pcsc.trust import Trust
from drivers.ports import CredentialRead, DeviceEvent, ReaderOnline, ReadRefusal, ReadRefused
from simulators.pcsc import VirtualReader
from tests.unit.drivers.pcsc.issuer import NOW, MemoryCard, Site

LIMIT_S = 60.0
READER = ReaderId("north-in")
_Event = TypeVar("_Event")


class Laid:
    """A card in memory, as a virtual reader wants it. `on_command`: called with the number of each command."""

    uid = bytes.fromhex("04a1b2c3d4e5f6")

    def __init__(self, card: MemoryCard, on_command: Callable[[int], None] | None = None) -> None:
        self.card = card
        self.on_command = on_command
        self.count = 0

    def power_on(self) -> bytes:
        return bytes.fromhex("3b8580018073c8010000")

    def transmit(self, command: bytes) -> bytes:
        self.count += 1
        if self.on_command is not None:
            self.on_command(self.count)
        return self.card.transmit(command)


class Heard:
    """Everything that a reader told, in order."""

    def __init__(self) -> None:
        self.events: list[DeviceEvent] = []

    def of(self, kind: type[_Event]) -> list[_Event]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def read(self) -> list[str]:
        return [event.credential.text for event in self.of(CredentialRead)]

    @property
    def refused(self) -> list[ReadRefusal]:
        return [event.reason for event in self.of(ReadRefused)]

    @property
    def cards(self) -> int:
        return len(self.read) + len(self.refused)

    async def until(self, condition: Callable[["Heard"], bool]) -> None:
        """Wait, with a generous limit."""
        async with asyncio.timeout(LIMIT_S):
            while not condition(self):  # noqa: ASYNC110 - the events come from a thread
                await asyncio.sleep(0.02)

    async def online(self, times: int = 1) -> None:
        await self.until(lambda heard: len(heard.of(ReaderOnline)) >= times)


async def pull(reader: VirtualReader) -> None:
    """Take the card away, and wait until the service has noticed."""
    reader.pull()
    await asyncio.to_thread(_until_empty, reader.name)


def _until_empty(name: str) -> None:
    with Service() as service:
        seen = service.look(name)
        while seen is None or seen.is_present:
            seen = service.look(name, seen, 1000) or seen


def guid_of(card: MemoryCard) -> str:
    return f"piv:{card.objects[0x5FC102][29:45].hex()}"


def judge_of(site: Site, *, plain_uid: bool = False) -> CardJudge:
    trust = Trust([site.root.certificate], [site.issuing.certificate])
    return CardJudge(lambda: NOW, lambda: trust, plain_uid=plain_uid)


@asynccontextmanager
async def reading(name: str, judge: CardJudge, *, hold_off_ms: int = 0) -> AsyncIterator[Heard]:
    """The reader of a gate at work, online."""
    heard = Heard()
    reader = PcscReader(READER, name, judge, SystemClock(), hold_off_ms=hold_off_ms, is_secure=True)
    work = asyncio.create_task(reader.run(heard.events.append))
    try:
        yield heard
    finally:
        work.cancel()
        await asyncio.wait({work})
        assert work.cancelled()
