"""The report: its verdict, its PDF, and that a secret never comes into it."""

import hashlib
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from contract.ids import EdgeId, ReaderId, SiteId
from contract.site import GateDevices, Site, parse_site
from edge.commissioning.by_hand import points_of
from edge.commissioning.document import render
from edge.commissioning.finding import Subject, Verdict, failed, not_checked, passed, verdict_of
from edge.commissioning.remarks import remarks_on, simulated_in
from edge.commissioning.report import Report, encode, in_groups

SITE = """
area = [{id = "inside"}]
access_point = [{id = "in", from = "outside", to = "inside"}, {id = "out", from = "inside", to = "outside"},
  {id = "in-2", from = "outside", to = "inside"}]

[[gate]]
id = "north"
reader = [{id = "entry", kind = "osdp", access_point = "in", device = "bus"}]
portal = [
  {id = "door", hardware = "entry", access_points = ["in", "out"], fire_input = 2},
  {id = "hatch", hardware = "entry", access_points = ["in-2"], fail = "safe", strike_output = 1},
]
"""
FINDINGS = [
    passed(Subject.READER, "entry", "answers, encrypted with its own key", answer_median_ms=4.2),
    not_checked(Subject.READER, "exit", "no card was heard", "hold a card before it"),
    failed(Subject.PORTAL, "door #1 *bold* $x$", "the contact did not follow", "look at the strike"),
]


def report(*, count: int = 1, verdict: Verdict = Verdict.FAILED) -> Report:
    at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    return Report(
        site=SiteId("site"), site_file_sha256="0123456789abcdef" * 4, gate=EdgeId("north"), gate_name="North gate",
        verdict=verdict, began_at=at, ended_at=at, program="sacs", machine="a machine", findings=FINDINGS * count,
        simulated=("reader entry: line bus is a pseudo-terminal",), remarks=("nobody looked at the cellar",),
        by_hand=points_of(site().gate[0]),
    )  # fmt: skip


def site() -> Site:
    return parse_site(SITE)


def text_of(pdf: bytes, folder: Path) -> str:
    file = folder / "report.pdf"
    file.write_bytes(pdf)
    tool = shutil.which("pdftotext")
    assert tool is not None, "make test installs poppler-utils"
    return subprocess.run([tool, "-layout", file, "-"], capture_output=True, text=True, check=True).stdout


@given(st.lists(st.sampled_from(FINDINGS)))
def test_the_worst_finding_decides(findings: list) -> None:  # type: ignore[type-arg]
    verdicts = [finding.verdict for finding in findings]
    worst = verdict_of(findings)
    assert (worst is Verdict.PASSED) == (bool(verdicts) and set(verdicts) == {Verdict.PASSED})
    assert (worst is Verdict.FAILED) == (Verdict.FAILED in verdicts)


def test_the_pdf_says_what_was_found(tmp_path: Path) -> None:
    text = text_of(render(report(count=30)), tmp_path)
    for words in (
        "North gate",
        "FAILED",
        "did not follow",
        "door #1 *bold* $x$",
        "Technician: name, signature",
        "30 passed",
        "nobody looked at the cellar",
        "certifies no gate",
        "not applicable",
    ):
        assert words in text


def test_whoever_signs_signs_for_these_files_and_no_others_on_every_page(tmp_path: Path) -> None:
    made = report(count=30)
    text = text_of(render(made), tmp_path)
    pages = text.count("\f")
    assert pages > 1
    for sha256 in (hashlib.sha256(encode(made)).hexdigest(), made.site_file_sha256):
        assert text.count(in_groups(sha256)) == pages + 1, "in each footer, and beside the signatures"


def test_no_green_word_stands_above_points_that_nobody_tried(tmp_path: Path) -> None:
    text = text_of(render(report(verdict=Verdict.PASSED)), tmp_path)
    assert "Result: Passed by program; fit for service only with the points below" in text


def test_each_portal_has_its_own_points() -> None:
    points = points_of(site().gate[0])
    for portal in ("door door", "door hatch"):
        words = [point.words for point in points if point.about == portal]
        assert any("Fire release pulled with the gate box switched off" in each for each in words)
        assert any("REX" in each for each in words)
        assert any("forced" in each for each in words)
        assert any("(fire input)" in each for each in words) == (portal == "door door")
        assert any("fail-safe" in each for each in words) == (portal == "door hatch")


def test_a_line_that_is_a_pseudo_terminal_makes_a_simulated_gate(tmp_path: Path) -> None:
    gate, line = site().gate[0], tmp_path / "bus"
    far, near = os.openpty()
    try:
        line.symlink_to(os.ttyname(near))
        (told,) = simulated_in(gate, GateDevices(lines={"bus": str(line)}))
    finally:
        os.close(far)
        os.close(near)
    assert "entry" in told
    assert "pseudo-terminal" in told
    assert simulated_in(gate, GateDevices(lines={"bus": "/dev/null"})) == ()
    assert simulated_in(gate, GateDevices(lines={"bus": str(tmp_path / "absent")})) == ()


def test_what_was_left_out_and_twins_are_named() -> None:
    twins = [
        msgspec.structs.replace(passed(Subject.READER, name, "answers"), facts={"serial": "77"})
        for name in ("entry", "exit")
    ]
    devices = GateDevices(lines={"bus": "/dev/null", "spare": "/dev/null"}, scbk={ReaderId("gone"): "00" * 16})
    remarks = "\n".join(remarks_on(site().gate[0], devices, twins))
    for words in ("serves access point out", "line spare", "reader gone", "serial number, 77"):
        assert words in remarks


def test_the_file_is_read_back_as_it_was() -> None:
    assert msgspec.json.decode(msgspec.json.encode(report()), type=Report) == report()
