"""Cards before readers: which card is held where, at readers of every kind.

Belongs here: bringing a card of the box to a reader and taking it away. Does not belong here: the box itself (box.py),
or what a reader makes of a card (simulators/readers, simulators/pcsc).
"""

from collections.abc import Iterable, Mapping, Sequence

from simulators.bench.box import BoxCard, CardKind
from simulators.bench.card_service import CardService
from simulators.bench.errors import CanNotError
from simulators.bench.smartcards import Slot, SmartCards
from simulators.bench.state import LineNow
from simulators.gate import SimulatedReader
from simulators.readers.osdp_reader import SimulatedOsdpReader
from simulators.readers.serial_reader import SimulatedSerialReader


class CardsBefore:
    """Which card of the box is held before which reader. `slots`: smart card readers, by the gate's device name.

    `service`: on which those hang.
    """

    def __init__(
        self,
        box: Sequence[BoxCard],
        smart_cards: SmartCards | None,
        slots: Mapping[str, Slot],
        service: CardService | None = None,
    ) -> None:
        self._service = service
        self.box = box
        self.held: dict[str, BoxCard] = {}
        self.slots = slots
        self._smart_cards = smart_cards

    def credentials(self) -> dict[str, list[str]]:
        """Return the canonical texts by which a controller knows each card."""
        proximity = {card.name: list(card.proximity.texts) for card in self.box if card.kind is CardKind.PROXIMITY}
        smart = {} if self._smart_cards is None else self._smart_cards.credentials()
        return {name: texts for name, texts in (proximity | smart).items() if texts}

    def show(self, reader: SimulatedReader, name: str, card_name: str) -> None:
        """Bring a card before a reader, where it stays. Raises CanNotError."""
        card = self._card(card_name)
        self.take_away(reader, name)
        if isinstance(reader, Slot):
            smart = self._smart_cards.cards.get(card_name) if self._smart_cards else None
            if smart is None:
                raise CanNotError(f"reader {name} sees smart cards alone, and {card_name} is a {card.kind} card")
            reader.put(smart)
        elif card.kind is not CardKind.PROXIMITY:
            raise CanNotError(f"reader {name} does not see {card_name}: a {card.kind} card wants a smart card reader")
        elif isinstance(reader, SimulatedOsdpReader):
            reader.hold(card.proximity.h10301)
        elif isinstance(reader, SimulatedSerialReader):
            reader.hold(card.proximity)
        self.held[name] = card

    def take_away(self, reader: SimulatedReader, name: str) -> None:
        """Take away the card that is held before a reader; nothing happens if there is none."""
        if self.held.pop(name, None) is None:
            return
        if isinstance(reader, Slot):
            reader.clear()
        elif isinstance(reader, SimulatedOsdpReader | SimulatedSerialReader):
            reader.pull()

    def check(self, readers: Mapping[str, SimulatedReader], held: Mapping[str, str], unplugged: Iterable[str]) -> None:
        """Raise CanNotError for readers and cards that are not here."""
        if strange := sorted({*(set(held) - set(readers)), *(set(unplugged) - set(self.slots))}):
            raise CanNotError(f"this gate has no reader {', '.join(strange)}")
        for name, card_name in held.items():
            if (self._card(card_name).kind is CardKind.PROXIMITY) is isinstance(readers[name], Slot):
                raise CanNotError(f"reader {name} does not see the card {card_name}")

    @property
    def service(self) -> CardService:
        """The smart card service. Raises CanNotError where the gate has no smart card reader."""
        if self._service is None:
            raise CanNotError("the gate at this bench has no smart card reader, and so no smart card service")
        return self._service

    @property
    def is_service_running(self) -> bool | None:
        """Whether the smart card service runs; None where there is none."""
        return None if self._service is None else self._service.is_running

    async def reset(self, readers: Mapping[str, SimulatedReader]) -> None:
        """Take away every card, and plug every smart card reader in."""
        for name in list(self.held):
            self.take_away(readers[name], name)
        if self._service is not None:
            await self._service.start()
        for slot in self.slots.values():
            await slot.plug(is_in=True)

    def lines(self) -> list[LineNow]:
        """Return how the smart card readers stand, which hang on no line."""
        return [LineNow(name, slot.is_plugged_in) for name, slot in self.slots.items()]

    def _card(self, name: str) -> BoxCard:
        card = next((each for each in self.box if each.name == name), None)
        if card is None:
            names = ", ".join(each.name for each in self.box)
            raise CanNotError(f"no card {name!r} in the box; it has: {names}")
        return card
