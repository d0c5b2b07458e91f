"""What a broker is told, in our own terms, and the text files that tell it.

Belongs here: values that both brokers share. Does not belong here: either broker's syntax.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract.ids import SiteId
from contract.messages import BYTES_PER_MESSAGE
from controller.broker.rules import Rights
from controller.pki.folder import CertificateFiles

PAYLOAD_LIMIT_BYTES: Final = 2 * BYTES_PER_MESSAGE
"""Longest payload that a broker takes: what `contract.messages.decode_batch` would still look at."""
IN_FLIGHT_LIMIT: Final = 1000
"""Messages sent to one client and not yet acknowledged by it."""
STORE_LIMIT_BYTES: Final = 1 << 30
"""Most that a broker keeps for absent clients. What does not fit is not lost: gates resend from their rings."""

_FORBIDDEN_IN_PATHS: Final = frozenset('\n\r\0"\\')


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """One broker, completely: where it listens, what it may keep where, who it is, and who may do what.

    `host` is one address to bind to (an IP address, not a name), `port` a TCP port, 0 for a free one. `folder` takes
    the configuration, the store and the log; `files` are the broker's own certificate and the site's authority.
    Raises ValueError for what can not be configured safely.
    """

    site: SiteId
    host: str
    port: int
    folder: Path
    files: CertificateFiles
    rights: tuple[Rights, ...]

    def __post_init__(self) -> None:
        """Check what the configurations' syntax relies on."""
        ipaddress.ip_address(self.host)
        if not self.rights:
            raise ValueError("name at least one identity: without users nats-server would ask for none")
        for path in (self.folder, self.files.certificate, self.files.key, self.files.authority):
            if not path.is_absolute() or _FORBIDDEN_IN_PATHS & set(str(path)):
                raise ValueError(f"{str(path)!r} must be absolute, without quotes, backslashes and line breaks")

    @property
    def store(self) -> Path:
        """The folder of the broker's own persistence: sealed payloads, sessions, retained messages."""
        return self.folder / "store"

    @property
    def log(self) -> Path:
        """The broker's log: starts, stops, faults, and refused acts with their topic; never a payload."""
        return self.folder / "broker.log"


@dataclass(frozen=True, slots=True)
class Configuration:
    """A rendered configuration: the file to start with, and every file by its name inside the broker's folder."""

    main: str
    files: Mapping[str, str]
