"""The box of cards at the bench: a card for every case that a technician tries, and who holds it.

A site file may bring a box of its own, as `[[bench.card]]` tables; else the one of `box.toml` is used:

    [[bench.card]]
    name = "staff"              # what acts and scenes call it
    kind = "proximity"          # proximity, piv, desfire or uid
    facility = 118              # what a Wiegand or OSDP reader makes of a proximity card
    number = 20001
    holder = "Ada Bench"        # registered at the controller; without a holder nobody issued this card
    pin = "2580"                # optional, as are duress_pin, extended_time, blocked, expired
    wrong = "expired"           # for a smart card: what is wrong with it, as its simulator calls it

Belongs here: cards and what a pass office would register of them. Does not belong here: what a card does at a reader.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from importlib.resources import files
from typing import Annotated, Final

import msgspec

from contract.site import Site
from simulators.cards import ProximityCard

_LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
_FOREVER: Final = datetime(2099, 12, 31, tzinfo=UTC)
_EXPIRED_AT: Final = datetime(2024, 12, 31, tzinfo=UTC)
_ISSUER: Final = 0x5AC5


class BoxError(ValueError):
    """A box of cards that can not be used; the message says where and what would do."""


class CardKind(StrEnum):
    """What a card is."""

    PROXIMITY = "proximity"
    PIV = "piv"
    DESFIRE = "desfire"
    UID = "uid"


class BoxCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One card; see the module."""

    name: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,30}$")]
    kind: CardKind = CardKind.PROXIMITY
    facility: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0
    number: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    holder: str = ""
    pin: str | None = None
    duress_pin: str | None = None
    extended_time: bool = False
    blocked: bool = False
    expired: bool = False
    wrong: str = ""

    @property
    def proximity(self) -> ProximityCard:
        """The card as proximity readers see it."""
        return ProximityCard.of(self.facility, self.number, _ISSUER)


class _Bench(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    card: list[BoxCard] = []


class _Tables(msgspec.Struct, frozen=True):
    bench: _Bench = _Bench()


def box_of(site_text: str) -> list[BoxCard]:
    """Return the box of a site file, or the one that comes with the bench. Raises BoxError."""
    for text in (site_text, files("simulators").joinpath("bench", "box.toml").read_text(encoding="utf-8")):
        try:
            cards = msgspec.toml.decode(text, type=_Tables).bench.card
        except (msgspec.ValidationError, msgspec.DecodeError) as error:
            raise BoxError(f"site file, bench: {error}") from error
        if cards:
            break
    names = [card.name for card in cards]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BoxError(f"site file, bench: card {', '.join(twice)} stands there more than once")
    return cards


def reference_data(cards: Sequence[BoxCard], credentials: dict[str, list[str]], site: Site) -> bytes:
    """Return what a pass office knows of the cards that somebody holds, as JSON, as `sacs sim` writes it.

    `credentials`: card -> its canonical texts. Each holder may pass every access point of the site.
    """
    points = [point.id for point in site.access_point]
    rows = [
        {
            "name": card.holder,
            "category": "staff",
            "pass_number": f"BENCH-{number:05}",
            "credentials": credentials[card.name],
            "access_points": points,
            "valid_from": _LONG_AGO.isoformat(),
            "valid_until": (_EXPIRED_AT if card.expired else _FOREVER).isoformat(),
            "blocked": card.blocked,
            **({} if card.pin is None else {"pin": card.pin}),
            **({} if card.duress_pin is None else {"duress_pin": card.duress_pin}),
            **({"extended_time": True} if card.extended_time else {}),
        }
        for number, card in enumerate(cards, 1)
        if card.holder and card.name in credentials
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()
