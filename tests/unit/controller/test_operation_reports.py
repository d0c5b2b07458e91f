"""Reports of operations are figures out of the ledger; the authorizing office hears of each step until it read it."""

import subprocess
from collections.abc import Callable

import msgspec
import pytest

from contract.clock import to_datetime
from contract.ids import AccountId
from controller.domain.muster.outcome import Outcome
from controller.domain.operation import Plan, Reason, Trigger
from controller.ledger import Fact
from controller.service.operating.operation_paper import on_paper
from controller.service.operating.operation_reports import Inside, NoSuchNoticeError, OperationReports, Step
from controller.service.operating.operations import UNKNOWN, Figures
from tests.unit.controller.centre import Centre

ONE, TWO = AccountId("1" * 24), AccountId("2" * 24)


@pytest.fixture
def centre() -> Centre:
    return Centre()


def reports(centre: Centre) -> OperationReports:
    return OperationReports(centre.clock, centre.ledger)


def test_a_report_adds_up_what_happened_and_is_the_same_after_a_restart(centre: Centre) -> None:
    followed = reports(centre)
    operation = centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
    now_ns = centre.clock.now_ns()
    centre.ledger.append("movement-seen", now_ns, by=ONE, deed="see-roll", operation=operation.id, persons=5)
    centre.ledger.append("movement-seen", now_ns, by=ONE, deed="see-roll", operation="other", persons=5)
    centre.ledger.append("search-asked", now_ns, by=ONE, operation=operation.id, sealed="")
    centre.wait(1800)
    centre.operations.renew(operation.id, TWO)
    centre.inside = Figures(UNKNOWN, 1, 2)
    centre.wait(60)
    centre.operations.close(operation.id, ONE)
    [report] = followed.all()
    assert (report.looks, report.searches, report.renewals, report.disclosures) == (1, 1, 1, 0)
    assert (report.at_opening, report.at_close) == (Inside(7, 5, 2), Inside(None, 1, 2))
    assert (report.lasted_s, report.ending) == (1860, "commander")
    assert reports(centre).all() == [report] == [followed.of(operation.id)]
    assert ONE not in repr(report)


def test_an_open_operation_has_a_report_as_well(centre: Centre) -> None:
    followed = reports(centre)
    operation = centre.operations.trigger(Plan.SHELTER, Reason.FIRE, Trigger.SIGNED_ALERT, "police", "1")
    assert operation
    report = followed.of(operation.id)
    assert report
    assert (report.closed_at, report.lasted_s, report.at_close, report.trigger) == (None, None, None, "signed-alert")
    assert on_paper(report, "Duty station").startswith(b"%PDF-")


def test_a_report_tells_its_turns_with_their_times_and_names_nobody(centre: Centre) -> None:
    followed = reports(centre)
    operation = centre.operations.trigger(Plan.EVACUATE, Reason.FIRE, Trigger.SIGNED_ALERT, "police", "1")
    assert operation
    turns: tuple[Callable[[], object], ...] = (
        lambda: centre.operations.confirm(operation.id, ONE),
        lambda: centre.operations.take_command(operation.id, TWO),
        lambda: centre.operations.offer_command(operation.id, ONE, TWO),
        lambda: centre.operations.take_command(operation.id, ONE),
        lambda: centre.operations.silence(operation.id, ONE),
        lambda: centre.operations.sound(operation.id, ONE),
        lambda: centre.operations.all_clear(operation.id, ONE),
        lambda: centre.operations.resume(operation.id, ONE),
    )
    moments = []
    for turn in turns:
        centre.wait(60)
        moments.append(to_datetime(centre.clock.now_ns() // 1000 * 1000).isoformat())
        turn()
    found = Outcome(9, 5, 4, 0, 0, 5, 0, 0, 0, 0, 0, {50: 1, 90: None, 100: None}, [], [], [], [], {}, 3)
    counted: dict[str, Fact] = {
        "expected": 9,
        "accounted": 5,
        "missing": 4,
        "figures": msgspec.json.encode(found).decode(),
    }
    centre.ledger.append("operation-figures", centre.clock.now_ns(), operation=operation.id, **counted)
    report = followed.of(operation.id)
    assert report
    offered = moments.pop(2)
    assert list(report.steps) == [
        Step(at, what)
        for at, what in zip(
            moments,
            (
                "operation-confirmed",
                "command-taken-unoffered",
                "command-taken",
                "sirens-silenced",
                "sirens-sound-again",
                "all-clear",
                "all-clear-taken-back",
            ),
            strict=True,
        )
    ]
    assert not {ONE, TWO, offered} & set(repr(report).split("'"))
    paper = on_paper(report, "Duty station")
    shown = subprocess.run(["pdftotext", "-layout", "-", "-"], input=paper, capture_output=True, check=True).stdout
    lines = shown.decode().splitlines()
    assert any("names no longer readable" in line and "3" in line for line in lines)
    for at, words in ((moments[1], "took command"), (moments[5], "All-clear given"), (moments[6], "taken back")):
        assert any(at[:19].replace("T", " ") + " UTC" in line and words in line for line in lines)


def test_the_authorizing_office_hears_of_each_step_until_somebody_has_read_it(centre: Centre) -> None:
    followed = reports(centre)
    operation = centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
    centre.wait(1)
    centre.operations.renew(operation.id, ONE)
    centre.operations.close(operation.id, ONE)
    opened, renewed, closed = followed.notices()
    assert [notice.kind for notice in (opened, renewed, closed)] == [
        "operation-opened",
        "operation-renewed",
        "operation-closed",
    ]
    assert closed.ending == "commander"
    assert opened.operations == [operation.id]
    followed.acknowledge(renewed.number, TWO)
    assert followed.notices() == [opened, closed] == reports(centre).notices()
    with pytest.raises(NoSuchNoticeError):
        followed.acknowledge(renewed.number, TWO)


def test_broken_glass_is_reported_with_its_operations(centre: Centre) -> None:
    followed = reports(centre)
    operation = centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
    ids = f"{operation.id} {'b' * 24}"
    centre.ledger.append(
        "break-glass", centre.clock.now_ns(), first=ONE, second=TWO, operations=ids, until="x", version="1"
    )
    broken = followed.notices()[-1]
    assert (broken.kind, broken.operations, broken.inside) == ("break-glass", [operation.id, "b" * 24], None)
