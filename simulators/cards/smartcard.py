"""What every smart card is to the reader that it lies on: power, a serial number, and answers to commands.

Belongs here: the shape that cards have in common. Does not belong here: any card, any reader.
"""

from typing import Protocol


class CardRemovedError(Exception):
    """Raised by a card that is taken away while it is being spoken to: the reader finds nothing there any more."""


class SmartCard(Protocol):
    """A card with contacts or an antenna. Cards know no time and no thread; a reader calls them one by one."""

    @property
    def uid(self) -> bytes:
        """The serial number that a contactless card sends before anything else: 4, 7 or 10 bytes; none: empty."""
        ...

    def power_on(self) -> bytes:
        """Begin anew: nothing is selected, nobody has proven anything. Returns the answer to reset (ISO 7816-3)."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """Answer a command APDU: data, then two bytes of status (ISO 7816-4). Raises CardRemovedError."""
        ...
