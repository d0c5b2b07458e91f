"""Who escorts whom: a visitor who may be on the premises only as long as another holder is.

Belongs here: that table. Does not belong here: where both are (controller/domain/presence), or the alarm (service).
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session, select

from contract.ids import HolderId
from controller.service.site.reference import Reference
from controller.store.reference import EscortRow, HolderRow


class Escorts:
    """Reads and writes who escorts whom. Raises RefusedError for a write where the reference data is a copy."""

    def __init__(self, engine: Engine, reference: Reference) -> None:
        self._engine: Final = engine
        self._reference: Final = reference
        self._read: tuple[int, Mapping[HolderId, HolderId]] = -1, {}

    def all(self) -> Mapping[HolderId, HolderId]:
        """Return who escorts each visitor. Asked every second."""
        revision, escorts = self._read
        if revision != self._reference.revision:
            revision = self._reference.revision
            with Session(self._engine) as session:
                escorts = {HolderId(row.visitor): HolderId(row.escort) for row in session.exec(select(EscortRow))}
            self._read = revision, escorts
        return escorts

    def set(self, visitor: HolderId, escort: HolderId | None) -> bool:
        """Let `escort` be who escorts a visitor, None for nobody; return whether both are registered."""
        self._reference.must_keep()
        with Session(self._engine) as session:
            if session.get(HolderRow, visitor) is None or (escort and session.get(HolderRow, escort) is None):
                return False
            before = session.get(EscortRow, visitor)
            if escort:
                session.merge(EscortRow(visitor=visitor, escort=escort))
            elif before is not None:
                session.delete(before)
            session.commit()
        self._reference.changed_elsewhere()
        return True
