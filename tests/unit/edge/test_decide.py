"""One decision for each reason, and schedules in the site's time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from contract.clock import from_datetime
from contract.events import DenialReason
from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId, EdgeId, HolderId, PassId
from contract.periods import Retention
from contract.policy import VERSION as POLICY_VERSION
from contract.policy import AccessLevel, Policy, PolicyHeader, PolicyRow, Window, new_digest_key, pack
from contract.site import AccessPoint, AntiPassback
from edge.domain.anti_passback import AntiPassbackMemory
from edge.domain.decide import Denial, Grant, Rules, decide

ZONE = ZoneInfo("Europe/Vienna")
IN = AccessPoint(AccessPointId("in"), OUTSIDE, AreaId("hall"))
OTHER = AccessPoint(AccessPointId("other"), OUTSIDE, AreaId("hall"))
HOLDER, PASS = HolderId("0a" * 12), PassId("0b" * 12)
ALWAYS, OFFICE_HOURS = 0, 1
NS = 1_000_000_000


def at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZONE))


WEDNESDAY = at("2026-07-15T12:00")


def rules(anti_passback: AntiPassback = AntiPassback.OFF) -> Rules:
    points = frozenset({IN.id})
    levels = [
        AccessLevel(points),
        AccessLevel(points, [Window(day, 8 * 60, 18 * 60) for day in range(5)]),
    ]
    start_s, end_s = at("2026-01-01T00:00") // NS, at("2027-01-01T00:00") // NS
    header = PolicyHeader(
        POLICY_VERSION, EdgeId("north"), 3, start_s, end_s, "Europe/Vienna", anti_passback, levels, new_digest_key()
    )
    rows = [
        ("card:always", PolicyRow(HOLDER, PASS, ALWAYS)),
        ("card:office", PolicyRow(HOLDER, PASS, OFFICE_HOURS)),
        ("card:blocked", PolicyRow(HOLDER, PASS, ALWAYS, blocked=True)),
        ("card:later", PolicyRow(HOLDER, PASS, ALWAYS, valid_from_s=at("2026-07-16T00:00") // NS)),
        ("card:expired", PolicyRow(HOLDER, PASS, ALWAYS, valid_until_s=at("2026-07-15T00:00") // NS)),
        ("card:no-level", PolicyRow(HOLDER, PASS, 7)),
    ]
    return Rules(Policy(pack(header, rows)), ZONE)


def memory() -> AntiPassbackMemory:
    return AntiPassbackMemory(Retention())


def test_a_valid_pass_is_granted() -> None:
    assert decide(rules(), "card:always", IN, WEDNESDAY, memory()) == Grant(HOLDER, PASS)


@pytest.mark.parametrize(
    ("credential", "point", "now", "denial"),
    [
        ("card:nobody", IN, "2026-07-15T12:00", Denial(DenialReason.UNKNOWN_CREDENTIAL)),
        ("card:blocked", IN, "2026-07-15T12:00", Denial(DenialReason.PASS_BLOCKED, HOLDER)),
        ("card:later", IN, "2026-07-15T23:59", Denial(DenialReason.PASS_NOT_YET_VALID, HOLDER)),
        ("card:expired", IN, "2026-07-15T00:00", Denial(DenialReason.PASS_EXPIRED, HOLDER)),
        ("card:always", OTHER, "2026-07-15T12:00", Denial(DenialReason.NOT_PERMITTED_HERE, HOLDER)),
        ("card:no-level", IN, "2026-07-15T12:00", Denial(DenialReason.NOT_PERMITTED_HERE, HOLDER)),
        ("card:office", IN, "2026-07-15T18:00", Denial(DenialReason.OUTSIDE_SCHEDULE, HOLDER)),
        ("card:always", IN, "2027-01-01T00:00", Denial(DenialReason.POLICY_EXPIRED)),
    ],
)
def test_each_denial_has_its_reason(credential: str, point: AccessPoint, now: str, denial: Denial) -> None:
    assert decide(rules(), credential, point, at(now), memory()) == denial


def test_without_a_policy_nobody_passes() -> None:
    assert decide(None, "card:always", IN, WEDNESDAY, memory()) == Denial(DenialReason.NO_POLICY)


@pytest.mark.parametrize("day", ["2026-01-14", "2026-07-15"])  # Wednesdays in winter and in summer time
def test_schedules_follow_the_wall_of_the_site(day: str) -> None:
    for minute, is_open in (("07:59", False), ("08:00", True), ("17:59", True), ("18:00", False)):
        granted = decide(rules(), "card:office", IN, at(f"{day}T{minute}"), memory())
        assert isinstance(granted, Grant) is is_open


def test_a_schedule_knows_its_weekdays() -> None:
    assert isinstance(decide(rules(), "card:office", IN, at("2026-07-18T12:00"), memory()), Denial)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (AntiPassback.OFF, Grant(HOLDER, PASS)),
        (AntiPassback.SOFT, Grant(HOLDER, PASS, anti_passback_overridden=True)),
        (AntiPassback.HARD, Denial(DenialReason.ANTI_PASSBACK, HOLDER)),
    ],
)
def test_anti_passback_as_the_policy_says(mode: AntiPassback, expected: Grant | Denial) -> None:
    kept = memory()
    kept.passed(HOLDER, IN, WEDNESDAY)
    assert decide(rules(mode), "card:always", IN, WEDNESDAY + NS, kept) == expected


@pytest.mark.parametrize("mode", AntiPassback)
def test_while_everybody_leaves_anti_passback_is_lifted(mode: AntiPassback) -> None:
    kept = memory()
    kept.passed(HOLDER, IN, WEDNESDAY)
    decision = decide(rules(mode), "card:always", IN, WEDNESDAY + NS, kept, exits_free=True)
    assert decision == Grant(HOLDER, PASS)


def test_a_lockdown_lets_nobody_in_from_outside_and_everybody_out() -> None:
    out = msgspec.structs.replace(IN, from_area=IN.to_area, to_area=IN.from_area)
    now_here = msgspec.structs.replace(IN, from_area=ANYWHERE)

    def locked(point: AccessPoint) -> Grant | Denial:
        return decide(rules(), "card:always", point, WEDNESDAY, memory(), entries_denied=True)

    assert IN.from_area == OUTSIDE
    assert locked(IN) == Denial(DenialReason.LOCKDOWN, HOLDER)
    assert isinstance(locked(out), Grant)
    assert isinstance(locked(now_here), Grant)
