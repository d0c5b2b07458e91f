"""The table of who sees what and when, made from the rules in force and a controller's own list of resources.

`sacs law --table` prints it for a running controller; docs/guide/who-sees-what.md is that print, and a test fails when
it is stale. Each cell is what the judge says (domain/rights/judge.py), so the table can not say anything else than the
code does. Belongs here: the table. Does not belong here: the rules.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from contract.clock import NS_PER_S
from contract.ids import AccountId, OperationId
from controller.domain.operation import Operation, OperationKind, Plan, Reason, Trigger, opened
from controller.domain.rights.deeds import RULES, Deed, Moment, Sight
from controller.domain.rights.judge import Situation, refusal
from controller.domain.rights.officer import Authorization, Briefing, Officer
from controller.domain.rights.roles import Role

_NOW_NS: Final = 1_800_000_000 * NS_PER_S
_ONE, _TWO = AccountId("1" * 24), AccountId("2" * 24)
_ID: Final = OperationId("0" * 24)
_WORDS: Final = {
    Sight.NOTHING: "nothing",
    Sight.COUNTS: "counts",
    Sight.REFERENCE: "reference",
    Sight.PRESENT: "live",
    Sight.MOVEMENTS: "movements",
}
_SESSION: Final = "APIKeyCookie"
_INTRODUCTION: Final = """\
# Who sees what, and when

This page is printed by `sacs law --table` from the rules in the code and from the list of resources of a running
controller; a test fails when it is stale, and another one goes through every resource with the session of every role
and meets movement data only where this page says so.

*nothing*: nothing of anybody (devices, receipts, one's own account). *counts*: how many are where. *reference*: who
holds which pass; no movement. *live*: what a gate's camera sees at this moment, masked, without a name; nothing of the
past. *movements*: that a named person is, or is not, on the premises; recordings count as that.

Movements are shown only to members of the department who hold an authorization in force **and** have acknowledged
today's briefing; for everybody else each *movements* below is a refusal that is put on record. Live pictures need the
same two, and who looks at them is on record. A dash is a refusal.
*One by one*: of one person at a time, shortly before the record expires. Whoever is an administrator, technician or
auditor never sees movements, whatever else he is.

*At his gate*: a gate may have a screen of its own (`screen = true` in the site file), which is no resource of the
controller. It shows an authorized and briefed gate officer the name, category and photo of whoever presents a card
there, at that moment, at any time, also while no operation is open: he compares the face. It is gone within seconds or
with the next card. Of a vehicle in a lane it shows picture, plate, driver and beside how many he came in, until it has
gone. Nothing is kept, listed or searched. Who signed in at which screen is in the trail; L1 of the report
counts these gates.
"""
_AT_HIS_GATE: Final = {Role.GATE_OFFICER: ", and at his gate who presents a card"}
"""What a gate's own screen shows to whom; it is outside of the API, and so of the deeds."""


def situations() -> dict[str, tuple[Operation, ...]]:
    """Return the situations that the table tells apart, by their heads."""
    emergency = opened(_ID, OperationKind.EMERGENCY, Plan.EVACUATE, Reason.FIRE, (_ONE,), _NOW_NS)
    triggered = opened(_ID, OperationKind.EMERGENCY, Plan.EVACUATE, Reason.FIRE, (), _NOW_NS, Trigger.FIRE_INPUT)
    drill = opened(_ID, OperationKind.DRILL, Plan.EVACUATE, Reason.PLANNED_DRILL, (_ONE, _TWO), _NOW_NS)
    search = opened(_ID, OperationKind.SEARCH, None, Reason.MISSING_PERSON, (_ONE, _TWO), _NOW_NS)
    return {
        "no operation": (),
        "emergency, names not open yet": (triggered,),
        "emergency": (emergency,),
        "drill": (drill,),
        "search": (search,),
    }


def sight_of(deed: Deed, role: Role, operations: tuple[Operation, ...]) -> Sight | None:
    """Return what `deed` shows to an authorized and briefed officer of `role`, or None where he is refused."""
    authorization = Authorization("", _ONE, _NOW_NS - 1, _NOW_NS + 1)
    officer = Officer(_TWO, frozenset({role}), member=True, authorization=authorization, briefing=Briefing("1", 0))
    return None if refusal(officer, deed, Situation(_NOW_NS, operations, "1")) else RULES[deed].sight


def table(document: Mapping[str, Any]) -> str:
    """Return the page in Markdown; `document`: a controller's OpenAPI document."""
    return "\n".join([_INTRODUCTION, *_by_role(), "", *_by_resource(document), ""])


def resources(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Deed | None]]:
    """Yield method, path and deed of every resource; None for those that need no session."""
    for path, operations in sorted(document["paths"].items()):
        for method, operation in sorted(operations.items()):
            named = [scope for each in operation.get("security", []) for scope in each.get(_SESSION, [])]
            yield method.upper(), path, Deed(named[0]) if named else None


def _by_role() -> list[str]:
    heads = situations()
    lines = ["## The most that each role sees", "", _line("role", *heads), _line("---", *("---" for _ in heads))]
    for role in Role:
        cells = []
        for operations in heads.values():
            allowed = [deed for deed in Deed if sight_of(deed, role, operations) is not None]
            whole = [RULES[deed].sight for deed in allowed if RULES[deed].moment is not Moment.EXPIRY]
            one = any(RULES[deed].moment is Moment.EXPIRY for deed in allowed) and Sight.MOVEMENTS not in whole
            one_by_one = ", and movements one by one" if one else ""
            cells.append(_WORDS[max(whole)] + one_by_one + _AT_HIS_GATE.get(role, ""))
        lines.append(_line(role.value, *cells))
    return lines


def _by_resource(document: Mapping[str, Any]) -> list[str]:
    heads = situations()
    lines = [
        "## Every resource",
        "",
        _line("resource", "deed", "roles", *heads),
        _line(*("---" for _ in range(len(heads) + 3))),
    ]
    for method, path, deed in resources(document):
        if deed is None:
            lines.append(
                _line(f"`{method} {path}`", "none: before a session", "everybody", *("nothing" for _ in heads))
            )
            continue
        rule = RULES[deed]
        roles = [role for role in Role if role in rule.roles]
        cells = []
        for operations in heads.values():
            sights = [sight for role in roles if (sight := sight_of(deed, role, operations)) is not None]
            word = _WORDS[max(sights)] if sights else "–"
            cells.append(f"{word} (one by one)" if sights and rule.moment is Moment.EXPIRY else word)
        who = "all" if len(roles) == len(Role) else ", ".join(role.value for role in roles)
        lines.append(_line(f"`{method} {path}`", deed.value, who, *cells))
    return lines


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
