"""The screens of gate officers, as the controller serves them: photos, faces and orders put together, and sent.

Belongs here: which of these parts goes where, and when gates are told. Does not belong here: what they may show
(service/screens.py).
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from contract.clock import Clock
from contract.events import ScreenSession
from contract.ids import ControllerId, EdgeId
from contract.site import Site
from controller.composition.office import Office
from controller.ledger import Ledger
from controller.link import Link
from controller.service.alarms import Alarms
from controller.service.records.truth import Truth
from controller.service.site.photos import Photos
from controller.service.site.reference import Reference, ReferenceKey
from controller.service.site.screens import Screens


@dataclass(frozen=True)
class GateScreens:
    """All parts of what gate officers may see."""

    photos: Photos
    screens: Screens
    link: Link
    clock: Clock
    alarms: Alarms
    ledger: Ledger

    def watched(self, edge: EdgeId, event: ScreenSession) -> None:
        """Put on record which officer began to look at a gate's screen, or ended: never whom he saw."""
        kind = "gate-screen-opened" if event.active else "gate-screen-closed"
        try:
            self.ledger.append(kind, self.clock.now_ns(), account=event.account, gate=edge)
        except OSError:
            self.alarms.of_system(self.clock.now_ns(), "ledger-failed", place="screens")
        else:
            self.alarms.settled("ledger-failed", place="screens")

    async def supply(self) -> None:
        """Publish the orders that are new, if any are. Raises what Screens.refresh raises."""
        now_ns = self.clock.now_ns()
        for notice in (await asyncio.to_thread(self.screens.refresh, now_ns)).values():
            await self.link.publish_screen(notice)
        if self.screens.leaves_photos_out:
            self.alarms.of_system(now_ns, "photos-left-out", place="screens")
        else:
            self.alarms.settled("photos-left-out", place="screens")


def open_gate_screens(
    site: Site,
    controller: ControllerId,
    signer: Ed25519PrivateKey,
    reference: Reference,
    key: ReferenceKey,
    engine: Engine,
    folder: Path,
    office: Office,
    link: Link,
    truth: Truth,
    ledger: Ledger,
) -> GateScreens:
    """Put the parts together; from here on it is on record who looks at a gate's screen. `folder`: for gates."""
    photos = Photos(engine, key, reference)
    screens = Screens(site, controller, signer, reference, photos, engine, folder, office.officers, office.accounts)
    made = GateScreens(photos, screens, link, truth.clock, truth.alarms, ledger)
    truth.ingest.on_screen = made.watched
    return made
