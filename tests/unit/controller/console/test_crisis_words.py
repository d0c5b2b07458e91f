"""Every code of reconfirmation, copies and hand-over has words, and what refuses them as well."""

import ast
from pathlib import Path

import controller
from controller.console import crisis_words
from controller.console.crisis_view import FORMS, reasons_of, recipients_of
from controller.domain.disclosure import DisclosureReason, Ending, Form, Recipient
from controller.domain.hand_over import Declined, Phase
from controller.domain.operation import OperationKind
from controller.domain.reconfirmation import Sight
from controller.domain.standing_order import Way

ERRORS = {"DisclosureError", "HandOverError", "ReconfirmationError", "StandingOrderError", "CertificateError"}


def test_every_code_has_words() -> None:
    for table, codes in (
        (crisis_words.FORMS, Form),
        (crisis_words.RECIPIENTS, Recipient),
        (crisis_words.REASONS, DisclosureReason),
        (crisis_words.ENDINGS, Ending),
        (crisis_words.DECLINED, Declined),
        (crisis_words.PHASES, Phase),
        (crisis_words.WAYS, Way),
    ):
        assert set(table) == {code.value for code in codes}
    assert {sight.value for sight in Sight} <= set(crisis_words.DONE)


def test_every_refusal_has_words() -> None:
    codes = {"no-operation", "names-closed", "no-paper"}  # said in other tables, or raised as a DocumentError
    raised = set()
    for path in Path(controller.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
                code = node.args[0]
                assert isinstance(code, ast.Constant), f"{path}:{node.lineno}: a refusal without a plain code"
                raised.add(str(code.value))
    assert raised | codes == set(crisis_words.REFUSED) | codes


def test_a_form_offers_no_hand_over_and_the_reasons_of_its_operation() -> None:
    assert "hand-over" not in FORMS
    assert reasons_of(OperationKind.DRILL) == ["exercise"]
    assert reasons_of(OperationKind.SEARCH) == ["search"]
    assert reasons_of(OperationKind.EMERGENCY) == ["account-for", "care", "rescue"]


def test_a_drill_offers_the_sites_own_wardens_alone() -> None:
    assert recipients_of(OperationKind.DRILL) == ["warden"]
    for kind in (OperationKind.EMERGENCY, OperationKind.SEARCH):
        assert recipients_of(kind) == [each.value for each in Recipient]
