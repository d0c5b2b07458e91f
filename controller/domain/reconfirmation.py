"""Reconfirmation: an officer sees somebody who stays longer than the limit, one person at a time (L4).

A card shows one person whose record is about to expire; the officer says whether he sees that person. There is no list
and no choice of whom: the next to expire comes first, and who was not seen does not come again at once. Nobody keeps
records alive alone: after two cards in a row by one officer a commander, who is another one, must release the next.

Belongs here: whose card comes next, and how many in a row. Does not belong here: what a reconfirmation does to a chain
(presence/), or sealing and recording it (service).
"""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from contract.clock import NS_PER_S
from contract.ids import AccountId, HolderId
from controller.domain.obstacle import ObstacleError
from controller.domain.presence.fold import Placed

IN_A_ROW: Final = 2
"""So many cards one officer answers in a row; the next needs a commander."""
CARD_FOR_S: Final = 120
"""A card that nobody answers for so long is taken back, and counts as one on which nobody was seen."""
NOT_AGAIN_FOR_S: Final = 900
"""Who was not seen comes to the same officer again after so long."""
_SHARE: Final = 12
"""Of the time for which records are kept, before whose end a person may be reconfirmed; a site may say less."""


class Sight(enum.StrEnum):
    """What the officer says to a card."""

    SEEN = "seen"
    NOT_SEEN = "not-seen"


class ReconfirmationError(ObstacleError):
    """A card that can not be given or answered; the message says what to do."""


def ahead_s(keep_s: int, wanted_s: int) -> int:
    """Return from how long before the key's end to ask, where records are kept for `keep_s`: two hours of a day."""
    return min(wanted_s, keep_s // _SHARE)


@dataclass(frozen=True)
class Turns:
    """Who answered the last cards, and how many in a row. Folded from the ledger, so a restart forgives nothing."""

    officer: AccountId | None = None
    in_a_row: int = 0

    def answered(self, officer: AccountId) -> "Turns":
        """Take note of one more card that `officer` answered."""
        return Turns(officer, self.in_a_row + 1 if officer == self.officer else 1)

    def wait(self, officer: AccountId) -> bool:
        """Whether `officer` must wait for a commander, or for another officer's card."""
        return officer == self.officer and self.in_a_row >= IN_A_ROW

    def released(self, commander: AccountId) -> "Turns":
        """Let the officer go on. Raises ReconfirmationError if nobody waits, or it is the one who waits himself."""
        if self.officer is None or not self.wait(self.officer):
            raise ReconfirmationError("nobody-waits", "nobody waits for a commander")
        if commander == self.officer:
            raise ReconfirmationError(
                "same-officer", "you answered the last cards yourself: another commander must release the next"
            )
        return Turns()


@dataclass(frozen=True)
class Card:
    """One person before one officer. `shown_ns`: since when, ns since 1970 UTC."""

    id: str
    officer: AccountId
    placed: Placed
    shown_ns: int

    @property
    def until_ns(self) -> int:
        """Until when it may be answered."""
        return self.shown_ns + CARD_FOR_S * NS_PER_S

    def __repr__(self) -> str:
        """Name nobody."""
        return f"<card of {self.officer}>"


class Deck:
    """The cards that are out, and who was not seen lately. In memory only, and only while a record lives."""

    def __init__(self) -> None:
        self._out: dict[AccountId, Card] = {}
        self._not_seen: dict[tuple[AccountId, HolderId], int] = {}

    def lapsed(self, now_ns: int, is_dead: Callable[[Placed], bool]) -> list[Card]:
        """Take back, and return, cards that nobody answered in time, or before the record died that they show."""
        gone = [card for card in self._out.values() if now_ns >= card.until_ns or is_dead(card.placed)]
        for card in gone:
            self._take_back(card, now_ns, Sight.NOT_SEEN)
        return gone

    def next(self, officer: AccountId, due: Sequence[Placed], turns: Turns, now_ns: int, new_id: str) -> Card | None:
        """Return the card that the officer has, or the next one; None if there is nobody for him.

        `due`: who is inside and about to expire; `new_id`: for a new card. Raises ReconfirmationError if he must wait.
        """
        self.forget(due, now_ns)
        card = self._out.get(officer)
        if card is not None:
            return card
        if turns.wait(officer):
            raise ReconfirmationError(
                "two-in-a-row", "two in a row: another officer, or a commander other than you, must go on"
            )
        taken = {other.placed.holder for other in self._out.values()}
        free = (
            placed for placed in due if placed.holder not in taken and (officer, placed.holder) not in self._not_seen
        )
        placed = min(free, key=lambda each: (each.period_s, each.holder), default=None)
        if placed is None:
            return None
        card = self._out[officer] = Card(new_id, officer, placed, now_ns)
        return card

    def held(self, officer: AccountId) -> Card | None:
        """Return the card that the officer has now."""
        return self._out.get(officer)

    def answer(self, officer: AccountId, card_id: str, sight: Sight, now_ns: int) -> Placed:
        """Take the officer's answer; return who and where. Raises ReconfirmationError for a card that he has not."""
        card = self._out.get(officer)
        if card is None or card.id != card_id:
            raise ReconfirmationError("card-gone", "this card is no longer yours: take the next one")
        self._take_back(card, now_ns, sight)
        return card.placed

    def _take_back(self, card: Card, now_ns: int, sight: Sight) -> None:
        del self._out[card.officer]
        if sight is Sight.NOT_SEEN:
            self._not_seen[card.officer, card.placed.holder] = now_ns + NOT_AGAIN_FOR_S * NS_PER_S

    def forget(self, due: Sequence[Placed], now_ns: int) -> None:
        """Keep nothing of whom the records no longer name, and no card of who has moved since."""
        present = set(due)
        holders = {placed.holder for placed in due}
        self._out = {officer: card for officer, card in self._out.items() if card.placed in present}
        self._not_seen = {
            key: until_ns for key, until_ns in self._not_seen.items() if until_ns > now_ns and key[1] in holders
        }
