"""Every resource, with every role, inside and outside each kind of operation, shows what the guide says and no more.

Nowhere else is movement data met; and the table is the one that the code prints.
"""

import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from contract.clock import to_datetime
from controller.broker.binary import BrokerKind
from controller.domain.rights.deeds import RULES, Deed, Moment, Sight
from controller.domain.rights.roles import Role
from controller.law.table import resources, sight_of, situations, table
from tests.integration.controller.conftest import DEATH_S, START_S, Premises, at_ns
from tests.integration.controller.crawl import (
    ABSENT,
    ENTERED_S,
    FILMED_S,
    INSIDE,
    Fitness,
    Scene,
    Visitor,
    as_json,
    ask,
)
from tests.integration.controller.officers import account_of

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("crawler"), pytest.mark.timeout(300)]
"""One controller for both tests, on one worker; some two thousand questions take their time on a loaded machine."""
GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "who-sees-what.md"
TIMES = tuple(
    text.encode()
    for text in (str(at_ns(ENTERED_S)), str(at_ns(ENTERED_S))[:-3], to_datetime(at_ns(ENTERED_S)).isoformat()[:23])
)
"""When somebody passed, in every form in which it could be told: that is never told, to nobody."""
SEARCH = "/api/operations/{operation}/searches"
COPIES = "/api/operations/{operation}/copies"
VIEWINGS = "/api/operations/{operation}/viewings"
HAND_OVER = "/api/operations/{operation}/hand-overs/{period}"
CARD = "/api/reconfirmation/card"
BODIES: dict[str, object] = {
    SEARCH: {"name": INSIDE[0]},
    COPIES: {"form": "print", "recipient": "warden", "reason": "account-for"},
    HAND_OVER: {"recipient": "crisis-team"},
    "/api/operations/{operation}/handed-lists": {"tablet": "none of that name", "place": "hall"},
    f"{HAND_OVER}/decline": {"reason": "no such reason"},
    CARD: None,
    f"{CARD}/{{card}}/answer": {"sight": "seen"},
    VIEWINGS: {
        "cameras": [{"gate": "north", "camera": "door"}],
        "begin": to_datetime(at_ns(FILMED_S)).isoformat(),
        "end": to_datetime(at_ns(FILMED_S + 4)).isoformat(),
    },
}
"""What resources that show movements are asked with; others are sent nothing that they could act on."""
REASONS = {COPIES: {"drill": "exercise", "search": "search"}, VIEWINGS: {"drill": "exercise"}}
"""Why a copy is asked for there, and why somebody looks at a recording."""
USUAL = {COPIES: "account-for", VIEWINGS: "missing"}
ENDS_OPERATION = re.compile(r"/(closing|confirmation|join)$")
ENDS_SESSION = re.compile(r"^/api/account/sessions$|^/api/session$")
"""Acts that need no body and change who may see what: the operation or the session is made anew afterwards."""


def filled(path: str, scene: Scene, visitor: Visitor) -> str:
    """The path with ids that are there."""
    values = {
        "operation": scene.operation,
        "holder": scene.holders[INSIDE[0]],
        "account": scene.authorizing,
        "session": "0" * 24,
        "passkey": "0" * 24,
        "level": "all",
        "role": "operator",
        "number": "1",
        "period": str(START_S),
        "card": "0" * 24,
        "addressee": "crisis-team",
        "alarm": "0" * 24,
        "tablet": "none of that name",
        "copy": "1",
        "gate": "north",
        "camera": "door",
        "viewing": scene.viewing_of(visitor),
        "which": "0",
        "vehicle": "0" * 24,
    }
    return re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]), path)


def body_of(path: str, method: str, situation: str) -> bytes:
    """What is sent."""
    if method == "GET" or path not in BODIES:
        return b""
    body = BODIES[path]
    if path in REASONS:
        return as_json({**body, "reason": REASONS[path].get(situation, USUAL[path])})  # type: ignore[dict-item]
    return as_json(body)


def read(answer: bytes) -> bytes:
    """What an answer tells to whoever reads it: of a PDF its text."""
    if not answer.startswith(b"%PDF"):
        return answer
    return subprocess.run(["pdftotext", "-", "-"], input=answer, capture_output=True, check=True).stdout


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    premises = Premises(tmp_path_factory.mktemp("crawled"), BrokerKind.NATS)
    async with premises.running() as controller:
        made = Scene(controller, premises)
        await made.furnish()
        premises.clock.advance_to(at_ns(DEATH_S - 20))  # what they left is about to expire
        with made.gate.served():
            yield made


def expected(visitor: Visitor, deed: Deed, situation: str) -> Sight | None:
    """What the table says; who is not fit sees no movements."""
    sight = sight_of(deed, visitor.role, situations()[situation])
    needs_fitness = sight is Sight.MOVEMENTS or RULES[deed].needs_fitness
    return None if needs_fitness and visitor.fitness != Fitness.FIT else sight


def is_repetition(operation: dict[str, Any], deed: Deed, visitor: Visitor, situation: str) -> bool:
    """What shows no movements by its deed is asked once by a role that is not fit, and once as paper by who may."""
    if RULES[deed].sight is Sight.MOVEMENTS:
        return False
    if situation == "emergency":
        return visitor.fitness not in {Fitness.FIT, Fitness.NEITHER}
    is_paper = any("application/pdf" in answer.get("content", {}) for answer in operation["responses"].values())
    return visitor.fitness != Fitness.FIT or (is_paper and expected(visitor, deed, situation) is not None)


async def test_movements_are_met_only_where_the_table_says_so(scene: Scene) -> None:
    document = scene.app.openapi()
    every = [(method, path, deed) for method, path, deed in resources(document) if deed is not None]
    unknown = [path for method, path, deed in every if RULES[deed].sight is Sight.MOVEMENTS and method != "GET"]
    assert set(unknown) <= set(BODIES), "teach the crawler what to send there"
    visitors = list(scene.visitors())
    commanders = [each.account for each in visitors if each.role is Role.COMMANDER and each.fitness == Fitness.FIT]
    second = next(each.account for each in visitors if each.role is Role.OPERATOR)
    for visitor in visitors:
        scene.sign_in(visitor)
    met: set[tuple[Deed, str]] = set()
    for situation in situations():
        scene.open(situation, commanders[0], second)
        for visitor in visitors:
            for method, path, deed in every:
                if is_repetition(document["paths"][path][method.lower()], deed, visitor, situation):
                    continue
                target = filled(path, scene, visitor)
                status, answer = await ask(scene.app, method, target, visitor.headers, body_of(path, method, situation))
                answer = read(answer)
                where = f"{method} {path} as {visitor.role}, {visitor.fitness}, {situation}: {status}"
                sight = expected(visitor, deed, situation)
                names = any(name.encode() in answer for name in INSIDE)
                assert status < 500, where
                assert status != 401, where
                assert (status == 403) is (sight is None), where
                assert not names or sight in {Sight.REFERENCE, Sight.MOVEMENTS}, where
                assert not any(time in answer for time in TIMES), where
                if names and sight is Sight.MOVEMENTS:
                    met.add((deed, situation))
                if ENDS_OPERATION.search(path) and status < 400:
                    scene.open(situation, commanders[0], second)
                if ENDS_SESSION.search(path) and status < 400:
                    scene.sign_in(visitor)
    could = {
        (deed, situation)
        for _, path, deed in every
        for situation, operations in situations().items()
        if RULES[deed].moment in {Moment.OPERATION, Moment.SEARCH, Moment.SERIOUS}
        and any(sight_of(deed, role, operations) for role in Role)
    }
    assert could <= met, "the crawler must be able to meet what it looks for"


async def test_reference_data_does_not_tell_who_is_inside_and_the_guide_has_the_table_of_the_code(scene: Scene) -> None:
    document = scene.app.openapi()
    officer = Visitor(Role.PASS_OFFICER, Fitness.FIT, account_of(scene.controller.office, Role.PASS_OFFICER))
    scene.sign_in(officer)
    asked = 0
    for method, path, deed in resources(document):
        if method == "GET" and "{holder}" in path and deed is not None:
            answers = []
            for name in (INSIDE[1], ABSENT):  # neither of whom the crawler touches
                holder = scene.holders[name]
                status, answer = await ask(scene.app, method, path.replace("{holder}", holder), officer.headers)
                answers.append((status, answer.replace(name.encode(), b"").replace(holder.encode(), b"")))
            assert answers[0] == answers[1], path
            asked += 1
    assert asked
    assert GUIDE.read_text(encoding="utf-8") == table(document), (
        "the guide is stale: with `make demo` running, .venv/bin/sacs law --table > docs/guide/who-sees-what.md"
    )
