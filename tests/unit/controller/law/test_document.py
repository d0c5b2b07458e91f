"""The law report on paper: its moments are told to the second, in UTC, as a person reads them."""

import re
import subprocess

from controller.domain.violations import Rule
from controller.law.document import render
from controller.law.report import CheckLine, Ledger, Report, Standing, State, Vault
from controller.law.rows import judge
from tests.unit.controller.law.facts import COMMANDS, facts

AT = "2027-01-15T08:00:00.123456+00:00"


def test_moments_are_told_to_the_second() -> None:
    report = Report(
        at=AT, site="here", name="Here", time_zone="UTC", program="0.1.0", state=State.KEPT,
        rows=[row for row in judge(facts(), COMMANDS) if row.rule in {Rule.L4.value, Rule.L7.value}],
        standing=[Standing(7, AT, "clock-stepped", "breach", "A clock was set", {})],
        checks=[CheckLine("records", 5.0, AT, 3, 0, ""), CheckLine("rows", 30.0, "", 0, 0, "")],
        vault=Vault("token", "", True, [], []), ledger=Ledger("main", "ab" * 32, 100, "cd" * 32, ""),
        places_sha256="ef" * 32,
    )  # fmt: skip
    paper = render(report)
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=paper, capture_output=True, check=True).stdout
    moments = re.findall(r"2027-01-15\S* ?\S*", text.decode())
    assert len(moments) >= 7
    assert {moment[10:] for moment in moments} == {" 08:00:00", " 07:59:00", " 07:30:00"}
