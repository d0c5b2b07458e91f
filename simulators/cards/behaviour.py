"""Cards that misbehave, around any card: slow ones, ones that are taken away, ones that lie.

Belongs here: what is wrong with how a card answers. Does not belong here: what is wrong with what it says of itself
(wrong_cards.py).
"""

import time
from dataclasses import dataclass, field
from typing import Final

from simulators.cards.smartcard import CardRemovedError, SmartCard

_GENERAL_AUTHENTICATE: Final = 0x87
_CHAINED: Final = 0x10
_OK: Final = b"\x90\x00"


@dataclass(slots=True)
class SlowCard:
    """A card that takes `delay_ms` longer for each answer."""

    card: SmartCard
    delay_ms: int

    @property
    def uid(self) -> bytes:
        """That of the card."""
        return self.card.uid

    def power_on(self) -> bytes:
        """Power the card."""
        return self.card.power_on()

    def transmit(self, command: bytes) -> bytes:
        """Answer late."""
        time.sleep(self.delay_ms / 1000)
        return self.card.transmit(command)


@dataclass(slots=True)
class LeavingCard:
    """A card that is pulled when it has answered `after` commands since it was powered, and before it answers more."""

    card: SmartCard
    after: int
    _answered: int = field(default=0, init=False)

    @property
    def uid(self) -> bytes:
        """That of the card."""
        return self.card.uid

    def power_on(self) -> bytes:
        """Power the card."""
        self._answered = 0
        return self.card.power_on()

    def transmit(self, command: bytes) -> bytes:
        """Answer, or be gone (CardRemovedError)."""
        if self._answered == self.after:
            raise CardRemovedError
        self._answered += 1
        return self.card.transmit(command)


@dataclass(slots=True)
class LyingCard:
    """A card that says anything to a challenge, and that all is well: `answer` to each GENERAL AUTHENTICATE."""

    card: SmartCard
    answer: bytes

    @property
    def uid(self) -> bytes:
        """That of the card."""
        return self.card.uid

    def power_on(self) -> bytes:
        """Power the card."""
        return self.card.power_on()

    def transmit(self, command: bytes) -> bytes:
        """Answer, or lie."""
        if len(command) > 1 and command[1] == _GENERAL_AUTHENTICATE:
            return _OK if command[0] & _CHAINED else self.answer + _OK
        return self.card.transmit(command)
