"""What the bench says of the controller: the differences between two of its pictures, and nothing else."""

import msgspec

from controller.live import AlarmLine, GateState, ReceivedLine
from sacs.bench.news import differences
from tests.browser import pictures

replace = msgspec.structs.replace
BEFORE = replace(pictures.normal(), received=[ReceivedLine("north", "granted", 3)])


def test_nothing_new_is_nothing() -> None:
    assert list(differences(BEFORE, replace(BEFORE, at=pictures.iso(-1)))) == []


def test_every_kind_of_news_is_told_once() -> None:
    alarm = AlarmLine(pictures.iso(-1), "forced", "north", "north-door")
    gates = [replace(BEFORE.gates[0], state=GateState.SILENT), *BEFORE.gates[1:]]
    now = replace(
        BEFORE,
        received=[ReceivedLine("north", "granted", 5), ReceivedLine("north", "forced", 1)],
        alarms=[alarm, *BEFORE.alarms],
        premises=replace(BEFORE.premises, best=150, highest=160),
        gates=gates,
    )
    gate = BEFORE.gates[0].gate
    assert list(differences(BEFORE, now)) == [
        ("received", "north", {"event": "granted", "count": 2}),
        ("received", "north", {"event": "forced", "count": 1}),
        ("alarm", "north-door", {"alarm": "forced", "gate": "north"}),
        ("headcount", "", {"lowest": now.premises.lowest, "best": 150, "highest": 160}),
        ("gate-state", gate, {"state": "silent"}),
    ]


def test_a_controller_that_counts_anew_has_no_news_of_old_events() -> None:
    assert list(differences(BEFORE, replace(BEFORE, received=[]))) == []
