"""The smart cards of the bench: those of its box, made by an issuer of its own, and readers of a private PC/SC service.

Belongs here: making them and putting them on readers. Does not belong here: what a card answers (simulators/cards), the
service (simulators/pcsc), or whether a gate should believe them.
"""

import asyncio
import datetime as dt
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from simulators.bench.box import BoxCard, BoxError, CardKind
from simulators.bench.card_service import CardService
from simulators.bench.journal import Journal, Source
from simulators.cards import WRONG_CARDS, DesfireCard, PivCard, PivIssuer, ProximityCard, SmartCard, UidCard
from simulators.cards.ber import elements
from simulators.cards.piv import CHUID
from simulators.pcsc import Heard, Moment, VirtualReader, words_of

APPLICATION: Final = bytes.fromhex("5ac501")
"""The DESFire application of the bench's site."""
_KEY_BYTES: Final = 16
_CARD_UUID: Final = 0x34
_UID_BYTES: Final = 4
_SHOWN_S: Final = 1.5
_ARROWS: Final = {Moment.COMMAND: "> ", Moment.RESPONSE: "< "}


class SmartCards:
    """Every smart card of a box. `desfire_key` is the site's; the gate is told it in its device file."""

    def __init__(self, box: Sequence[BoxCard], now: dt.datetime) -> None:
        """Raise BoxError for a card that is wrong in a way that no simulated card knows."""
        self.desfire_key = secrets.token_bytes(_KEY_BYTES)
        self._now = now
        self._issuer = PivIssuer.found(now, "Bench")
        self.cards: dict[str, SmartCard] = {
            card.name: self._made(card) for card in box if card.kind is not CardKind.PROXIMITY
        }

    def credentials(self) -> dict[str, list[str]]:
        """Return the canonical texts by which a controller knows each card."""
        return {name: _texts(card) for name, card in self.cards.items()}

    def write(self, folder: Path) -> Path:
        """Write the roots, intermediates and lists that a gate is given; return the folder."""
        self._issuer.write(folder, self._now)
        return folder

    def _made(self, card: BoxCard) -> SmartCard:
        match card.kind:
            case CardKind.DESFIRE:
                return DesfireCard.of_site({APPLICATION: self.desfire_key})
            case CardKind.UID:
                return UidCard(secrets.token_bytes(_UID_BYTES))
        if not card.wrong:
            return self._issuer.issue()
        for wrong in WRONG_CARDS:
            if wrong.name == card.wrong:
                return wrong.make(self._issuer)
        known = ", ".join(wrong.name for wrong in WRONG_CARDS)
        raise BoxError(f"site file, bench: card {card.name} can not be {card.wrong!r}; a PIV card can be: {known}")


class Slot:
    """One virtual reader, as a simulated gate wants it."""

    def __init__(self, reader: VirtualReader, service: CardService) -> None:
        self.name = reader.name
        self.is_plugged_in = True
        self._reader = reader
        self._service = service

    def put(self, card: SmartCard) -> None:
        """Put a card on the reader, in the place of what lies there."""
        self._reader.swap(card)

    def clear(self) -> None:
        """Take away what lies there."""
        self._reader.pull()

    def present(self, card: ProximityCard) -> None:
        """Hold a proximity card before it: such a reader sees no more than a serial number of it."""
        self.put(UidCard(card.data[-_UID_BYTES:]))
        asyncio.get_running_loop().call_later(_SHOWN_S, self.clear)

    async def plug(self, *, is_in: bool) -> None:
        """Plug it in, or unplug it. Raises CanNotError."""
        if is_in is not self.is_plugged_in:
            await self._service.plug(self.name, is_in=is_in)
            self.is_plugged_in = is_in

    def trace(self, journal: Journal) -> None:
        """Write down every command and response from now on. Needs a running event loop."""
        loop = asyncio.get_running_loop()

        def note(heard: Heard) -> None:
            words = _ARROWS.get(heard.moment, "") + words_of(heard)
            loop.call_soon_threadsafe(lambda: journal.add(Source.WIRE, "apdu", self.name, words))

        self._reader.tap = note


def _texts(card: SmartCard) -> list[str]:
    if isinstance(card, PivCard):
        fields = dict(elements(card.objects.get(CHUID, b"")))
        return [f"piv:{fields[_CARD_UUID].hex()}"] if _CARD_UUID in fields else []
    if isinstance(card, DesfireCard):
        return [f"desfire:{card.uid.hex()}"]
    return []
