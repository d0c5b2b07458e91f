"""With what gates signed before they were enrolled again: their older recordings verify by the key of their time.

A gate is enrolled again when its key was revoked. What was recorded before may lie on its disk still, signed with the
key of then, and whoever serves it shows the certificate of now. So such a key counts for video alone, and for periods
alone that had begun when it was replaced; it goes when the last of those has died.

Belongs here: those keys. Does not belong here: enrolling (enrolment.py), or what is checked with them
(service/video/opening.py).
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select

from contract.clock import NS_PER_S
from contract.ids import EdgeId
from contract.periods import Kind, Period, Retention
from controller.store.reference import ReplacedGateKeyRow


class ReplacedKeys:
    """The replaced keys of all gates. Belongs to any thread; raises sqlalchemy.exc.SQLAlchemyError."""

    def __init__(self, engine: Engine, retention: Retention) -> None:
        self._engine: Final = engine
        self._retention: Final = retention

    def of(self, gate: EdgeId, period: Period) -> list[Ed25519PublicKey]:
        """Return what `gate` may have signed with that it recorded in `period`, besides its present key."""
        replaced = select(ReplacedGateKeyRow).where(
            ReplacedGateKeyRow.gate == gate, col(ReplacedGateKeyRow.until_s) > period.start_s
        )
        with Session(self._engine) as session:
            return [Ed25519PublicKey.from_public_bytes(row.verify_key) for row in session.exec(replaced)]

    def forget(self, now_ns: int) -> int:
        """Remove the keys of which nothing can be left that they signed; return how many."""
        before_s = now_ns // NS_PER_S - self._retention.keep_s(Kind.VIDEO)
        over = col(ReplacedGateKeyRow.until_s) <= before_s
        with Session(self._engine) as session:
            gone = len(session.exec(select(ReplacedGateKeyRow).where(over)).all())
            if gone:
                session.exec(delete(ReplacedGateKeyRow).where(over))
                session.commit()
            return gone
