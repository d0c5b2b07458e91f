"""What `sacs law` says of the demo while it runs: no rule is broken; on paper too; and the ledger proves it later."""

import subprocess
import sys

import msgspec
import pytest

from controller.law.report import Report, State
from tests.e2e.observed_run import ObservedRun

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def report(observed: ObservedRun) -> Report:
    return msgspec.json.decode((observed.folder / "law.json").read_bytes(), type=Report)


def test_no_rule_is_broken_and_what_wants_attention_is_that_it_is_a_demo(report: Report) -> None:
    states = {row.rule: row.state for row in report.rows}
    assert list(states) == [f"L{number}" for number in range(1, 10)]
    assert State.BROKEN not in states.values(), [row.reasons for row in report.rows]
    assert {rule for rule, state in states.items() if state is State.ATTENTION} >= {"L3", "L7"}
    assert {rule: states[rule] for rule in ("L1", "L6", "L8", "L9")} == dict.fromkeys(
        ("L1", "L6", "L8", "L9"), State.KEPT
    )
    assert report.standing == []
    assert all(check.looks and not check.failed and not check.findings for check in report.checks)


def test_it_names_nobody_and_is_on_paper(observed: ObservedRun) -> None:
    told = (observed.folder / "law.json").read_text()
    assert not [plant for plant in observed.plants if plant in told]
    assert (observed.folder / "law.pdf").read_bytes().startswith(b"%PDF")


def test_the_end_that_it_named_is_still_in_the_ledger_when_all_is_over(observed: ObservedRun, report: Report) -> None:
    ledger = observed.folder / "state" / "controller" / "ledger.jsonl"
    end = f"{report.ledger.number}:{report.ledger.hash}"
    command = ("verify-ledger", str(ledger), "--key", report.ledger.key, "--head", end)
    checked = subprocess.run([sys.executable, "-m", "sacs", *command], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
