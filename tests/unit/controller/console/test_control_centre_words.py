"""Screens of the control centre: every code of a board or an alarm has words, and whom which alarm calls."""

from datetime import UTC, datetime

import msgspec
import pytest

from contract.events import WithdrawnBecause
from controller.console import board_words, operation_words, words
from controller.console.alarm_pages import _own_page
from controller.console.alarms_view import Waiting, called_to, waiting_in
from controller.console.navigation import Oneself
from controller.console.office_words import ANSWERS
from controller.console.operations_view import EMERGENCIES
from controller.console.view import view
from controller.domain.alarm import CLASSES, AlarmClass
from controller.domain.muster.person import Contradiction, State
from controller.domain.muster.sightings import How
from controller.domain.need import Need
from controller.domain.operation import REASONS, OperationKind, Plan
from controller.domain.rights.deeds import Deed
from controller.domain.rights.roles import Role
from controller.live import CaseLine
from controller.service.muster.marking import Why
from controller.service.muster.unnamed import Miscount
from controller.service.operating import operation_reports
from tests.browser import pictures
from tests.browser.truth import ONESELF

NOW = datetime(2027, 1, 15, 8, tzinfo=UTC)


def me(role: Role, *deeds: Deed) -> Oneself:
    return msgspec.convert(ONESELF | {"roles": [role], "deeds": list(deeds)}, Oneself)


def waiting(id_: str, *, loud: bool) -> Waiting:
    return Waiting(id_, "forced", "", "north", "door", NOW, NOW, 1, loud, NOW)


def test_every_code_of_a_board_has_words() -> None:
    assert set(board_words.STATES) == set(State)
    assert set(board_words.MEANS) == set(How)
    assert set(board_words.CONTRADICTIONS) == set(Contradiction)
    assert set(board_words.BECAUSE) == set(WithdrawnBecause)
    assert set(board_words.REFUSED) == set(Why)
    assert set(board_words.NEEDS) == set(Need) - {Need.NONE}
    tables = board_words.words_of(str.upper)
    assert tables["states"]["missing"] == "MISSING"
    assert tables["say"]["shown"] == "{FIRST} TO {LAST} OF {TOTAL}"
    assert set(operation_words.STEPS) == operation_reports.STEPS | {operation_reports.UNOFFERED}


def test_every_class_of_alarm_and_each_of_its_kinds_has_words() -> None:
    assert set(words.ALARM_CLASSES) == set(AlarmClass)
    assert words.ALARMS.keys() >= CLASSES.keys()
    assert ANSWERS.keys() >= {each.value for each in Miscount} - {Miscount.BAD_ACT_ID}


def test_every_reason_of_an_emergency_offers_every_plan_once() -> None:
    assert {reason for reason, _ in EMERGENCIES} == REASONS[OperationKind.EMERGENCY]
    assert all(sorted(plans) == sorted(Plan) for _, plans in EMERGENCIES)
    assert dict(EMERGENCIES)["fire"][0] == Plan.EVACUATE


def test_operators_are_called_to_every_alarm_commanders_to_the_loud_ones_and_others_to_none() -> None:
    all_ = [waiting("a", loud=True), waiting("b", loud=False)]
    assert called_to(me(Role.OPERATOR, Deed.ACKNOWLEDGE_ALARM), all_) == all_
    assert called_to(me(Role.COMMANDER, Deed.ACKNOWLEDGE_ALARM), all_) == all_[:1]
    assert called_to(me(Role.AUDITOR, Deed.SEE_COUNTS), all_) == []
    assert called_to(None, all_) == []


def test_alarms_of_the_live_picture_stand_under_the_names_that_people_know() -> None:
    line = CaseLine("a", "held", "", "north", "north-door", pictures.iso(5), pictures.iso(5), 2, True, pictures.iso(1))
    (shown,) = waiting_in(view(msgspec.structs.replace(pictures.normal(), cases=[line])))
    assert (shown.kind, shown.times, shown.loud) == ("held", 2, True)
    assert shown.where({"north": "North gate"}) == ["North gate", "north-door"]
    assert waiting_in(None) == []


@pytest.mark.parametrize(
    "to", ["", "//elsewhere.example", "https://elsewhere.example/", "/\\elsewhere", "javascript:1"]
)
def test_acknowledging_leads_to_no_page_of_others(to: str) -> None:
    assert _own_page(to) == "/alarms"
    assert _own_page("/operations/a1") == "/operations/a1"
