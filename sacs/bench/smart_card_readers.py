"""Smart card readers at the bench: a private PC/SC service where it can be had, and in words why not where it can not.

Belongs here: that service around a bench. Does not belong here: the cards (simulators/bench/smartcards.py).
"""

import asyncio
import importlib.util
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from contract.site import Gate, ReaderKind
from simulators.bench.smartcards import Slot
from simulators.pcsc import PcscUnavailableError, PrivatePcscd


@dataclass(frozen=True)
class SmartCardReaders:
    """Readers by the gate's device name, and what the gate's process needs in its environment to find them."""

    slots: Mapping[str, Slot] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


def missing() -> str:
    """Return why there can be no smart card readers here, in words; nothing if there can."""
    if importlib.util.find_spec("smartcard") is None:
        return "no smart card reader: the extra `pcsc` of this package is not installed"
    try:
        PrivatePcscd(Path("/"))
    except PcscUnavailableError as error:
        return f"no smart card reader: {error}"
    return ""


@asynccontextmanager
async def smart_card_readers(config: Gate, folder: Path) -> AsyncIterator[SmartCardReaders]:
    """Run a PC/SC service with a gate's smart card readers, if it has any. Raises PcscUnavailableError."""
    devices = list(dict.fromkeys(r.device for r in config.reader if r.kind is ReaderKind.PCSC))
    if not devices:
        yield SmartCardReaders()
        return
    service = PrivatePcscd(folder, devices)
    try:
        await asyncio.to_thread(service.start)
        yield SmartCardReaders(_slots(service, devices), service.environment)
    finally:
        await asyncio.to_thread(service.close)


def _slots(service: PrivatePcscd, devices: Sequence[str]) -> dict[str, Slot]:
    return {device: Slot(reader, service) for device, reader in zip(devices, service.readers.values(), strict=True)}
