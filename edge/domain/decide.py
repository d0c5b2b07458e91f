"""The decision at a gate: whether a credential may pass here and now.

Pure: the policy in memory, the read, the time and the anti-passback memory go in, a grant or a denial comes out. No
disk, no network. Checks stand in the order in which an officer would want to hear the cause.

Belongs here: the decision. Does not belong here: the policy document (contract/policy.py), or what is done about it
(edge/gate.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from contract.events import DenialReason
from contract.ids import OUTSIDE, HolderId, PassId
from contract.policy import FOREVER_S, AccessLevel, Policy, PolicyRow
from contract.site import AccessPoint, AntiPassback, Assurance
from edge.domain.anti_passback import AntiPassbackMemory, Verdict
from edge.domain.pin import PinsOfPass

_NS_PER_S: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Grant:
    """The holder may pass. `anti_passback_overridden`: although it is his second entry without an exit.

    `extended_time`: he needs longer. `pins`: what he has to type first, where the access point asks for it.
    """

    holder: HolderId
    pass_id: PassId
    anti_passback_overridden: bool = False
    extended_time: bool = False
    pins: PinsOfPass | None = None


@dataclass(frozen=True, slots=True)
class Denial:
    """Nobody passes, and why; `holder` where the credential is known."""

    reason: DenialReason
    holder: HolderId | None = None


class Rules:
    """A policy made ready for decisions: its time zone is loaded and its windows are sorted by weekday."""

    def __init__(self, policy: Policy, zone: tzinfo) -> None:
        """Take an opened policy and the time zone that its header names."""
        self.policy = policy
        self._zone = zone
        self._windows = [_by_weekday(level) for level in policy.header.levels]

    def is_within_schedule(self, level: int, now_s: int) -> bool:
        """Tell whether access level number `level` is open at `now_s` (seconds since 1970-01-01 UTC)."""
        windows = self._windows[level]
        if windows is None:
            return True
        local = datetime.fromtimestamp(now_s, UTC).astimezone(self._zone)
        minute = local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in windows.get(local.weekday(), ()))


def decide(
    rules: Rules | None,
    credential: str,
    point: AccessPoint,
    now_ns: int,
    memory: AntiPassbackMemory,
    assurance: Assurance = Assurance.IDENTIFIED,
    *,
    entries_denied: bool = False,
    exits_free: bool = False,
) -> Grant | Denial:
    """Decide about `credential` (its canonical text) read at `point` at `now_ns` (ns since 1970-01-01 UTC).

    `assurance`: what the card proved. `entries_denied`, `exits_free`: what orders from the control centre ask: a
    lockdown lets nobody in from outside; while everybody leaves, anti-passback is lifted. Where `point` asks for a PIN
    or a second person, a grant is the first step. At a muster point everybody who can be told is known, and
    nothing opens: neither level, schedule nor anti-passback matter there, and what is wrong with his pass is said
    beside who he is.
    """
    if rules is None:
        return Denial(DenialReason.NO_POLICY)
    if point.muster_point:
        return _counted(rules, credential, now_ns // _NS_PER_S)
    header, now_s = rules.policy.header, now_ns // _NS_PER_S
    if now_s >= header.expires_at_s:
        return Denial(DenialReason.POLICY_EXPIRED)
    row = rules.policy.find(credential)
    if row is None:
        return Denial(DenialReason.UNKNOWN_CREDENTIAL)
    reason = _why_not(rules, row, point, now_s, assurance)
    if reason is not None:
        return Denial(reason, row.holder)
    if entries_denied and point.from_area == OUTSIDE:
        return Denial(DenialReason.LOCKDOWN, row.holder)
    mode = AntiPassback.OFF if exits_free else header.anti_passback
    verdict = memory.judge(mode, row.holder, point, now_ns)
    if verdict is Verdict.REFUSED:
        return Denial(DenialReason.ANTI_PASSBACK, row.holder)
    pins = PinsOfPass(header.digest_key, row.pass_id, row.pin, row.duress_pin) if point.pin and row.pin else None
    return Grant(row.holder, row.pass_id, verdict is Verdict.OVERRIDDEN, row.extended_time, pins)


def _counted(rules: Rules, credential: str, now_s: int) -> Grant | Denial:
    """Decide about a read at a muster point: also of an expired policy, for it still tells who somebody is."""
    row = rules.policy.find(credential)
    if row is None:
        return Denial(DenialReason.UNKNOWN_CREDENTIAL)
    if now_s >= rules.policy.header.expires_at_s:
        return Denial(DenialReason.POLICY_EXPIRED, row.holder)
    reason = _pass_fault(row, now_s)
    return Grant(row.holder, row.pass_id) if reason is None else Denial(reason, row.holder)


def _pass_fault(row: PolicyRow, now_s: int) -> DenialReason | None:
    if row.blocked:
        return DenialReason.PASS_BLOCKED
    if now_s < row.valid_from_s:
        return DenialReason.PASS_NOT_YET_VALID
    if row.valid_until_s != FOREVER_S and now_s >= row.valid_until_s:
        return DenialReason.PASS_EXPIRED
    return None


def _why_not(rules: Rules, row: PolicyRow, point: AccessPoint, now_s: int, assurance: Assurance) -> DenialReason | None:
    levels = rules.policy.header.levels
    fault = _pass_fault(row, now_s)
    if fault is not None:
        return fault
    if row.level >= len(levels) or point.id not in levels[row.level].access_points:
        return DenialReason.NOT_PERMITTED_HERE
    if not rules.is_within_schedule(row.level, now_s):
        return DenialReason.OUTSIDE_SCHEDULE
    if point.requires is Assurance.AUTHENTICATED and assurance is not Assurance.AUTHENTICATED:
        return DenialReason.NOT_AUTHENTICATED
    if point.pin and row.pin is None:
        return DenialReason.NO_PIN
    return None


def _by_weekday(level: AccessLevel) -> Mapping[int, list[tuple[int, int]]] | None:
    if not level.windows:
        return None
    windows: dict[int, list[tuple[int, int]]] = {}
    for window in level.windows:
        windows.setdefault(window.weekday, []).append((window.from_min, window.until_min))
    return windows
