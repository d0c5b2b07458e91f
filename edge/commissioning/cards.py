"""What the cards say that somebody holds before a gate's readers while the gate is stopped, so as to find their format.

A gate at work shows the bits of no card that it understands, for those are somebody's credential. Here nobody is let
in, nothing is kept, and the readers are told to accept no format at all: each card word comes with its bits.

Belongs here: running the readers so. Does not belong here: what the bits say (drivers/wiegand), or how it is shown.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from contract.clock import SystemClock
from contract.ids import ReaderId
from contract.site import Gate, ReaderKind, parse_site
from drivers import ports
from edge.commissioning.check import in_place_of_the_gate, read_gate
from edge.commissioning.losses import in_words
from edge.commissioning.seen import running
from edge.hardware import HardwareError, build

Shown = ports.CredentialRead | ports.ReadRefused
"""A card that has a number and no bits of its own, or one with its bits, or what else a reader sent."""


async def show_cards(config: Path, say: Callable[[str], None], tell: Callable[[Shown], None]) -> None:
    """Hand each card that is held up to `tell` until cancelled; `say` gets in words what becomes of the readers.

    Raises GateRunsError, contract.enrolment.EnrolmentError, contract.site.SiteFileError, edge.hardware.HardwareError,
    or OSError for a file that can not be read.
    """
    files, enrolment, site_text, devices = read_gate(config)
    gate = parse_site(site_text.decode()).gate_of(enrolment.edge)
    with in_place_of_the_gate(Path(files.state)):
        piv = None if files.piv is None else Path(files.piv)
        hardware = build(without_formats(gate), devices, SystemClock(), Path(files.state), piv)
        if not hardware.readers:
            raise HardwareError(f"gate {gate.id} has no reader before which a card could be held")
        lines = {reader.id: reader.device for reader in gate.reader}

        def take(event: ports.DeviceEvent) -> None:
            match event:
                case ports.CredentialRead() | ports.ReadRefused():
                    tell(event)
                case ports.ReaderOnline(reader):
                    say(f"reader {reader}: hold a card before it")
                case ports.ReaderLost(reader, reason):
                    say(_lost(reader, reason, lines[reader], devices.lines))

        async with running(hardware, take) as tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


def without_formats(gate: Gate) -> Gate:
    """Return the readers of `gate` alone, none of which accepts any card format: no portal, and so no way in."""
    readers = [msgspec.structs.replace(reader, formats=[]) for reader in gate.reader if reader.kind != ReaderKind.LOG]
    return Gate(id=gate.id, name=gate.name, reader=readers)


def _lost(reader: ReaderId, reason: ports.LossReason, line: str, lines: dict[str, str]) -> str:
    words, remedy = in_words(reason, line, lines.get(line, ""))
    return f"reader {reader}: {words}; {remedy}"
