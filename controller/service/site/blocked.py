"""Since when passes are blocked: whoever is granted with one of them later uses a pass that was replaced.

Belongs here: reading that table, often. Does not belong here: blocking (reference.py), or what it says of a passage
(service/records/movements.py).
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session, select

from contract.ids import PassId
from controller.service.site.reference import Reference
from controller.store.reference import BlockedPassRow


class BlockedPasses:
    """Since when each pass is blocked that is; read anew when the reference data has changed."""

    def __init__(self, engine: Engine, reference: Reference) -> None:
        self._engine: Final = engine
        self._reference: Final = reference
        self._read: tuple[int, Mapping[PassId, int]] = -1, {}

    def all(self) -> Mapping[PassId, int]:
        """Return them, in seconds since 1970-01-01 UTC. Asked at each grant."""
        revision, since = self._read
        if revision != self._reference.revision:
            revision = self._reference.revision
            with Session(self._engine) as session:
                since = {PassId(row.pass_id): row.since_s for row in session.exec(select(BlockedPassRow))}
            self._read = revision, since
        return since
