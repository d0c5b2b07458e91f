"""Who belongs to this controller's site, kept up to date: other controllers by the root's list, gates by enrolment.

Belongs here: what follows when either changes. Does not belong here: noticing it (service/colleagues.py), asking others
(peer/), or enrolling (service/enrolment.py).
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.controllers import fingerprint
from contract.sealing import seal_to
from contract.site import Site
from controller.composition.wire import Wire
from controller.files import write_atomically
from controller.ledger import Ledger
from controller.link import Link
from controller.pki.listed import Listed
from controller.pki.root import REFERENCE_COPY
from controller.service.site.colleagues import Colleagues
from controller.service.site.enrolment import Enrolments
from controller.service.site.replaced_keys import ReplacedKeys

ROOT_COPY = "reference-key.for-root"
"""In the state folder: the reference key, sealed to the root."""


@dataclass(frozen=True)
class Membership:
    """The parts that know who belongs to the site.

    `gate_keys`: with what the enrolled gates sign; the same mapping for all parts, and its content changes.
    `replaced_keys`: with what they signed before they were enrolled again.
    """

    wire: Wire
    link: Link
    colleagues: Colleagues
    enrolments: Enrolments
    gate_keys: dict[str, Ed25519PublicKey]
    replaced_keys: ReplacedKeys

    async def look_for_list(self) -> bool:
        """Take up a list of controllers that a technician installed; return whether there was one. Raises OSError."""
        if not self.colleagues.look():
            return False
        await self.controllers_changed()
        return True

    async def take_list(self, signed: bytes) -> bool:
        """Take up a list that another controller passed on; return whether it is a new one. Raises OSError."""
        if not self.colleagues.take(signed):
            return False
        await self.controllers_changed()
        return True

    async def gates_changed(self) -> None:
        """Let everything follow the gates that are enrolled now."""
        await asyncio.to_thread(self.enrolments.refresh, self.gate_keys)
        await self.wire.admit(await asyncio.to_thread(self.enrolments.verify_keys))

    async def controllers_changed(self) -> None:
        """Let everything follow the list of controllers in force, and pass it on to the gates."""
        await self.gates_changed()
        await self.wire.controllers_changed()
        await self.publish()

    async def publish(self) -> None:
        """Tell gates the list of controllers in force."""
        await self.link.publish_controllers(self.wire.listed.signed)


def keep_copy_for_root(state: Path, listed: Listed, reference_key: bytes) -> None:
    """Keep the reference key sealed to the root in the state folder, for the day on which no vault is left."""
    root = listed.now.root_exchange_key
    path = state / f"{ROOT_COPY}.{root.hex()[:16]}"
    if not path.exists():
        write_atomically(path, seal_to(root, REFERENCE_COPY, reference_key))


def enrol_new(site: Site, enrolments: Enrolments, ledger: Ledger) -> None:
    """Enrol the gates of the site file that are not enrolled yet: where the reference data is kept, and only there."""
    if not enrolments.listed.is_keeper:
        return
    enrolled = enrolments.verify_keys()
    for gate in site.gate:
        if gate.id not in enrolled:
            enrolments.enrol(gate.id)
            digits = fingerprint(enrolments.verify_keys()[gate.id].public_bytes_raw())
            ledger.append("gate-enrolled", enrolments.clock.now_ns(), gate=gate.id, fingerprint=digits)
