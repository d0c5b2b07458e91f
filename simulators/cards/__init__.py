"""Cards as objects: what is on them, how they answer, how they look to a reader. Their public names."""

from simulators.cards.proximity import CARD_BYTES, CardBits, ProximityCard, draw_card
from simulators.cards.smartcard import CardRemovedError, SmartCard
from simulators.cards.uid import UidCard

__all__ = ["CARD_BYTES", "CardBits", "CardRemovedError", "ProximityCard", "SmartCard", "UidCard", "draw_card"]
