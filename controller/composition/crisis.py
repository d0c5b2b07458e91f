"""Longer than the limit, put together: reconfirmation, copies with names, the hand-over and its standing order.

Belongs here: which of these parts goes where, and their rhythm. Does not belong here: the rest of the controller
(assembly.py), or HTTP (api/).
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from controller.composition.muster import Muster
from controller.domain.standing_order import Way
from controller.ledger import Ledger
from controller.service.disclosing.carriers import Carrier, Outbox, Relay, RelaySettings
from controller.service.disclosing.copies import Copies
from controller.service.disclosing.hand_over import HandOvers
from controller.service.disclosing.missing import Missing
from controller.service.disclosing.standing_order import StandingOrder
from controller.service.operating.reconfirmation import Reconfirmations
from controller.service.records.notes import Notes
from controller.service.records.truth import Truth
from controller.service.site.photos import Photos
from controller.service.site.reference import Reference

_TICK_S: Final = 1.0


@dataclass(frozen=True)
class CrisisSettings:
    """How the standing order reaches its addressees.

    `outbox`: the folder that the site's transport empties, None for one below the state; `relay`: None for no mail.
    """

    outbox: Path | None = None
    relay: RelaySettings | None = None


@dataclass(frozen=True)
class Crisis:
    """Everything about those who stay longer than the limit, and about names that leave."""

    reconfirmations: Reconfirmations
    missing: Missing
    copies: Copies
    standing_order: StandingOrder
    hand_overs: HandOvers

    async def run(self) -> None:
        """Do once a second what time demands, until cancelled."""
        while True:
            self.reconfirmations.tick()
            self.copies.tick()
            self.standing_order.tick()
            await self.hand_overs.tick()
            await asyncio.sleep(_TICK_S)


def open_crisis(
    settings: CrisisSettings,
    state: Path,
    truth: Truth,
    ledger: Ledger,
    reference: Reference,
    photos: Photos,
    notes: Notes,
    muster: Muster,
) -> Crisis:
    """Open it. Raises LedgerError."""
    site, clock, alarms, retention = truth.site, truth.clock, truth.alarms, truth.site.retention
    presence = truth.movements.presence
    ahead_s = 60 * site.law.reconfirm_before_min
    missing = Missing(site, presence, reference, photos.photo, muster.boards)
    carriers: dict[Way, Carrier] = {Way.FOLDER: Outbox(settings.outbox or state / "outbox")}
    if settings.relay is not None:
        carriers[Way.MAIL] = Relay(settings.relay)
    operations = truth.operations.open_now
    name = site.site.name or site.site.id
    copies = Copies(clock, ledger, alarms, operations, missing, notes, name)
    standing_order = StandingOrder(clock, ledger, alarms, frozenset(carriers))
    return Crisis(
        Reconfirmations(clock, ledger, alarms, retention, presence, muster.marks, ahead_s),
        missing,
        copies,
        standing_order,
        HandOvers(
            clock, ledger, alarms, retention, operations, truth.vault.periods, missing, copies, standing_order, carriers
        ),
    )
