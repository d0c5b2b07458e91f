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
from contract.ids import ControllerId
from contract.site import Site
from controller.link import Link
from controller.office import Office
from controller.service.alarms import Alarms
from controller.service.photos import Photos
from controller.service.reference import Reference, ReferenceKey
from controller.service.screens import Screens


@dataclass(frozen=True)
class GateScreens:
    """All parts of what gate officers may see."""

    photos: Photos
    screens: Screens
    link: Link
    clock: Clock
    alarms: Alarms

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
    clock: Clock,
    alarms: Alarms,
) -> GateScreens:
    """Put the parts together. `folder`: for what gates fetch."""
    photos = Photos(engine, key)
    screens = Screens(site, controller, signer, reference, photos, engine, folder, office.officers, office.accounts)
    return GateScreens(photos, screens, link, clock, alarms)
