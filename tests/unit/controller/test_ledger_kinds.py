"""The register of entries is complete: every kind and fact has words, and none names a person or a movement."""

import ast
from pathlib import Path

import controller
from controller.ledger.kinds import FACTS, KINDS

FORBIDDEN = {"holder", "name", "credential", "pass", "plate", "card", "area", "access_point", "area_from"}


def appended() -> dict[str, str]:
    """Kinds that the controller appends by a plain word, with the place in the code."""
    found = {}
    for path in Path(controller.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="append"), args=[ast.Constant(value=str(word)), _, *_]):
                    found[word] = f"{path.name}:{node.lineno}"
    return found


def test_every_fact_has_a_name_and_every_name_is_used() -> None:
    used = {fact for kind in KINDS.values() for fact in kind.facts | kind.may_have}
    assert used == set(FACTS)


def test_every_kind_says_something_of_its_own() -> None:
    assert all(kind.says for kind in KINDS.values())
    assert len({kind.says for kind in KINDS.values()}) == len(KINDS)
    assert not [kind.word for kind in KINDS.values() if kind.facts & kind.may_have]


def test_no_fact_is_a_person_or_a_place_where_somebody_was() -> None:
    assert set(FACTS) & FORBIDDEN == set()


def test_whatever_is_appended_is_registered() -> None:
    assert appended().keys() <= KINDS.keys(), appended()
