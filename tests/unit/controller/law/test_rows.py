"""Each rule's state follows from facts: one fact that is wrong breaks one rule, and no other."""

from typing import Any

import pytest

from controller.domain.rights import deeds
from controller.domain.rights.deeds import Deed, Moment, Sight
from controller.domain.violations import JUDGED, Rule, Violation
from controller.law import words
from controller.law.facts import Copies, LastScan
from controller.law.report import Row, State
from controller.law.rows import WATCHED, judge, overall
from controller.service.proof.checks.access import Access
from controller.service.proof.checks.chain import Chain
from controller.service.proof.checks.clocks import Clocks
from controller.service.proof.checks.gate_stores import GateStores
from controller.service.proof.checks.records import Records
from controller.service.proof.checks.rows import Rows
from controller.service.proof.checks.scan import Scan
from controller.service.proof.checks.twins import Twins
from tests.unit.controller.law.facts import COMMANDS, facts


def rows(**changed: Any) -> dict[str, Row]:  # noqa: ANN401  whatever a fact is
    return {row.rule: row for row in judge(facts(**changed), COMMANDS)}


def not_kept(**changed: Any) -> dict[str, State]:  # noqa: ANN401  whatever a fact is
    return {rule: row.state for rule, row in rows(**changed).items() if row.state is not State.KEPT}


def test_a_site_where_all_is_well_keeps_every_rule() -> None:
    judged = rows()
    assert list(judged) == [rule.value for rule in Rule]
    assert overall(judged.values()) is State.KEPT
    for rule, row in judged.items():
        assert not row.reasons
        assert row.evidence, rule
        assert row.commands == [f"check {rule}"]


@pytest.mark.parametrize("violation", Violation)
def test_what_a_check_finds_breaks_its_rule_alone(violation: Violation) -> None:
    rule = JUDGED[violation][0]
    assert not_kept(found=frozenset({violation})) == {rule.value: State.BROKEN}
    assert rows(found=frozenset({violation}))[rule].reasons == [words.FOUND[violation]]


@pytest.mark.parametrize("violation", [Violation.CHECK_FAILED, Violation.CHECK_OVERDUE])
def test_a_rule_at_which_nobody_looks_is_not_told_as_kept(violation: Violation) -> None:
    """The last look may have been long ago; what the check finds then says nothing of now."""
    found = {"found": frozenset({violation}), "blind": {Records.name: violation}}
    attention = State.ATTENTION
    assert not_kept(**found) == {"L4": attention, "L5": attention, "L6": State.BROKEN}
    assert rows(**found)["L4"].reasons == [words.FOUND[violation]]
    assert not_kept(blind={Scan.name: violation}) == {"L7": attention}
    assert not_kept(blind={Access.name: violation}) == {"L1": attention, "L2": attention, "L3": attention}


def test_every_check_watches_a_rule() -> None:
    checks = {each.name for each in (Access, Chain, Clocks, GateStores, Records, Rows, Scan, Twins)}
    assert set().union(*WATCHED.values()) == checks


@pytest.mark.parametrize("rule", Rule)
def test_what_stands_on_record_breaks_its_rule_alone(rule: Rule) -> None:
    assert not_kept(standing={rule: 1}) == {rule.value: State.BROKEN}


@pytest.mark.parametrize(
    ("changed", "rule", "reason"),
    [
        ({"fit_commanders": 0}, "L2", words.NO_COMMANDER),
        ({"expiring": 1}, "L2", words.EXPIRING),
        ({"copies": Copies(1, 0, 0, 1)}, "L3", words.COPIES_OUT),
        ({"addressees": 0}, "L3", words.NO_STANDING_ORDER),
        ({"late_deaths": 1}, "L4", words.DIED_LATE),
        ({"has_investigators": False}, "L6", words.NO_INVESTIGATORS),
        ({"vault_complies": False}, "L7", words.VAULT_IS_FILE),
        ({"last_scan": None}, "L7", words.NEVER_SCANNED),
        ({"exposed": ("memory-may-be-swapped",)}, "L7", words.EXPOSED),
    ],
)
def test_what_a_person_should_look_into_wants_attention(changed: dict[str, Any], rule: str, reason: str) -> None:
    assert not_kept(**changed) == {rule: State.ATTENTION}
    assert rows(**changed)[rule].reasons == [reason]
    assert overall(rows(**changed).values()) is State.ATTENTION


def test_copies_that_are_out_in_an_operation_are_as_they_should_be() -> None:
    assert not_kept(copies=Copies(1, 0, 0, 1), operations=("drill",)) == {}


def test_a_video_key_past_its_limit_breaks_the_rule_of_video() -> None:
    assert not_kept(oldest_video_key_s=30 * 86_400.0) == {"L5": State.BROKEN}


def test_purpose_tells_of_the_screens_at_gates_which_need_no_operation() -> None:
    evidence = {each.what: each.value for each in rows(gate_screens=3)["L1"].evidence}
    assert evidence[words.GATE_SCREENS] == 3


def test_silent_gates_may_hold_anything() -> None:
    assert not_kept(gates_silent=1) == {"L4": State.ATTENTION, "L5": State.ATTENTION}


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({"movement_limit_s": 86_401}, {"L4", "L8"}),
        ({"video_limit_s": 30 * 86_400 + 1}, {"L5", "L8"}),
        ({"last_scan": LastScan(1, "2027-01-15T07:30:00+00:00", 1, 1)}, {"L7"}),
    ],
)
def test_what_can_be_read_off_is_judged_without_a_check(changed: dict[str, Any], broken: set[str]) -> None:
    judged = rows(**changed)
    assert {rule for rule, row in judged.items() if row.state is State.BROKEN} >= broken - {"L5"}
    assert overall(judged.values()) is State.BROKEN


def test_an_act_that_shows_names_at_any_time_breaks_the_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    attendance = deeds.Rule(frozenset(), Sight.MOVEMENTS, Moment.ALWAYS)
    monkeypatch.setitem(deeds.RULES, Deed.SEE_COUNTS, attendance)
    assert not_kept() == {"L1": State.BROKEN}


def test_every_claim_and_every_finding_has_words() -> None:
    assert set(words.CLAIMS) == set(Rule)
    assert set(words.FOUND) == set(Violation)


def test_the_copies_told_add_up_to_all_that_were_ever_made() -> None:
    told = {each.what: each.value for each in rows(copies=Copies(5, 1, 3, 1))["L3"].evidence}
    assert told[words.COPIES] == 5
    assert (told[words.BACK], told[words.HANDED_OVER], told[words.OUT]) == (1, 3, 1)


def test_a_sites_file_stands_beside_its_settings() -> None:
    told = {each.what: each.value for each in rows()["L9"].evidence}
    assert (told[words.PROFILE], told[words.SITE_FILE]) == ("ab" * 32, "cd" * 32)
