"""The one HTTP API on its socket: described, closed to whoever has no session or role, and silent about persons."""

import asyncio
import contextlib
import re
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from contract.events import AccessDenied, DenialReason
from contract.ids import AccessPointId
from contract.periods import Kind
from contract.policy import pin_digest
from controller.api.access import COOKIE
from controller.api.board import Board
from controller.api.peer import PEER
from controller.composition.assembly import Assembly
from controller.domain.rights.deeds import Deed
from controller.domain.rights.roles import Role
from controller.live import Live
from controller.main import _api_server
from tests.integration.controller.conftest import LIMIT_S, PLANTS, SITE, Premises, at_ns, until, went
from tests.integration.controller.officers import as_one

ZOE = {
    "name": PLANTS[0],
    "category": "delegate",
    "passes": [{"number": PLANTS[2], "credentials": [PLANTS[1]], "access_level": "all"}],
}
STREAM = "/api/live/events"
OPEN_TO_ALL = {
    "get /api/metrics/collector",
    "post /api/alerts",
    "get /api/controllers",
    "get /api/first-officers",
    "post /api/first-officers",
    "post /api/session",
    "post /api/session/code",
    "post /api/session/passkey",
    "post /api/session/passkey/options",
    "post /api/tablet/enrolment",
    "post /api/tablet/marks",
    "post /api/tablet/openings",
    "post /api/tablet/pulse",
}
"""Before somebody has a session, what proves itself, or what names machines alone."""
NONSENSE: list[tuple[str, str, bytes]] = [
    ("POST", "/api/holders", b'[{"name": 1}]'),
    ("POST", "/api/holders", b'{"name": "x"}'),
    ("POST", "/api/holders", b'[{"name": "\\ud800", "category": "x", "passes": []}]'),
    ("POST", "/api/holders", b"[[[[[["),
    ("POST", "/api/holders", b"\xff\xfe"),
    ("PUT", "/api/access-levels/x", b'{"access_points": ["cellar"], "windows": []}'),
    (
        "PUT",
        "/api/access-levels/x",
        b'{"access_points": [], "windows": [{"weekday": 9, "from_min": 1, "until_min": 2}]}',
    ),
    ("PUT", "/api/access-levels/x", b"null"),
    ("POST", "/api/passes/blocking", b'{"number": "none", "blocked": true}'),
    ("POST", "/api/passes/blocking", b'{"number": "\\ud800", "blocked": true}'),
    ("POST", "/api/passes/blocking", b'{"number": 7}'),
    ("PUT", "/api/passes/pins", b'{"number": "none", "pin": "5739"}'),
    ("POST", "/api/vehicles", b'[{"plate": "\\ud800", "access_level": "all"}]'),
    ("POST", "/api/vehicles", b'[{"plate": "AB 1", "access_level": "all", "drivers": ["\\ud800"]}]'),
    ("POST", "/api/vehicles", b'[{"plate": "AB 1", "access_level": "all", "valid_until_s": 99999999999}]'),
    ("PUT", "/api/vehicles/none/blocking", b'{"blocked": true}'),
    ("DELETE", "/api/vehicles/none", b""),
    ("PUT", "/api/passes/pins", b'{"number": "none", "pin": 5739}'),
    ("PUT", "/api/passes/pins", b'{"number": "none", "pin": "\\ud800\\ud800\\ud800\\ud800"}'),
]


@dataclass
class Served:
    """A controller with its API on a Unix socket."""

    controller: Assembly
    board: Board
    client: httpx.AsyncClient
    """Of a pass officer."""
    stranger: httpx.AsyncClient


@pytest.fixture
async def served(one_premises: Premises, tmp_path: Path) -> AsyncIterator[Served]:
    async with one_premises.running() as controller:
        board = Board(lambda: controller.truth.live(broker_connected=controller.link.connected))
        server = _api_server(board, controller, str(tmp_path / "truth"))
        tasks = [asyncio.create_task(server.serve()), asyncio.create_task(board.run())]
        await until((tmp_path / "truth").exists)
        transport = httpx.AsyncHTTPTransport(uds=str(tmp_path / "truth"))
        officer = as_one(controller.office, Role.PASS_OFFICER)
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://truth", timeout=LIMIT_S, headers=officer) as client,
            httpx.AsyncClient(transport=transport, base_url="http://truth", timeout=LIMIT_S) as stranger,
        ):
            yield Served(controller, board, client, stranger)
        server.should_exit = True
        await tasks[0]
        tasks[1].cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await tasks[1]


async def described(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json()
    return document


def references(node: object) -> list[str]:
    match node:
        case dict():
            own = [str(node["$ref"])] if "$ref" in node else []
            return own + [ref for value in node.values() for ref in references(value)]
        case list():
            return [ref for value in node for ref in references(value)]
        case _:
            return []


async def test_the_document_describes_every_resource(served: Served) -> None:
    document = await described(served.client)
    assert document["openapi"].startswith("3.1")
    assert references(document)
    for reference in references(document):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]
    for path, operations in document["paths"].items():
        assert path.startswith("/api/")
        for method, operation in operations.items():
            assert operation.get("description"), f"{method} {path} says nothing"
            assert any(code.startswith("2") for code in operation["responses"])
    schema = document["components"]["schemas"]["Live"]
    assert set(schema["properties"]) == set(Live.__struct_fields__)


async def test_a_machine_that_slept_past_a_limit_answers_nothing_before_it_has_destroyed(
    served: Served, one_premises: Premises
) -> None:
    vault = served.controller.truth.vault
    first = SITE.retention.period_at(Kind.MOVEMENT, at_ns(0))
    assert first in vault.periods()
    one_premises.clock.advance_to(at_ns(3600))
    assert (await served.client.get("/api/openapi.json")).status_code == 200
    assert first not in vault.periods()


async def test_every_resource_declares_one_deed_or_stands_in_the_list_of_those_that_need_no_session(
    served: Served,
) -> None:
    document = await described(served.client)
    open_to_all = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            match operation.get("security"):
                case [{"APIKeyCookie": [deed]}]:
                    assert deed in set(Deed), f"{method} {path}"
                case None | [{"HTTPBearer": []}]:
                    open_to_all.add(f"{method} {path}")
                case other:
                    pytest.fail(f"{method} {path} declares {other}")
    assert open_to_all == OPEN_TO_ALL


async def test_without_a_session_there_is_nothing(served: Served) -> None:
    document = await described(served.stranger)
    for path, operations in document["paths"].items():
        for method in operations:
            if f"{method} {path}" in OPEN_TO_ALL:
                continue
            for headers in ({}, {"Cookie": f"{COOKIE}=wrong"}, {"Cookie": f"{COOKIE}="}, {"Authorization": "Bearer x"}):
                for sent in (b"", b"[]", msgspec.json.encode([ZOE])):
                    answer = await served.stranger.request(
                        method, re.sub(r"\{\w+\}", "x", path), headers=headers, content=sent
                    )
                    assert answer.status_code == 401, f"{method} {path}"
                    assert answer.json()["code"] == "not-signed-in"
    for feed in ("/console/live", "/console/live/events"):  # whatever path a browser talked the console into
        assert (await served.stranger.get(feed, headers={PEER: "192.0.2.7"})).status_code == 404
    assert served.controller.reference.count_holders() == 0


async def test_a_role_that_a_deed_does_not_name_is_refused(served: Served) -> None:
    technician = as_one(served.controller.office, Role.TECHNICIAN)
    for method, path in (
        ("POST", "/api/holders"),
        ("GET", "/api/holders/x"),
        ("POST", "/api/passes/blocking"),
        ("GET", "/api/vehicles"),
    ):
        answer = await served.stranger.request(method, path, headers=technician, json=[ZOE])
        assert (answer.status_code, answer.json()["code"]) == (403, "role")
    assert (await served.stranger.get("/api/live", headers=technician)).status_code == 200


async def test_what_anybody_with_a_session_can_read_names_no_holder(served: Served, one_premises: Premises) -> None:
    client = served.client
    registered = await client.post("/api/holders", json=[ZOE])
    assert registered.status_code == 201
    [zoe] = registered.json()["holders"]
    async with one_premises.gate() as gate:
        await gate.send({1: went("in", "ann", 1)}, 1)
        denied = AccessDenied(at_ns(2), AccessPointId("in"), DenialReason.PASS_BLOCKED, PLANTS[1], None)
        await gate.send({2: denied, 3: went("out", "cem", 3)}, 1)
        await until(lambda: gate.had() == [(1, 3)])
    document = await described(client)
    pages = [msgspec.json.encode(document)]
    technician = as_one(served.controller.office, Role.TECHNICIAN)
    for path, operations in document["paths"].items():
        if "get" in operations and "{" not in path and not path.endswith("/events"):
            answer = await served.stranger.get(path, headers=technician)
            assert answer.status_code in {200, 403} or f"get {path}" in OPEN_TO_ALL, path
            pages.append(answer.content)
    everything = b"".join(pages)
    for secret in (*PLANTS, zoe, "ann" + "0" * 21, "delegate"):
        assert secret.encode() not in everything
    holder = await client.get(f"/api/holders/{zoe}")
    assert holder.json() == {"id": zoe, "name": PLANTS[0], "category": "delegate", "needs": ""}
    assert (await client.get("/api/holders/nobody")).status_code == 404


async def test_the_live_picture_comes_at_once_and_with_every_change(served: Served, one_premises: Premises) -> None:
    live = msgspec.json.decode((await served.client.get("/api/live")).content, type=Live)
    assert (live.premises.best, live.time_zone, live.broker_connected) == (0, "UTC", True)
    async with served.client.stream("GET", STREAM) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        first = await anext(lines)
        assert msgspec.json.decode(first.removeprefix("data: "), type=Live).premises.best == 0
        async with one_premises.gate() as gate:
            await gate.send({1: went("in", "ann", 1)}, 1)
            async with asyncio.timeout(LIMIT_S):
                async for line in lines:
                    if line and msgspec.json.decode(line.removeprefix("data: "), type=Live).premises.best == 1:
                        break


async def test_the_picture_is_made_where_the_fold_is_changed(served: Served) -> None:
    """A worker's thread would read alarms and counts while the loop changes them."""
    makers: list[threading.Thread] = []
    make = served.board._live

    def watched() -> Live:
        makers.append(threading.current_thread())
        return make()

    served.board._live = watched
    await served.client.get("/api/live")
    assert set(makers) == {threading.current_thread()}


async def test_vehicles_are_entered_listed_blocked_and_removed(served: Served) -> None:
    client = served.client
    car = {"plate": "kvz-7719 q", "access_level": "all"}
    entered = await client.post("/api/vehicles", json=[car])
    assert entered.status_code == 201
    (vehicle,) = entered.json()["vehicles"]
    again = await client.post("/api/vehicles", json=[car])
    assert (again.status_code, again.json()["code"]) == (409, "plate-entered")
    assert "7719" not in again.text
    assert (await client.put(f"/api/vehicles/{vehicle}/blocking", json={"blocked": True})).status_code == 204
    (listed,) = (await client.get("/api/vehicles")).json()
    assert (listed["plate"], listed["blocked"], listed["drivers"]) == ("KVZ7719Q", True, [])
    assert (await client.delete(f"/api/vehicles/{vehicle}")).status_code == 204
    assert (await client.get("/api/vehicles")).json() == []


async def test_what_is_given_twice_is_a_conflict_in_words(served: Served) -> None:
    client = served.client
    assert (await client.post("/api/holders", json=[ZOE])).status_code == 201
    again = await client.post("/api/holders", json=[ZOE])
    assert again.status_code == 409
    assert "somebody already" in again.json()["detail"]
    assert not any(plant in again.text for plant in PLANTS)
    assert (await client.get("/api/holders/count")).json() == {"count": 1}
    for passes, words in (
        ([{"number": "n", "credentials": [], "access_level": "gold"}], "no access level"),
        ([{"number": "n", "credentials": [], "access_level": "all", "valid_until_s": 2**40}], "seconds since 1970"),
    ):
        refused = await client.post("/api/holders", json=[{**ZOE, "passes": passes}])
        assert refused.status_code == 409
        assert words in refused.json()["detail"]


async def test_nonsense_is_the_clients_fault(served: Served) -> None:
    headers = {"Content-Type": "application/json"}
    for method, path, sent in NONSENSE:
        answer = await served.client.request(method, path, content=sent, headers=headers)
        assert 400 <= answer.status_code < 500, f"{method} {path} {sent!r}: {answer.text}"
        assert answer.json()["detail"]


async def test_levels_and_blocks_reach_the_policies(served: Served) -> None:
    client, controller = served.client, served.controller
    body = {"access_points": ["in"], "windows": [{"weekday": 0, "from_min": 480, "until_min": 1080}]}
    assert (await client.put("/api/access-levels/day", json=body)).status_code == 204
    assert (await client.get("/api/access-levels")).json()["day"] == body
    before = dict(controller.policies.wanted)
    await controller.supply_policies()
    assert {edge: version - before[edge] for edge, version in controller.policies.wanted.items()} == dict.fromkeys(
        before, 1
    )
    assert (await client.post("/api/holders", json=[ZOE])).status_code == 201
    blocking = {"number": PLANTS[2], "blocked": True}
    assert (await client.post("/api/passes/blocking", json=blocking)).status_code == 204
    numbers = {"all": 0, "day": 1}
    assert all(row.blocked for _, row in controller.reference.policy_rows(numbers, bytes(32)))


async def test_pins_are_set_refused_in_words_and_taken_away(served: Served) -> None:
    client, reference = served.client, served.controller.reference
    assert (await client.post("/api/holders", json=[ZOE])).status_code == 201
    pins = {"number": PLANTS[2], "pin": "5739", "duress_pin": "5793", "extended_time": True}
    assert (await client.put("/api/passes/pins", json=pins)).status_code == 204
    [(_, row)] = reference.policy_rows({"all": 0}, bytes(32))
    assert row.pin == pin_digest(bytes(32), row.pass_id, "5739")
    assert row.duress_pin == pin_digest(bytes(32), row.pass_id, "5793")
    assert row.extended_time
    refused = await client.put("/api/passes/pins", json={**pins, "pin": "4321"})
    assert refused.status_code == 409
    assert "tried first" in refused.json()["detail"]
    assert "4321" not in refused.text
    assert (await client.put("/api/passes/pins", json={"number": PLANTS[2]})).status_code == 204
    [(_, row)] = reference.policy_rows({"all": 0}, bytes(32))
    assert (row.pin, row.duress_pin, row.extended_time) == (None, None, False)
