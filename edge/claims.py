"""Cards that were read and have to wait for something, and who may keep them waiting.

Belongs here: those shapes. Does not belong here: what follows from a card (presenting.py), vehicles (edge/vehicles).
"""

from dataclasses import dataclass, field
from typing import Final, Protocol

from contract.events import DenialReason
from contract.ids import AccessPointId, HolderId, ReaderId
from contract.site import AccessPoint, Assurance
from edge.domain.decide import Grant


@dataclass(slots=True, eq=False)  # not frozen: it is made on the way to the unlock, and that takes twice as long
class Presented:
    """What was presented where. `since_ns`: when the event came that this is about (CLOCK_BOOTTIME)."""

    point: AccessPoint
    reader: ReaderId | None
    credential: str = field(repr=False)
    assurance: Assurance
    since_ns: int


@dataclass(slots=True, eq=False)
class Claim:
    """A read that the policy grants. `is_duress`: with a duress PIN of which no alarm was raised yet."""

    read: Presented
    grant: Grant
    is_duress: bool = False

    @property
    def credential(self) -> str:
        """The canonical text of the card."""
        return self.read.credential

    @property
    def holder(self) -> HolderId:
        """Whose card it was."""
        return self.grant.holder


class VehicleLanes(Protocol):
    """Lanes in which a card is one thing of several that a vehicle needs (edge/vehicles/lanes.py)."""

    def serves(self, point: AccessPointId) -> bool:
        """Tell whether `point` is a lane."""
        ...

    def is_unseen(self, point: AccessPointId) -> bool:
        """Tell whether `point` is a lane that nobody sees now, so that nobody can tell who goes through."""
        ...

    def take_claim(self, claim: Claim) -> None:
        """Take a card that was granted there: it is let through, or refused, by and by."""
        ...

    def take_refusal(self, point: AccessPointId, credential: str, reason: DenialReason, holder: HolderId) -> None:
        """Take note of a card that was refused there; `holder`: "" for an unknown one."""
        ...


class _NoLanes:
    def serves(self, _point: AccessPointId) -> bool:
        return False

    def is_unseen(self, _point: AccessPointId) -> bool:
        return False

    def take_claim(self, claim: Claim) -> None:
        """Never called: no access point is a lane."""

    def take_refusal(self, point: AccessPointId, credential: str, reason: DenialReason, holder: HolderId) -> None:
        """Never called: no access point is a lane."""


NO_LANES: Final = _NoLanes()
"""For a gate where no vehicle passes."""
