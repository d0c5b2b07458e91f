"""Smart card readers at the bench: a private PC/SC service, where one can be had.

Belongs here: that service around a bench. Does not belong here: the cards (simulators/bench/smartcards.py).
"""

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from simulators.bench.card_service import CardService
from simulators.bench.smartcards import Slot
from simulators.pcsc import PcscUnavailableError, PrivatePcscd


@dataclass(frozen=True)
class SmartCardReaders:
    """Readers by the gate's device name, their service, and what a program needs in its environment to find it."""

    slots: Mapping[str, Slot] = field(default_factory=dict)
    service: CardService | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def smart_card_readers(devices: Sequence[str], folder: Path) -> AsyncIterator[SmartCardReaders]:
    """Run a PC/SC service with these readers, if there are any. Raises PcscUnavailableError, with what is missing."""
    if not devices:
        yield SmartCardReaders()
        return
    if importlib.util.find_spec("smartcard") is None:
        raise PcscUnavailableError("smart card readers need what `make pcsc` adds, in the clone of this program")
    try:
        service = PrivatePcscd(folder, devices)
    except ValueError as error:
        raise PcscUnavailableError(f"these smart card readers can not be simulated: {error}") from error
    running = CardService(service)
    try:
        await asyncio.to_thread(service.start)
        slots = {
            device: Slot(reader, running) for device, reader in zip(devices, service.readers.values(), strict=True)
        }
        yield SmartCardReaders(slots, running, service.environment)
    finally:
        await running.close()
