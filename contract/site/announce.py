"""Other systems that are told of emergencies: mass notification, sirens of a town, a message board.

Belongs here: the shape and its limits. Does not belong here: what they are told (controller/domain/announcement.py), or
sending it.
"""

import enum
import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from contract.site.error import SiteFileError


class AnnounceForm(enum.StrEnum):
    """In which form another system is told."""

    CAP = "cap"
    """Common Alerting Protocol 1.2 (OASIS), an XML document."""
    JSON = "json"
    """A webhook: one JSON object."""


class AnnounceTo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A system that takes announcements by HTTP POST. `drills`: whether it is told of drills as well."""

    id: str
    url: str
    form: AnnounceForm = AnnounceForm.CAP
    drills: bool = False


def check_announce_to(systems: Iterable[AnnounceTo]) -> None:
    """Raise SiteFileError for an address to which nothing can be sent, or only in clear over a network."""
    for system in systems:
        try:
            parts = urlsplit(system.url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            parts, host = urlsplit(""), ""
        if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
            message = f"site file: announce_to {system.id} has the url {system.url!r}: use https://HOST/PATH"
            raise SiteFileError(message)
        if parts.scheme == "http" and not _is_loopback(host):
            message = f"site file: announce_to {system.id} would be told in clear over a network: use https"
            raise SiteFileError(message)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
