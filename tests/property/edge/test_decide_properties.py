"""The decision against a second, plainer one: who is granted, at any minute of a year, in zones with summer time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from contract.events import DenialReason
from contract.ids import OUTSIDE, AccessPointId, AreaId, EdgeId, HolderId, PassId
from contract.periods import Retention
from contract.policy import FOREVER_S, AccessLevel, Policy, PolicyHeader, PolicyRow, Window, new_digest_key, pack
from contract.policy import VERSION as POLICY_VERSION
from contract.site import AccessPoint, AntiPassback
from edge.domain.anti_passback import AntiPassbackMemory
from edge.domain.decide import Denial, Grant, Rules, decide

NS = 1_000_000_000
START_S, END_S = 1_767_225_600, 1_798_761_600  # the year 2026
POINTS = [AccessPoint(AccessPointId(name), OUTSIDE, AreaId("hall")) for name in ("a", "b", "c")]
PASS = PassId("0b" * 12)

moments = st.integers(START_S, END_S)
windows = st.builds(
    lambda day, first, length: Window(day, first, min(first + length, 1440)),
    st.integers(0, 6),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
levels = st.builds(
    AccessLevel,
    st.frozensets(st.sampled_from([point.id for point in POINTS])),
    st.lists(windows, max_size=3),
)
rows = st.builds(
    PolicyRow,
    st.integers(0, 5).map(lambda n: HolderId(f"{n:024x}")),
    st.just(PASS),
    st.integers(0, 3),
    st.just(0) | moments,
    st.just(FOREVER_S) | moments,
    st.booleans(),
)


def plainly(
    row: PolicyRow, known: list[AccessLevel], point: AccessPoint, at_s: int, zone: ZoneInfo
) -> set[DenialReason]:
    """All reasons why not, in no order."""
    reasons: set[DenialReason] = set()
    if row.blocked:
        reasons.add(DenialReason.PASS_BLOCKED)
    if at_s < row.valid_from_s:
        reasons.add(DenialReason.PASS_NOT_YET_VALID)
    if row.valid_until_s not in range(at_s + 1, FOREVER_S + 1):
        reasons.add(DenialReason.PASS_EXPIRED)
    if row.level >= len(known) or point.id not in known[row.level].access_points:
        return reasons | {DenialReason.NOT_PERMITTED_HERE}
    local = datetime.fromtimestamp(at_s, UTC).astimezone(zone)
    clock = int(local.strftime("%H")) * 60 + int(local.strftime("%M"))
    spans = known[row.level].windows
    if spans and not any(
        (local.isoweekday() - 1, True) == (w.weekday, w.from_min <= clock < w.until_min) for w in spans
    ):
        reasons.add(DenialReason.OUTSIDE_SCHEDULE)
    return reasons


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), rows, min_size=1, max_size=6),
    st.lists(levels, min_size=1, max_size=3),
    st.sampled_from(["UTC", "Europe/Vienna", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]),
    st.lists(st.tuples(moments, st.sampled_from(POINTS)), min_size=1, max_size=20),
    moments,
)
def test_nobody_is_granted_who_has_a_reason_against_him(
    passes: dict[str, PolicyRow],
    known: list[AccessLevel],
    zone: str,
    reads: list[tuple[int, AccessPoint]],
    expires_s: int,
) -> None:
    header = PolicyHeader(
        POLICY_VERSION, EdgeId("north"), 1, 0, expires_s, zone, AntiPassback.OFF, known, new_digest_key()
    )
    rules = Rules(Policy(pack(header, passes.items())), ZoneInfo(zone))
    memory = AntiPassbackMemory(Retention())
    for at_s, point in reads:
        assert decide(rules, "nobody's card", point, at_s * NS, memory) == Denial(
            DenialReason.POLICY_EXPIRED if at_s >= expires_s else DenialReason.UNKNOWN_CREDENTIAL
        )
        for credential, row in passes.items():
            decision = decide(rules, credential, point, at_s * NS, memory)
            reasons = plainly(row, known, point, at_s, ZoneInfo(zone))
            if at_s >= expires_s:
                assert decision == Denial(DenialReason.POLICY_EXPIRED)
            elif reasons:
                assert isinstance(decision, Denial)
                assert decision.reason in reasons
                assert decision.holder == row.holder
            else:
                assert decision == Grant(row.holder, PASS)
