"""The report: its verdict, its PDF, and that a secret never comes into it."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from contract.ids import EdgeId, SiteId
from edge.commissioning.document import render
from edge.commissioning.finding import Subject, Verdict, failed, not_checked, passed, verdict_of
from edge.commissioning.report import Report

FINDINGS = [
    passed(Subject.READER, "entry", "answers, encrypted with its own key", answer_median_ms=4.2),
    not_checked(Subject.READER, "exit", "no card was heard", "hold a card before it"),
    failed(Subject.PORTAL, "door #1 *bold* $x$", "the contact did not follow", "look at the strike"),
]


def report(*, count: int = 1) -> Report:
    at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    return Report(
        site=SiteId("site"), gate=EdgeId("north"), gate_name="North gate", verdict=Verdict.FAILED, began_at=at,
        ended_at=at, program="sacs", machine="a machine", findings=FINDINGS * count,
    )  # fmt: skip


@given(st.lists(st.sampled_from(FINDINGS)))
def test_the_worst_finding_decides(findings: list) -> None:  # type: ignore[type-arg]
    verdicts = [finding.verdict for finding in findings]
    worst = verdict_of(findings)
    assert (worst is Verdict.PASSED) == (bool(verdicts) and set(verdicts) == {Verdict.PASSED})
    assert (worst is Verdict.FAILED) == (Verdict.FAILED in verdicts)


def test_the_pdf_says_what_was_found(tmp_path: Path) -> None:
    file = tmp_path / "report.pdf"
    file.write_bytes(render(report(count=30)))
    tool = shutil.which("pdftotext")
    assert tool is not None, "make test installs poppler-utils"
    text = subprocess.run([tool, "-layout", file, "-"], capture_output=True, text=True, check=True).stdout
    for words in (
        "North gate",
        "FAILED",
        "did not follow",
        "door #1 *bold* $x$",
        "Technician: name, signature",
        "30 passed",
    ):
        assert words in text


def test_the_file_is_read_back_as_it_was() -> None:
    assert msgspec.json.decode(msgspec.json.encode(report()), type=Report) == report()
