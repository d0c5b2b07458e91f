"""Facts of an entry in words: codes, officers by name for whoever may see accounts, links; nothing else is changed."""

from typing import cast
from zoneinfo import ZoneInfo

from babel import Locale
from starlette.requests import Request

from controller.console import CATALOGUES, fact_words
from controller.console.fact_words import FactLine, Part, say_facts
from controller.console.frame import Visitor
from controller.domain.operation import OperationKind
from controller.domain.rights.deeds import Deed
from web.formats import Formats
from web.i18n import load_languages

ADA, GONE, OPERATION = "a" * 24, "b" * 24, "c" * 24


def said(
    code: str = "en", *, sees_operations: bool = True, officers: dict[str, str] | None = None, **facts: str | int
) -> dict[str, list[Part]]:
    formats = Formats(Locale(code), ZoneInfo("UTC"))
    visitor = Visitor(cast("Request", None), load_languages(CATALOGUES)[code], formats)
    lines: list[FactLine] = say_facts(facts, visitor, officers or {}, sees_operations=sees_operations)
    return {line.name: line.parts for line in lines}


def test_an_officer_has_a_name_and_a_link_and_a_closed_account_keeps_its_id() -> None:
    parts = said(officers={ADA: "Ada"}, by=f"{ADA} {GONE}", account=ADA)
    assert parts == {
        "officer": [Part("Ada", f"/persons/{ADA}", ADA), Part(GONE)],
        "whom it concerns": [Part("Ada", f"/persons/{ADA}", ADA)],
    }


def test_who_may_not_see_accounts_or_operations_reads_ids() -> None:
    parts = said(sees_operations=False, by=ADA, operation=OPERATION)
    assert parts == {"officer": [Part(ADA)], "operation": [Part(OPERATION)]}


def test_an_operation_leads_to_its_report() -> None:
    assert said(operation=OPERATION)["operation"] == [Part(OPERATION, f"/operations/{OPERATION}/report")]
    assert said(operation="../odd")["operation"] == [Part("../odd")]


def test_codes_are_words_in_both_languages_moments_and_figures_are_formatted_and_empty_facts_are_left_out() -> None:
    told = said(deed="see-roll", how="passkey", reason="armed-attack", persons=1234, until="2026-11-21T10:00:00+00:00")
    assert {name: part.text for name, [part] in told.items()} == {
        "what was asked for": "the names of those inside",
        "how": "passkey",
        "reason": "armed attack",
        "persons": "1,234",
        "until": "Nov 21 10:00:00",
    }
    [[deed]] = said("ar", deed="see-roll", second="").values()
    assert deed.text == "أسماء الموجودين في الداخل"


def test_every_deed_and_kind_of_operation_has_words() -> None:
    assert set(fact_words.DEEDS) == {deed.value for deed in Deed}
    assert set(fact_words.KINDS_OF_OPERATION) == {kind.value for kind in OperationKind}
