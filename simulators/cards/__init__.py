"""Cards as objects: what is on them, how they answer, how they look to a reader. Their public names."""

from simulators.cards.behaviour import LeavingCard, LyingCard, SlowCard
from simulators.cards.desfire import DesfireCard
from simulators.cards.file import AnyCard, CardFileError, read_card, read_issuer, write_card, write_issuer
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
    "AnyCard",
    "CardBits",
    "CardFileError",
    "CardRemovedError",
    "DesfireCard",
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
    "read_card",
    "read_issuer",
    "write_card",
    "write_issuer",
]
