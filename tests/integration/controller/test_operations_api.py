"""Names in operations and nowhere else: a whole controller, its API, and a gate whose fire release opens one."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.clock import to_datetime
from contract.events import AccessGranted, FireRelease
from contract.ids import AccessPointId, HolderId, PassId, PortalId
from controller.api.board import Board
from controller.composition.assembly import Assembly
from controller.domain.operation import Plan, Reason
from controller.domain.rights.roles import Role
from controller.domain.sealed_ask import InvestigatorKeys, open_ask
from controller.main import _api_server
from controller.service.site.reference import NewHolder, NewPass
from tests.integration.controller.conftest import LIMIT_S, NORTH, SOUTH, PlayedGate, Premises, at_ns, until
from tests.integration.controller.officers import Headers, account_of, fit_account, signed_in

ZOE, BEN = "Zoe Quartermaine", "Ben Okonkwo"
EMERGENCY = {"kind": "emergency", "plan": "shelter", "reason": "natural-hazard"}
SEARCH = {"kind": "search", "reason": "missing-person"}


@asynccontextmanager
async def serving(controller: Assembly, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The controller's API on a Unix socket, for a client without a session."""
    board = Board(lambda: controller.truth.live(broker_connected=True))
    server = _api_server(board, controller, str(folder / "truth"))
    task = asyncio.create_task(server.serve())
    await until((folder / "truth").exists)
    transport = httpx.AsyncHTTPTransport(uds=str(folder / "truth"))
    async with httpx.AsyncClient(transport=transport, base_url="http://truth", timeout=LIMIT_S) as client:
        yield client
    server.should_exit = True
    await task


def commander(controller: Assembly) -> Headers:
    """A session of a commander who is a member, authorized and briefed."""
    return signed_in(controller.office, fit_account(controller.office, Role.COMMANDER))


def registered(controller: Assembly) -> tuple[HolderId, HolderId]:
    """Zoe and Ben, with a pass each."""
    zoe, ben = controller.reference.register(
        NewHolder(name, "delegate", [NewPass(f"PASS-{name}", [f"h10301:1:{number}"], "all")])
        for number, name in enumerate((ZOE, BEN), 1)
    )
    return zoe, ben


def entered(holder: HolderId, second: float) -> AccessGranted:
    return AccessGranted(at_ns(second), AccessPointId("in"), holder, PassId("1" * 24), "h10301:1:1")


async def heard(north: PlayedGate, south: PlayedGate, last: int, controller: Assembly) -> None:
    """Both gates say that they have no more."""
    await north.say(5, last)
    await south.say(5, 0)
    await until(lambda: controller.truth.gates.come_through() is True)


async def next_of(lines: AsyncIterator[str]) -> object:
    """The data of the next event of a stream."""
    async for line in lines:
        if line.startswith("data: "):
            return json.loads(line[6:])
    raise AssertionError("the stream ended")


async def test_a_fire_opens_counts_at_once_and_names_when_a_commander_says_so(
    one_premises: Premises, tmp_path: Path
) -> None:
    async with (
        one_premises.running() as controller,
        serving(controller, tmp_path) as client,
        one_premises.gate() as north,
        one_premises.gate(SOUTH) as south,
    ):
        zoe, _ = registered(controller)
        leading, other = commander(controller), commander(controller)
        await north.send({1: entered(zoe, 1)}, 1)
        await heard(north, south, 1, controller)
        assert (await client.get("/api/operations", headers=leading)).json()["open"] == []
        one_premises.clock.advance_to(at_ns(2))
        await north.send({2: FireRelease(at_ns(2), PortalId("door"), True)}, 1)
        await until(lambda: bool(controller.centre.operations.open_now(one_premises.clock.now_ns())))
        [operation] = (await client.get("/api/operations", headers=leading)).json()["open"]
        assert (operation["plan"], operation["trigger"], operation["names_open"]) == ("evacuate", "fire-input", False)
        path = f"/api/operations/{operation['id']}"

        early = await client.get(f"{path}/board/persons", headers=leading)
        assert (early.status_code, early.json()["code"]) == (403, "names-closed")
        assert (await client.post(f"{path}/confirmation", headers=other)).status_code == 200
        roll = (await client.get(f"{path}/board/persons", headers=leading)).json()
        [person] = roll["persons"]
        assert (person["name"], person["area"], person["known"], person["marks"]) == (ZOE, "hall", "granted-only", [])
        assert {"at", "gate", "occurred", "time"}.isdisjoint(json.dumps(roll).replace('"', " ").split())

        refused = await client.post(f"{path}/silence", headers=leading)
        assert (refused.status_code, refused.json()["code"]) == (409, "not-leading")
        silent = await client.post(f"{path}/silence", headers=other)
        assert silent.json()["silenced_at"] == to_datetime(at_ns(2)).isoformat()
        assert (await client.delete(f"{path}/silence", headers=other)).json()["silenced_at"] is None

        async with client.stream("GET", f"{path}/board/stream", headers=leading) as stream:
            lines = stream.aiter_lines()
            assert (await next_of(lines))["figures"]["missing"] == 1  # type: ignore[index]
            asked = asyncio.get_running_loop().time()
            assert (await client.post(f"{path}/closing", headers=other)).status_code == 204
            assert [line async for line in lines if line.startswith("data")] == []
            assert asyncio.get_running_loop().time() - asked < LIMIT_S
        gone = await client.get(f"{path}/board/persons", headers=leading)
        assert (gone.status_code, gone.json()["code"]) == (403, "no-operation")

        [report] = (await client.get("/api/operation-reports", headers=leading)).json()
        assert (report["looks"], report["renewals"], report["ending"]) == (2, 0, "commander")
        assert report["at_opening"] == {"persons": 1, "named": 1, "unnamed": 0}
        paper = await client.get(f"/api/operation-reports/{operation['id']}/paper", headers=leading)
        assert paper.content.startswith(b"%PDF-")
        everything = json.dumps(report).encode() + (tmp_path / "state" / "ledger.jsonl").read_bytes()
        assert ZOE.encode() not in everything
        assert zoe.encode() not in everything


async def test_the_authorizing_office_reads_what_was_opened(one_premises: Premises, tmp_path: Path) -> None:
    async with one_premises.running() as controller, serving(controller, tmp_path) as client:
        leading = commander(controller)
        office = signed_in(controller.office, account_of(controller.office, Role.AUTHORIZING_OFFICER))
        operation = (await client.post("/api/operations", json=EMERGENCY, headers=leading)).json()["operation"]
        path = f"/api/operations/{operation['id']}"
        assert (await client.post(f"{path}/renewal", headers=leading)).status_code == 200
        assert (await client.post("/api/operations", json=EMERGENCY, headers=leading)).status_code == 409
        assert (await client.post(f"{path}/closing", headers=leading)).status_code == 204
        assert (await client.post(f"{path}/renewal", headers=leading)).status_code == 404
        forged = await client.post("/api/alerts", content=b'{"alert": "{}", "signature": ""}')
        assert (forged.status_code, forged.json()["detail"].startswith("not an alert")) == (400, True)
        notices = (await client.get("/api/notices", headers=office)).json()
        assert [notice["kind"] for notice in notices] == ["operation-opened", "operation-renewed", "operation-closed"]
        assert (await client.get("/api/notices", headers=leading)).status_code == 403
        read = f"/api/notices/{notices[0]['number']}/acknowledgement"
        assert (await client.post(read, headers=office)).status_code == 204
        assert (await client.post(read, headers=office)).status_code == 404
    async with one_premises.running() as controller:
        assert [notice.kind for notice in controller.centre.reports.notices()] == [
            "operation-renewed",
            "operation-closed",
        ]


async def test_a_search_answers_about_one_person_and_puts_on_record_whom_it_asked_for(
    one_premises: Premises, tmp_path: Path
) -> None:
    async with (
        one_premises.running() as controller,
        serving(controller, tmp_path) as client,
        one_premises.gate() as north,
        one_premises.gate(SOUTH) as south,
    ):
        zoe, _ = registered(controller)
        first, second = commander(controller), commander(controller)
        await north.send({1: entered(zoe, 1)}, 1)
        await heard(north, south, 1, controller)
        begun = await client.post("/api/operations", json=SEARCH, headers=first)
        assert begun.status_code == 202
        path = f"/api/operations/{begun.json()['proposal']['id']}"
        assert (await client.post(f"{path}/searches", json={"name": ZOE}, headers=first)).status_code == 403
        assert (await client.post(f"{path}/join", headers=first)).status_code == 409
        assert (await client.post(f"{path}/join", headers=second)).status_code == 201

        unrecorded = await client.post(f"{path}/searches", json={"name": ZOE}, headers=first)
        assert (unrecorded.status_code, "investigators" in unrecorded.json()["detail"]) == (409, True)
        privates = X25519PrivateKey.generate(), X25519PrivateKey.generate()
        keys = InvestigatorKeys(*(private.public_key().public_bytes_raw() for private in privates))
        controller.centre.asks.set_keys(keys, account_of(controller.office, Role.AUTHORIZING_OFFICER))

        async def ask(**whom: str) -> list[dict[str, object]]:
            answer = await client.post(f"{path}/searches", json=whom, headers=first)
            assert answer.status_code == 200
            matches: list[dict[str, object]] = answer.json()["matches"]
            return matches

        inside = {"answer": "yes", "area": "hall", "known": "granted-only", "because": []}
        assert await ask(name="quartermaine  ZOE") == [{"name": ZOE, "category": "delegate"} | inside]
        assert (await ask(number=f"PASS-{ZOE}"))[0]["answer"] == "yes"
        assert (await ask(name=BEN))[0]["answer"] == "no"
        assert await ask(name="Zoe") == []
        one_premises.clock.advance_to(at_ns(60))  # the gates are silent now, and may hold news
        [ben] = await ask(name=BEN)
        assert (ben["answer"], ben["because"]) == ("unknown", ["gates-not-heard"])
        for nonsense in ({}, {"name": " "}, {"name": ZOE, "number": "1"}):
            assert (await client.post(f"{path}/searches", json=nonsense, headers=first)).status_code == 422

        ledger = (tmp_path / "state" / "ledger.jsonl").read_text()
        assert ZOE not in ledger
        assert BEN not in ledger
        asked = [entry for entry in controller.ledger.entries() if entry.kind == "search-asked"]
        sealed = base64.b64decode(str(asked[0].facts["sealed"]))
        operation, by = asked[0].facts["operation"], asked[0].facts["by"]
        assert open_ask(*privates, operation, by, sealed) == "quartermaine ZOE"  # type: ignore[arg-type]


async def test_the_cut_waits_for_the_end_of_an_operation(one_premises: Premises) -> None:
    async with one_premises.running() as controller, one_premises.gate() as north, one_premises.gate(SOUTH) as south:
        truth, by = controller.truth, fit_account(controller.office, Role.COMMANDER)
        zoe, _ = registered(controller)
        left = AccessGranted(at_ns(3), AccessPointId("out"), zoe, PassId("1" * 24), "h10301:1:1")
        await north.send({1: entered(zoe, 1), 2: left}, 1)
        await until(lambda: north.had() == [(1, 2)])
        operation = controller.centre.operations.open_emergency(Plan.SHELTER, Reason.NATURAL_HAZARD, by)
        one_premises.clock.advance_to(at_ns(200))
        await north.say(190, 2)
        await south.say(190, 0)
        await until(lambda: truth.gates.come_through() is True)
        await truth.tick()
        assert truth.movements.presence.cut_ns == 0
        controller.centre.operations.close(operation.id, by)
        await truth.tick()
        assert truth.movements.presence.cut_ns == at_ns(130)
        assert not truth.movements.presence.remembers(NORTH, north.epoch, 1)
