"""A root and controllers for tests: their cards are made without any file but the root's own."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.controllers import ControllerCard
from contract.ids import ControllerId, SiteId
from controller.identity import Identity
from controller.pki.listed import Listed, install
from controller.pki.root import LIST, PUBLIC_FILE, Root

SITE = SiteId("site")


@dataclass
class Named:
    """A controller's keys, and its card."""

    name: ControllerId
    identity: Identity = field(
        default_factory=lambda: Identity(Ed25519PrivateKey.generate(), bytes(range(32)), X25519PrivateKey.generate())
    )

    @property
    def card(self) -> ControllerCard:
        return ControllerCard(
            self.name,
            self.identity.signer.public_key().public_bytes_raw(),
            self.identity.exchange.public_key().public_bytes_raw(),
            f"authority of {self.name}",
            "192.0.2.1",
            1,
            "192.0.2.1",
            2,
        )

    def believe(self, root: Root, state: Path) -> Listed:
        """What it believes when a technician has brought it the root's last list."""
        carry(root, state)
        return Listed(state, root.site, self.card)


def carry(root: Root, state: Path) -> None:
    """Bring the root's last list to a controller."""
    install(state, (root.folder / LIST).read_bytes(), (root.folder / PUBLIC_FILE).read_bytes(), root.site)
