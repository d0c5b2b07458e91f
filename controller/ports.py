"""The ports of one controller: drawn once, kept for ever, for they stand on the root's list.

Belongs here: that file. Does not belong here: listening on them.
"""

import socket
from pathlib import Path

import msgspec

from controller.files import make_private_folder, write_atomically


class Ports(msgspec.Struct, frozen=True):
    """TCP ports at which gates reach this controller: its broker, and the HTTPS for policies and other controllers."""

    broker: int
    policy: int


def family_of(host: str) -> socket.AddressFamily:
    """Return the address family of an IP address."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def ports_of(state: Path, host: str) -> Ports:
    """Return the ports of the controller in `state`; drawn from those that are free on `host`, the first time."""
    path = state / "ports.json"
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Ports)
    with socket.socket(family_of(host)) as one, socket.socket(family_of(host)) as two:
        for probe in (one, two):
            probe.bind((host, 0))
        ports = Ports(one.getsockname()[1], two.getsockname()[1])
    make_private_folder(state)
    write_atomically(path, msgspec.json.encode(ports))
    return ports
