"""One vehicle in a lane: what is known of it, gathered until it has gone; and cards that came before it.

In memory alone, as long as it stands there. Belongs here: that record. Does not belong here: what follows from it
(lanes.py), what of it is shown (lane_view.py), the rules (domain/vehicles).
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from contract.clock import NS_PER_S
from contract.events import DenialReason
from contract.ids import AccountId, ActId, HolderId, new_act_id
from contract.site import OccupantsBy
from edge.claims import Claim
from edge.domain.acting import PassVehicle
from edge.domain.vehicles.decide_vehicle import Judgement
from edge.domain.vehicles.plates import PlateReading

TYPED_PERCENT: Final = 100
"""The confidence of a plate that an officer has typed."""
EARLY_NS: Final = 5 * NS_PER_S
"""So long a card waits for the vehicle of its driver: the loop is told a moment later, or lies behind the reader."""
_BEHIND_NS: Final = 45 * NS_PER_S
"""The same while another vehicle is on its way through."""
_NOBODY: Final = HolderId("")


@dataclass(slots=True)
class Refusal:
    """The last card that was refused; `holder`: "" for one that nobody knows."""

    credential: str = field(repr=False)
    reason: DenialReason
    holder: HolderId = field(repr=False)


@dataclass(slots=True)
class Visit:
    """A vehicle, from its coming until it has gone.

    `claims`: the cards that were granted, the driver's first; `card_ns`: when the last came (CLOCK_BOOTTIME).
    `counted`: the act by which an officer entered the occupants. `word`: he lets it pass. `numbers`: of the grants,
    once the barrier was opened; `scene`: a picture of it (JPEG) in which no plate was read. `sure_plates`: all that
    were read for sure while it stood there. `is_turned_away`: he does not let it pass; `is_typed`: he has typed the
    plate. `is_told_away`: it was let pass by word and did not go, and that is journaled.
    `is_blind`: the camera gives no picture of it.
    """

    number: int
    since_ns: int
    since_boottime_ns: int
    reading: PlateReading | None = None
    sure_plates: set[str] = field(default_factory=set, repr=False)
    scene: bytes = field(default=b"", repr=False)
    near: tuple[str, ...] = field(default=(), repr=False)
    claims: list[Claim] = field(default_factory=list)
    card_ns: int = 0
    refusal: Refusal | None = None
    occupants: int | None = None
    trailer: bool = False
    counted: tuple[AccountId, ActId] | None = None
    word: tuple[AccountId, PassVehicle] | None = None
    numbers: list[int] | None = None
    is_turned_away: bool = False
    is_typed: bool = False
    is_told_away: bool = False
    is_blind: bool = False
    judgement: Judgement | None = None
    reader: asyncio.Task[None] | None = None

    @property
    def plate(self) -> str:
        """The plate as it was read or typed last, "" before."""
        return "" if self.reading is None else self.reading.plate

    @property
    def confidence_percent(self) -> int:
        """How sure that is."""
        return 0 if self.reading is None else self.reading.confidence_percent

    @property
    def plates_differ(self) -> bool:
        """Whether two plates were read for sure, and no officer has said which it is."""
        return not self.is_typed and len(self.sure_plates) > 1

    @property
    def picture(self) -> bytes:
        """The picture in which its plate was read, or else any."""
        return self.scene if self.reading is None else self.reading.jpeg or self.scene

    @property
    def driver(self) -> HolderId:
        """Who drives, by his card: granted, or refused; "" for nobody that is known."""
        if self.claims:
            return self.claims[0].holder
        return _NOBODY if self.refusal is None else self.refusal.holder

    @property
    def driver_card(self) -> str:
        """The card by which the screen finds who drives."""
        if self.claims:
            return self.claims[0].credential
        return "" if self.refusal is None else self.refusal.credential

    def beside(self, occupants_by: OccupantsBy) -> int | None:
        """How many are in it beside the driver, with cards of their own or without; None where nobody has said."""
        badged = max(0, len(self.claims) - 1)
        if self.occupants is None:
            return badged if occupants_by is OccupantsBy.BADGES else None
        return badged + self.occupants

    def take(self, reading: PlateReading, sure_percent: int) -> bool:
        """Take another reading of the plate, sure from `sure_percent` on; return whether it changes anything.

        The last one counts: the first may be of the vehicle ahead. A worse one of the same plate changes nothing.
        """
        if self.is_typed:
            return False
        if reading.confidence_percent >= sure_percent:
            self.sure_plates.add(reading.plate)
        if reading.plate == self.plate and reading.confidence_percent <= self.confidence_percent:
            return False
        self.reading = reading
        return True

    def type(self, plate: str) -> None:
        """Take the plate that an officer has typed; the picture stays."""
        before = self.reading
        jpeg, candidates = (b"", ()) if before is None else (before.jpeg, before.candidates)
        self.reading, self.is_typed = PlateReading(plate, TYPED_PERCENT, jpeg, candidates), True

    def present(self, claim: Claim, now_ns: int) -> None:
        """Take a card that was granted; shown again, the later one counts."""
        self.card_ns, self.refusal = now_ns, None
        for at, other in enumerate(self.claims):
            if other.holder == claim.holder:
                self.claims[at] = claim
                return
        self.claims.append(claim)

    def is_of(self, claim: Claim, occupants_by: OccupantsBy) -> bool:
        """Tell whether a card that comes when it is on its way may be of somebody in it, and not of the next driver."""
        is_driver_again = any(other.holder == claim.holder for other in self.claims)
        return is_driver_again or occupants_by is OccupantsBy.BADGES

    def turn_away(self) -> list[Claim]:
        """It is not let pass: return its cards, which are of no use now. Who drives stays known, as one refused."""
        self.is_turned_away, self.word = True, None
        claims, self.claims = self.claims, []
        if claims:
            self.refusal = Refusal(claims[0].credential, DenialReason.VEHICLE_REFUSED, claims[0].holder)
        return claims

    def expire(self) -> None:
        """It did not go in time: its grants are used up, and it still stands there."""
        self.claims, self.numbers, self.word = [], None, None
        if self.counted is not None:  # the next opening is another act by the same word
            self.counted = self.counted[0], new_act_id()

    def end(self) -> None:
        """Nobody reads its plate any more."""
        if self.reader is not None:
            self.reader.cancel()


class Early:
    """Cards that were granted in a lane before their vehicle stood there."""

    def __init__(self) -> None:
        self._claims: list[tuple[Claim, int]] = []

    def put(self, claim: Claim, now_ns: int) -> None:
        """Keep a card."""
        self._claims.append((claim, now_ns))

    def take(self) -> list[Claim]:
        """Return all, the first one first, and keep none."""
        claims, self._claims = self._claims, []
        return [claim for claim, _ in claims]

    def expire(self, now_ns: int, *, is_busy: bool) -> list[Claim]:
        """Return those that have waited too long, and keep the others; `is_busy`: another vehicle goes through."""
        most_ns = _BEHIND_NS if is_busy else EARLY_NS
        over = [claim for claim, since_ns in self._claims if now_ns - since_ns >= most_ns]
        self._claims = [each for each in self._claims if each[0] not in over]
        return over
