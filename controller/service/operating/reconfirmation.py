"""Reconfirmation carried out: cards for officers, their answers as marks, and the entries that count them.

Belongs here: joining the deck of cards, the fold, the marks and the ledger. Does not belong here: the rules
(domain/reconfirmation.py), or who may (domain/rights).
"""

import secrets
from dataclasses import dataclass
from typing import Final

from contract.clock import NS_PER_S, Clock
from contract.ids import AccountId
from contract.periods import Kind, Period, Retention
from controller.domain.presence.fold import Placed, Presence
from controller.domain.reconfirmation import Card, Deck, ReconfirmationError, Sight, Turns, ahead_s
from controller.ledger import Entry, Ledger
from controller.ledger.told import hearing
from controller.service.alarms import Alarms
from controller.service.records.marks import Marks

SEEN: Final = "reconfirmed"
NOT_SEEN: Final = "not-reconfirmed"
RELEASED: Final = "reconfirmation-released"
_ID_BYTES: Final = 12


@dataclass(frozen=True)
class Outlook:
    """What one officer finds: how many are about to expire, and whether he must wait.

    `next_ns`: when the first of them dies, ns since 1970 UTC, 0 if there is none. `held_up`: the officer whom another
    commander can release, or None.
    """

    due: int
    next_ns: int
    must_wait: bool
    held_up: AccountId | None


class Reconfirmations:
    """Belongs to the event loop. `wanted_ahead_s`: from how long before the end the site wants to ask."""

    def __init__(
        self,
        clock: Clock,
        ledger: Ledger,
        alarms: Alarms,
        retention: Retention,
        presence: Presence,
        marks: Marks,
        wanted_ahead_s: int,
    ) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._alarms: Final = alarms
        self._retention: Final = retention
        self._presence: Final = presence
        self._marks: Final = marks
        self._ahead_s: Final = ahead_s(retention.movement_keep_s, wanted_ahead_s)
        self._deck: Final = Deck()
        self._turns = Turns()
        self._answered: dict[AccountId, tuple[str, Sight]] = {}
        ledger.follow(hearing(self._fold), hearing(self._fold))

    def outlook(self, officer: AccountId) -> Outlook:
        """Return what `officer` finds now, without showing him anybody."""
        due = self._due()
        first = min((self.dies_ns(placed) for placed in due), default=0)
        turns = self._turns
        held_up = turns.officer if turns.officer and turns.wait(turns.officer) else None
        return Outlook(len(due), first, turns.wait(officer), held_up)

    def next(self, officer: AccountId) -> Card | None:
        """Return the officer's card: one person about to expire, or None. Raises ReconfirmationError, OSError."""
        self._lapse()
        return self._deck.next(officer, self._due(), self._turns, self._clock.now_ns(), secrets.token_hex(_ID_BYTES))

    def held(self, officer: AccountId) -> Card | None:
        """Return the card that the officer has now; none of somebody whose record is dead, or who has moved since."""
        card = self._deck.held(officer)
        return card if card is not None and card.placed in self._due() else None

    async def answer(self, officer: AccountId, card_id: str, sight: Sight) -> None:
        """Take an answer; the same one sent twice is one. Raises ReconfirmationError, OSError.

        The entry comes first: nobody stays on record unrecorded.
        """
        if self._answered.get(officer) == (card_id, sight):
            return
        self._lapse()
        self._deck.forget(self._due(), self._clock.now_ns())
        placed = self._deck.answer(officer, card_id, sight, self._clock.now_ns())
        self._enter(officer, sight)
        self._answered[officer] = card_id, sight
        if sight is Sight.SEEN:
            number = await self._marks.reconfirm(placed.holder, placed.area)
            if not self._presence.remembers(self._marks.source, self._marks.epoch, number):
                raise ReconfirmationError(
                    "not-recorded", "this could not be recorded: call a technician, and note the person on paper"
                )

    def release(self, commander: AccountId) -> None:
        """Let the officer who is held up go on. Raises ReconfirmationError, OSError."""
        self._turns.released(commander)
        self._ledger.append(RELEASED, self._clock.now_ns(), by=commander, account=self._turns.officer or AccountId(""))

    def tick(self) -> None:
        """Ask for officers while anybody is about to expire, and take back cards that nobody answers."""
        now_ns, due = self._clock.now_ns(), self._due()
        if due:
            self._alarms.of_system(now_ns, "reconfirmation-asked")
        else:
            self._alarms.settled("reconfirmation-asked")
        try:
            self._lapse()
        except OSError:
            self._alarms.of_system(now_ns, "ledger-failed", place="reconfirmation")
        self._deck.forget(due, now_ns)

    def dies_ns(self, placed: Placed) -> int:
        """Return when the record dies that places somebody there, ns since 1970 UTC."""
        period = Period(Kind.MOVEMENT, placed.period_s, self._retention.movement_period_s)
        return self._retention.dies_at_s(period) * NS_PER_S

    def _due(self) -> list[Placed]:
        now_ns = self._clock.now_ns()
        retention = self._retention
        lived_s = retention.movement_keep_s - retention.margin_s(Kind.MOVEMENT)
        until_s = now_ns // NS_PER_S + self._ahead_s - lived_s
        return [placed for placed in self._presence.placed(until_s) if self.dies_ns(placed) > now_ns]

    def _lapse(self) -> None:
        now_ns = self._clock.now_ns()
        for card in self._deck.lapsed(now_ns, lambda placed: self.dies_ns(placed) <= now_ns):
            self._enter(card.officer, Sight.NOT_SEEN)

    def _enter(self, officer: AccountId, sight: Sight) -> None:
        in_a_row = self._turns.answered(officer).in_a_row
        kind = SEEN if sight is Sight.SEEN else NOT_SEEN
        self._ledger.append(kind, self._clock.now_ns(), by=officer, in_a_row=in_a_row)

    def _fold(self, entry: Entry) -> None:
        if entry.kind in {SEEN, NOT_SEEN}:
            self._turns = self._turns.answered(AccountId(str(entry.facts["by"])))
        elif entry.kind == RELEASED:
            self._turns = Turns()
