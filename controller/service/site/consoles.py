"""Where browsers reach the pages of this controller and of the others: told by each in this run, kept nowhere.

Whoever was there knows the others' addresses; that is enough for a page to go on at another one when its own falls
silent. Belongs here: that memory. Does not belong here: telling it (peer/), or switching (web/static).
"""

from typing import Final
from urllib.parse import urlsplit

from contract.ids import ControllerId
from controller.pki.listed import Listed


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

    def hear(self, controller: ControllerId, origin: str) -> None:
        """Take what another controller says of its own pages; what is no origin, or less secret than ours, is none."""
        if origin and is_origin(origin) and not (self.own.startswith("https:") and origin.startswith("http:")):
            self._told[controller] = origin

    def others(self) -> dict[ControllerId, str]:
        """Return the origins of the other controllers on the list, by name, as far as they have told theirs."""
        return {
            card.controller: self._told[card.controller] for card in self._listed.peers if card.controller in self._told
        }


def is_origin(text: str) -> bool:
    """Tell whether a text is an origin that can stand in a header (RFC 6454, 6.1), and nothing but one."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return False
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return text == f"{parts.scheme}://{host}" + (f":{port}" if port is not None else "")
