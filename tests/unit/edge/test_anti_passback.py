"""Anti-passback at one entry and one exit: off, soft, hard, after a restart, and when its period's key dies."""

import pytest

from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId, HolderId
from contract.periods import Retention
from contract.site import AccessPoint, AntiPassback
from edge.domain.anti_passback import AntiPassbackMemory, Verdict

S = 1_000_000_000
NOON = 1_800_000_000 * S
HALL = AreaId("hall")
ENTRY = AccessPoint(AccessPointId("in"), OUTSIDE, HALL)
EXIT = AccessPoint(AccessPointId("out"), HALL, OUTSIDE)
SOMEBODY = HolderId("aa" * 12)


def memory(forgotten_until_ns: int | None = None) -> AntiPassbackMemory:
    return AntiPassbackMemory(Retention(), forgotten_until_ns)


@pytest.mark.parametrize(
    ("mode", "verdict"),
    [
        (AntiPassback.OFF, Verdict.FINE),
        (AntiPassback.SOFT, Verdict.OVERRIDDEN),
        (AntiPassback.HARD, Verdict.REFUSED),
    ],
)
def test_a_second_entry_without_an_exit(mode: AntiPassback, verdict: Verdict) -> None:
    kept = memory()
    assert kept.judge(mode, SOMEBODY, ENTRY, NOON) is Verdict.FINE
    kept.passed(SOMEBODY, ENTRY, NOON)
    assert kept.judge(mode, SOMEBODY, ENTRY, NOON + S) is verdict
    assert kept.judge(mode, SOMEBODY, EXIT, NOON + S) is Verdict.FINE
    kept.passed(SOMEBODY, EXIT, NOON + S)
    assert kept.judge(mode, SOMEBODY, ENTRY, NOON + 2 * S) is Verdict.FINE
    assert len(kept) == 1


@pytest.mark.parametrize("point", [ENTRY, EXIT])
def test_nothing_is_held_against_one_who_was_perhaps_not_seen_to_leave(point: AccessPoint) -> None:
    kept = memory()
    kept.passed(SOMEBODY, ENTRY, NOON)
    kept.unseen(SOMEBODY)
    assert kept.judge(AntiPassback.HARD, SOMEBODY, point, NOON + S) is Verdict.FINE
    assert len(kept) == 0


def test_a_reader_that_only_says_now_here_is_never_a_second_entry() -> None:
    kept = memory()
    here = AccessPoint(AccessPointId("here"), ANYWHERE, HALL)
    kept.passed(SOMEBODY, here, NOON)
    assert kept.judge(AntiPassback.HARD, SOMEBODY, here, NOON) is Verdict.FINE


def test_after_a_restart_hard_is_soft_until_nothing_could_be_remembered_anyway() -> None:
    kept = memory(forgotten_until_ns=NOON)
    kept.passed(SOMEBODY, ENTRY, NOON + S)
    assert kept.is_softened(NOON + S)
    assert kept.judge(AntiPassback.HARD, SOMEBODY, ENTRY, NOON + S) is Verdict.OVERRIDDEN
    next_day = NOON + 86_400 * S
    kept.passed(SOMEBODY, ENTRY, next_day)
    assert not kept.is_softened(next_day)
    assert kept.judge(AntiPassback.HARD, SOMEBODY, ENTRY, next_day) is Verdict.REFUSED


def test_the_memory_dies_with_the_key_of_its_period() -> None:
    kept = memory()
    kept.passed(SOMEBODY, ENTRY, NOON)
    death = (NOON // S // 3600 * 3600 + 86_400 - 60) * S
    assert kept.judge(AntiPassback.HARD, SOMEBODY, ENTRY, death - 1) is Verdict.REFUSED
    assert kept.judge(AntiPassback.HARD, SOMEBODY, ENTRY, death) is Verdict.FINE
    kept.forget(death - 1)
    assert len(kept) == 1
    kept.forget(death)
    assert len(kept) == 0


def test_what_a_clock_left_that_was_ahead_is_forgotten() -> None:
    kept = memory()
    kept.passed(SOMEBODY, ENTRY, NOON + 10 * 86_400 * S)
    kept.forget(NOON)
    assert len(kept) == 0
