"""Cards as objects: what is on them, how they answer, how they look to a reader. Their public names."""

from simulators.cards.behaviour import LeavingCard, LyingCard, SlowCard
from simulators.cards.piv import PivCard
from simulators.cards.piv_issuer import Algorithm, PivIssuer
from simulators.cards.proximity import CARD_BYTES, CardBits, ProximityCard, draw_card
from simulators.cards.smartcard import CardRemovedError, SmartCard
from simulators.cards.uid import UidCard
from simulators.cards.wrong_cards import WRONG_CARDS, WrongCard

__all__ = [
    "CARD_BYTES",
    "WRONG_CARDS",
    "Algorithm",
    "CardBits",
    "CardRemovedError",
    "LeavingCard",
    "LyingCard",
    "PivCard",
    "PivIssuer",
    "ProximityCard",
    "SlowCard",
    "SmartCard",
    "UidCard",
    "WrongCard",
    "draw_card",
]
