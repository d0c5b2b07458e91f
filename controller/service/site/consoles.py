"""Where browsers reach the pages of this controller and of the others: told by each in this run, kept nowhere.

Whoever was there knows the others' addresses; that is enough for a page to go on at another one when its own falls
silent. Belongs here: that memory. Does not belong here: telling it (peer/), or switching (web/static).
"""

import re
from typing import Final
from urllib.parse import urlsplit

from contract.ids import ControllerId
from controller.pki.listed import Listed

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")
"""A name or an address: origins stand in our Content-Security-Policy, where a star or a semicolon would be a rule."""


class Consoles:
    """Belongs to the event loop. An origin is a scheme, a host and perhaps a port, as browsers say it."""

    def __init__(self, listed: Listed) -> None:
        self._listed: Final = listed
        self._told: Final[dict[ControllerId, str]] = {}
        self.own = ""
        """Of this controller; empty as long as its console has not come up."""

    @property
    def controller(self) -> ControllerId:
        """This controller's name."""
        return self._listed.controller

    def serve(self, address: str) -> None:
        """Say at which address browsers reach this controller's pages."""
        self.own = _normal(address)

    def hear(self, controller: ControllerId, origin: str) -> None:
        """Take what another controller says of its own pages; what is no origin, or less secret than ours, is none."""
        if origin and origin == _normal(origin) and not (self.own.startswith("https:") and origin.startswith("http:")):
            self._told[controller] = origin

    def others(self) -> dict[ControllerId, str]:
        """Return the origins of the other controllers on the list, by name, as far as they have told theirs."""
        return {
            card.controller: self._told[card.controller] for card in self._listed.peers if card.controller in self._told
        }


def _normal(address: str) -> str:
    """Return the origin of an address as browsers say it (RFC 6454, 6.2), without a default port; empty for none."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or not _HOST.fullmatch(parts.hostname):
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}")
