"""Cards before readers: which card is held where, at readers of every kind.

Belongs here: bringing a card of the box to a reader and taking it away. Does not belong here: the box itself (box.py),
or what a reader makes of a card (simulators/readers, simulators/pcsc).
"""

from collections.abc import Sequence

from simulators.bench.box import BoxCard, CardKind
from simulators.bench.errors import CanNotError
from simulators.bench.state import LineNow
from simulators.gate import SimulatedReader
from simulators.readers.osdp_reader import SimulatedOsdpReader
from simulators.readers.serial_reader import SimulatedSerialReader


class CardsBefore:
    """Which card of the box is held before which reader."""

    def __init__(self, box: Sequence[BoxCard]) -> None:
        self.box = box
        self.held: dict[str, BoxCard] = {}
        self.slots: dict[str, object] = {}

    def credentials(self) -> dict[str, list[str]]:
        """Return the canonical texts by which a controller knows each card."""
        return {card.name: list(card.proximity.texts) for card in self.box if card.kind is CardKind.PROXIMITY}

    async def show(self, reader: SimulatedReader, name: str, card_name: str) -> None:
        """Bring a card before a reader. Raises CanNotError."""
        card = self._card(card_name)
        if name in self.held:
            await self.take_away(name)
        if isinstance(reader, SimulatedOsdpReader | SimulatedSerialReader):
            if card.kind is not CardKind.PROXIMITY:
                raise CanNotError(f"reader {name} does not see card {card_name}: it is for a smart card reader")
            self.held[name] = card
            if isinstance(reader, SimulatedOsdpReader):
                reader.present(card.proximity.h10301)
            else:
                reader.present(card.proximity)

    async def take_away(self, name: str) -> None:
        """Take away the card that is held before a reader; nothing happens if there is none."""
        self.held.pop(name, None)

    async def plug(self, name: str, *, is_in: bool) -> None:
        """Plug a smart card reader in, or unplug it."""

    async def reset(self) -> None:
        """Take away every card, and plug every smart card reader in."""
        for name in list(self.held):
            await self.take_away(name)

    def lines(self) -> list[LineNow]:
        """Return how the smart card readers stand, which hang on no line."""
        return []

    def _card(self, name: str) -> BoxCard:
        card = next((each for each in self.box if each.name == name), None)
        if card is None:
            raise CanNotError(f"no card {name!r} in the box; it has: {', '.join(each.name for each in self.box)}")
        return card
