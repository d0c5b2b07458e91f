"""What who signs must know of a check beside its findings: simulated devices, devices left out, twins by serial number.

Belongs here: what follows from files and findings together. Does not belong here: findings, which decide the verdict.
"""

import ipaddress
import os
import stat
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from contract.site import Gate, GateDevices, ReaderKind
from edge.commissioning.finding import Finding, Subject
from process.exposure import IN_WORDS
from process.memory import open_ways

_PSEUDO_TERMINALS: Final = range(136, 144)
"""The device numbers (major) of the ends of Linux's pseudo-terminals, whatever path leads to them."""
_SERVICE_SOCKET: Final = "PCSCLITE_CSOCK_NAME"
"""Where this variable is set, the smart card service is not the machine's own."""


def simulated_in(gate: Gate, devices: GateDevices) -> tuple[str, ...]:
    """Return, in words, each device of `gate` that is a program and no hardware, as far as that can be seen."""
    return tuple(_simulated(gate, devices))


def remarks_on(gate: Gate, devices: GateDevices, findings: Iterable[Finding]) -> tuple[str, ...]:
    """Return what was left out of the check, what is odd about devices that passed it, and where memory could leak."""
    return (*_left_out(gate, devices), *_twins(findings), *(IN_WORDS[way] for way in sorted(open_ways())))


def _simulated(gate: Gate, devices: GateDevices) -> Iterator[str]:
    lines: dict[str, list[str]] = defaultdict(list)
    for reader in gate.reader:
        if reader.kind is ReaderKind.PCSC:
            if os.environ.get(_SERVICE_SOCKET):
                yield f"reader {reader.id}: a smart card service of a simulator ({_SERVICE_SOCKET} is set)"
        elif reader.kind is not ReaderKind.LOG:
            lines[reader.device].append(f"reader {reader.id}")
    for board in gate.board:
        lines[board.device].append(f"board {board.id}")
    for line, on_line in lines.items():
        what = _no_hardware(devices.lines.get(line, ""))
        if what:
            yield f"{', '.join(on_line)}: line {line} is {what}"
    for camera in gate.camera:
        if _is_here(devices.cameras.get(camera.id, "")):
            yield f"camera {camera.id}: its address is this machine"


def _no_hardware(path: str) -> str:
    """Return what else than a device a path leads to, in words; empty for a device, or for nothing at all."""
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return ""
    if stat.S_ISCHR(found.st_mode):
        return "a pseudo-terminal" if os.major(found.st_rdev) in _PSEUDO_TERMINALS else ""
    return "a socket" if stat.S_ISSOCK(found.st_mode) else ""


def _is_here(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _left_out(gate: Gate, devices: GateDevices) -> Iterator[str]:
    points = {point: portal.id for portal in gate.portal for point in portal.access_points}
    served = {reader.access_point for reader in gate.reader}
    for point, portal in points.items():
        if point not in served:
            yield f"portal {portal}: no reader serves access point {point}"
    for reader in gate.reader:
        if reader.kind is ReaderKind.LOG:
            yield f"reader {reader.id} reads out of a file and was not looked at"
    used = {reader.device for reader in gate.reader} | {board.device for board in gate.board}
    for line in sorted(set(devices.lines) - used):
        yield f"the device file has a line {line} that no reader or board of the site file uses: nothing there was seen"
    for name in sorted((set(devices.scbk) | set(devices.scbk_next)) - {reader.id for reader in gate.reader}):
        yield f"the device file has a key for reader {name}, which the site file does not have: it was not looked at"


def _twins(findings: Iterable[Finding]) -> Iterator[str]:
    names: dict[str, list[str]] = defaultdict(list)
    for finding in findings:
        if finding.subject in {Subject.READER, Subject.BOARD} and finding.facts.get("serial"):
            names[finding.facts["serial"]].append(finding.name)
    for serial, twins in names.items():
        if len(twins) > 1:
            yield f"{', '.join(twins)} say one serial number, {serial}: a copy, or one device at two addresses?"
