"""What one transaction of the record store takes in or takes away, as plain data.

Belongs here: these bundles and the names of markers. Does not belong here: SQL (records.py), or why they come about.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from contract.ids import EdgeId, Epoch
from contract.messages import Interval
from contract.periods import Period
from contract.sealing import KeyName
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Tally

CLOSED: Final = "closed_s"
"""Marker: start of the last closed period in seconds."""
CUT: Final = "cut_ns"
"""Marker: the cut of rule 6."""


@dataclass(frozen=True)
class Group:
    """What one group commit stores. `rows`: (encoded wraps, number, sealed). `known`: whole sets of changed epochs.

    `counts`: by how much the lasting counters of that name rise. `used_early`: periods whose pairs must be replaced.
    """

    keys: Mapping[bytes, KeyName]
    rows: list[tuple[bytes, int, bytes]]
    known: Mapping[tuple[EdgeId, Epoch], list[Interval]]
    counts: Mapping[str, int]
    heard_s: int
    used_early: Collection[Period] = ()


@dataclass(frozen=True)
class SealedPrior:
    """Rule 4's `prior` beside a record.

    Sealed under a content key of its period, the one in `wraps`; None takes it away.
    """

    beside: Stamp
    name: KeyName
    wraps: bytes
    sealed: bytes | None


@dataclass(frozen=True)
class Closing:
    """A period that is being closed and whose receipt is still to be written: what that will say.

    `rows`: removed after the key's death, `rows_before`: before it. `key_gone_ns`: when the key was destroyed, in
    nanoseconds since 1970-01-01 UTC; None as long as nobody noted it.
    """

    period: Period
    became_unnamed: int
    rows: int = 0
    key_gone_ns: int | None = None
    rows_before: int = 0


@dataclass(frozen=True)
class Note:
    """Free text that somebody wrote beside a ledger entry, sealed to its period: it goes with that period's rows."""

    id: str
    period_s: int
    wraps: bytes
    sealed: bytes


@dataclass(frozen=True)
class Change:
    """What one act of forgetting commits, in one transaction.

    Rows, tallies and priors, a marker that only rises, and the period that is closed by it. `gone_before`: by the start
    of a period, how many rows go before its key does, and how many persons become unnamed with them.
    """

    marker: tuple[str, int] | None = None
    records: Sequence[Stamp] = ()
    tallies: Sequence[Tally] = ()
    priors: Sequence[SealedPrior] = ()
    closing: Closing | None = None
    gone_before: Mapping[int, tuple[int, int]] = field(default_factory=dict)
