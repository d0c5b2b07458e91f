"""Tablets of the assembly points: which are enrolled, for which periods they hold keys, and whose word they bring.

A tablet is a name and a public key, as the ledger tells them; by itself it sees nothing. Belongs here: these rules and
the fold. Does not belong here: one-time codes and signatures of requests (service/tablets), or HTTP.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from contract.clock import NS_PER_S
from contract.ids import AccountId, OperationId
from contract.periods import Kind, Period, Retention
from controller.domain.obstacle import ObstacleError
from controller.domain.operation import Plan, Reason

ENROLLED: Final = "tablet-enrolled"
REVOKED: Final = "tablet-revoked"
OPENED: Final = "sealed-roll-opened"
KEYS_AHEAD_S: Final = 2 * 3600
"""Tablets make keys for so long ahead: one that was out of reach so long still gets a roll at its first word."""
OLDEST_OPENING_NS: Final = 24 * 3600 * NS_PER_S
"""An opening that is reported later than this is put on record, and opens nothing: nobody is named on its roll."""

AHEAD_NS: Final = 120 * NS_PER_S
"""So much a tablet's clock may be ahead of ours."""
_OPERATION_ID: Final = re.compile(r"[0-9a-f]{24}")


class TabletError(ObstacleError):
    """What can not be done with a tablet; the message says what would do."""


@dataclass(frozen=True)
class Tablet:
    """One enrolled tablet. `id`: its short name; `verify_key`: 32 bytes, Ed25519. Times in ns since 1970 UTC."""

    id: str
    verify_key: bytes
    enrolled_ns: int
    by: AccountId


class TabletFold:
    """Which tablets are enrolled, and in which operations each may mark because a commander opened the roll on it.

    Entries of all controllers come in any order, and make the same of it: whoever was revoked stays so.
    """

    def __init__(self) -> None:
        self._last: dict[str, Tablet] = {}
        self._revoked: set[bytes] = set()
        self._opened: dict[str, dict[OperationId, tuple[int, AccountId]]] = {}

    def enrolled(self, tablet: Tablet) -> None:
        """Take note that one was enrolled; enrolled again under its name it is another one: the later one counts."""
        if tablet.enrolled_ns >= self._last.get(tablet.id, tablet).enrolled_ns:
            self._last[tablet.id] = tablet

    def revoked(self, verify_key: bytes) -> None:
        """Take note that the one with that key was revoked: for good, whenever its enrolment is heard of."""
        self._revoked.add(verify_key)

    def opened(self, id_: str, operation: OperationId, by: AccountId, at_ns: int) -> None:
        """Take note of a report at `at_ns` that a commander opened the sealed roll on a tablet."""
        self._opened.setdefault(id_, {})[operation] = at_ns, by

    def all(self) -> list[Tablet]:
        """Return the enrolled tablets by name."""
        return [self._last[id_] for id_ in sorted(self._last) if self.find(id_) is not None]

    def find(self, id_: str) -> Tablet | None:
        """Return an enrolled tablet."""
        found = self._last.get(id_)
        return None if found is None or found.verify_key in self._revoked else found

    def openings(self, id_: str) -> Mapping[OperationId, AccountId]:
        """Return the openings of the sealed roll on a tablet since it was enrolled, and which commander opened each."""
        found = self.find(id_)
        if found is None:
            return {}
        opened = self._opened.get(id_, {}).items()
        return {operation: by for operation, (at_ns, by) in opened if at_ns >= found.enrolled_ns}

    def opener(self, id_: str, operation: OperationId) -> AccountId | None:
        """Return the commander who opened the sealed roll there, if one did and it leads to that operation."""
        return self.openings(id_).get(operation)


def wanted_periods(retention: Retention, now_ns: int) -> list[Period]:
    """Return the periods of which a tablet shall hold a key now: all whose limit is to come, and some ahead."""
    now_s = now_ns // NS_PER_S
    keep_s = retention.keep_s(Kind.MOVEMENT)
    period = retention.period_at(Kind.MOVEMENT, max(0, now_ns - keep_s * NS_PER_S))
    ahead_s = max(min(KEYS_AHEAD_S, keep_s), period.length_s)
    wanted = []
    while period.start_s <= now_s + ahead_s:
        if retention.dies_at_s(period) > now_s:
            wanted.append(period)
        period = period.next()
    return wanted


@dataclass(frozen=True)
class RollKey:
    """A commander's key for sealed rolls: two public halves, and the private ones under his passphrase.

    `roll`: X25519, to which halves are sealed; `sign`: Ed25519, by which he vouches for an opening; `wrapped`: JSON of
    the browser that made it, opaque here. `set_ns`: ns since 1970 UTC.
    """

    account: AccountId
    roll: bytes
    sign: bytes
    wrapped: str
    set_ns: int

    def __repr__(self) -> str:
        """Without the wrapped halves."""
        return f"<roll key of {self.account}>"


@dataclass(frozen=True)
class Opening:
    """What a tablet reports: a commander opened the roll there at `opened_ns`, and ended it at `ended_ns` if he did.

    `id` is the operation's, drawn on the tablet.
    """

    id: OperationId
    tablet: str
    by: AccountId
    plan: str
    reason: str
    opened_ns: int
    ended_ns: int | None = None

    def signed_parts(self) -> tuple[str, ...]:
        """Return what the commander signed: all but the end, which comes later."""
        return self.tablet, self.id, self.by, self.plan, self.reason, str(self.opened_ns // 1_000_000)

    def believable(self, now_ns: int) -> "Opening":
        """Return it with moments that can be: none of them to come, the end not before the beginning.

        A tablet's clock may be a little ahead. Raises TabletError if it is more than that, or for an id, a plan or a
        reason that is none.
        """
        if not _OPERATION_ID.fullmatch(self.id) or self.plan not in {*Plan} or self.reason not in {*Reason}:
            raise TabletError("opening-words", "this names no operation, plan or reason: bring the page up to date")
        if self.opened_ns > now_ns + AHEAD_NS:
            raise TabletError("opened-ahead", "the tablet's clock is ahead: it opened a roll in the future")
        opened_ns = min(self.opened_ns, now_ns)
        ended_ns = None if self.ended_ns is None else max(opened_ns, min(self.ended_ns, now_ns))
        return replace(self, opened_ns=opened_ns, ended_ns=ended_ns)
