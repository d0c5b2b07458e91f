"""Which tablets belong to the site: one-time codes, enrolment, revocation, and whether a request is a tablet's.

A tablet proves itself by its signature on each request: no cookie that could be copied, and the same at every
controller. Belongs here: that, and the fold of the ledger's entries. Does not belong here: what tablets are given.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contract.clock import NS_PER_S, Clock, from_datetime, to_datetime
from contract.ids import AccountId, OperationId
from contract.sealed_roll import KEY_BYTES, is_signed
from controller.domain.operation import Plan, Reason
from controller.domain.tablets import AHEAD_NS, ENROLLED, OPENED, REVOKED, Opening, Tablet, TabletError, TabletFold
from controller.ledger import Entry, Ledger
from controller.ledger.told import hearing

CODE_S: Final = 15 * 60
"""A one-time code works for so long."""
_CODE_BYTES: Final = 10
_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")


class NoTabletError(Exception):
    """A request that no enrolled tablet signed; `clock` if only its moment is wrong."""

    def __init__(self, *, clock: bool = False) -> None:
        super().__init__("the tablet's clock is off" if clock else "no enrolled tablet signed this")
        self.clock: Final = clock


@dataclass(frozen=True)
class Signed:
    """What a tablet signed about a request. `at_ms`: when, ms since 1970 UTC."""

    tablet: str
    at_ms: int
    signature: bytes


@dataclass(frozen=True)
class _Code:
    tablet: str
    by: AccountId
    until_ns: int


class Tablets:
    """See the module. Belongs to the event loop."""

    def __init__(self, clock: Clock, ledger: Ledger) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._codes: dict[bytes, _Code] = {}
        self.fold: Final = TabletFold()
        self.heard_ns: Final[dict[str, int]] = {}
        """When each tablet was last heard, since the start."""
        follower = hearing(self._take)
        ledger.follow(follower, follower)

    def new_code(self, tablet: str, by: AccountId) -> tuple[str, int]:
        """Draw a one-time code for a tablet of that short name; return it and until when it works (ns, 1970 UTC).

        Raises TabletError.
        """
        if not _NAME.fullmatch(tablet):
            raise TabletError("tablet-name", "a tablet's name is 1 to 32 of a-z, 0-9 and hyphens, and no person's")
        now_ns = self._clock.now_ns()
        self._codes = {
            each: code for each, code in self._codes.items() if now_ns < code.until_ns and code.tablet != tablet
        }
        code, until_ns = secrets.token_hex(_CODE_BYTES), now_ns + CODE_S * NS_PER_S
        self._codes[_digest(code)] = _Code(tablet, by, until_ns)
        return code, until_ns

    def enrol(self, code: str, verify_key: bytes) -> Tablet:
        """Enrol whoever has a code. Raises TabletError, OSError."""
        now_ns = self._clock.now_ns()
        digest = _digest(code.strip().lower())
        waiting = self._codes.get(digest)
        if waiting is None or now_ns >= waiting.until_ns:
            raise TabletError("tablet-code", "this code is not right, was used, or is too old: ask for another one")
        if len(verify_key) != KEY_BYTES:
            raise TabletError("tablet-key", f"a tablet's key has {KEY_BYTES} bytes (Ed25519)")
        self._ledger.append(ENROLLED, now_ns, tablet=waiting.tablet, key=verify_key.hex(), by=waiting.by)
        del self._codes[digest]
        return Tablet(waiting.tablet, verify_key, now_ns, waiting.by)

    def revoke(self, tablet: str, by: AccountId) -> None:
        """Let it get nothing any more, and take nothing of it. Raises TabletError, OSError."""
        found = self.fold.find(tablet)
        if found is None:
            raise TabletError("no-tablet", "no tablet of that name is enrolled")
        self._ledger.append(REVOKED, self._clock.now_ns(), tablet=tablet, key=found.verify_key.hex(), by=by)

    def check(self, signed: Signed, method: str, path: str, body: bytes) -> Tablet:
        """Return the tablet that signed a request. Raises NoTabletError."""
        found = self.fold.find(signed.tablet)
        parts = (signed.tablet, str(signed.at_ms), method, path, hashlib.sha256(body).hexdigest())
        if found is None or not is_signed("tablet-request", parts, signed.signature, found.verify_key):
            raise NoTabletError
        now_ns = self._clock.now_ns()
        if abs(signed.at_ms * 1_000_000 - now_ns) > AHEAD_NS:  # then it is told the time, and tries again
            raise NoTabletError(clock=True)
        self.heard_ns[found.id] = now_ns
        return found

    def put_opening(self, opening: Opening) -> None:
        """Put on record that a commander opened the sealed roll of a tablet. Told again, nothing follows."""
        if self.fold.opener(opening.tablet, opening.id) is None:
            self._ledger.append(
                OPENED,
                self._clock.now_ns(),
                operation=opening.id,
                tablet=opening.tablet,
                by=opening.by,
                plan=Plan(opening.plan),
                reason=Reason(opening.reason),
                opened=to_datetime(opening.opened_ns).isoformat(),
            )

    def _take(self, entry: Entry) -> None:
        facts = entry.facts
        at_ns = from_datetime(datetime.fromisoformat(entry.at))
        if entry.kind == ENROLLED:
            key, by = bytes.fromhex(str(facts["key"])), AccountId(str(facts["by"]))
            self.fold.enrolled(Tablet(str(facts["tablet"]), key, at_ns, by))
        elif entry.kind == REVOKED:
            self.fold.revoked(bytes.fromhex(str(facts["key"])))
        elif entry.kind == OPENED:
            by = AccountId(str(facts["by"]))
            self.fold.opened(str(facts["tablet"]), OperationId(str(facts["operation"])), by, at_ns)


def _digest(code: str) -> bytes:
    return hashlib.sha256(code.encode(errors="surrogatepass")).digest()
