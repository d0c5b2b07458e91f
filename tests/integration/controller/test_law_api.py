"""The law as a running controller tells it: states from live facts, violations caused for real, paper, the trail."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from controller.api.app import api_app
from controller.api.board import Board
from controller.composition.assembly import Assembly
from controller.domain.operation import Plan, Reason
from controller.domain.rights.deeds import Deed
from controller.domain.rights.roles import Role
from controller.ledger.entry import check_lines
from tests.integration.controller.conftest import MAIN, START_S, Premises
from tests.integration.controller.officers import Headers, as_one, fit_account, signed_in

KEYS = {name: X25519PrivateKey.generate().public_key().public_bytes_raw().hex() for name in ("first", "second")}


@dataclass
class Overseen:
    """A controller whose API is asked in this process. `auditor`, `authorizing`: headers of sessions."""

    controller: Assembly
    client: httpx.AsyncClient
    auditor: Headers
    authorizing: Headers
    premises: Premises

    async def rows(self) -> dict[str, dict[str, object]]:
        answer = await self.client.get("/api/law", headers=self.auditor)
        assert answer.status_code == 200
        return {row["rule"]: row for row in answer.json()["rows"]}

    async def look(self) -> None:
        """Let every check look once."""
        watch = self.controller.oversight.watch
        for check in watch._checks:
            await watch.look_once(check)


@pytest.fixture
async def overseen(one_premises: Premises) -> AsyncIterator[Overseen]:
    async with one_premises.running() as controller:
        board = Board(lambda: controller.truth.live(broker_connected=True))
        transport = httpx.ASGITransport(api_app(board, controller))
        auditor = as_one(controller.office, Role.AUDITOR)
        authorizing = as_one(controller.office, Role.AUTHORIZING_OFFICER)
        async with httpx.AsyncClient(transport=transport, base_url="http://truth") as client:
            yield Overseen(controller, client, auditor, authorizing, one_premises)


async def test_states_follow_what_is_so(overseen: Overseen) -> None:
    await overseen.look()
    rows = await overseen.rows()
    assert list(rows) == [f"L{number}" for number in range(1, 10)]
    assert rows["L6"]["state"] == "attention"
    put = await overseen.client.put("/api/investigators", headers=overseen.authorizing, json=KEYS)
    assert put.status_code == 204
    assert (await overseen.client.get("/api/investigators", headers=overseen.auditor)).json() == KEYS
    rows = await overseen.rows()
    assert rows["L6"]["state"] == "kept"
    assert rows["L8"]["state"] == "kept"
    assert rows["L2"]["state"] == "attention", "no commander is authorized"
    fit_account(overseen.controller.office, Role.COMMANDER)
    assert (await overseen.rows())["L2"]["state"] == "kept"


async def test_rows_that_outlived_their_limit_break_the_rule_until_they_are_gone_and_noted(overseen: Overseen) -> None:
    with closing(sqlite3.connect(overseen.premises.folder / "state" / "records.db")) as db, db:
        db.execute("INSERT INTO note VALUES ('n', ?, x'00', x'00')", (START_S - 301,))
    await overseen.look()
    assert (await overseen.rows())["L4"]["state"] == "broken"
    standing = (await overseen.client.get("/api/law", headers=overseen.auditor)).json()["standing"]
    assert [(each["blame"], each["facts"]["violation"]) for each in standing] == [("fault", "rows-outlived")]
    alarms = [(line.kind, line.place) for line in overseen.controller.truth.alarms.lines()]
    assert ("rows-outlived", "store") in alarms
    with closing(sqlite3.connect(overseen.premises.folder / "state" / "records.db")) as db, db:
        db.execute("DELETE FROM note")
    await overseen.look()
    row = (await overseen.rows())["L4"]
    assert row["reasons"][0].startswith("A breach or fault is on record")  # type: ignore[index]
    note = f"/api/trail/{standing[0]['number']}/note"
    assert (await overseen.client.post(note, headers=overseen.authorizing)).status_code == 403
    assert (await overseen.client.post(note, headers=overseen.auditor)).status_code == 204
    assert (await overseen.client.post(note, headers=overseen.auditor)).status_code == 404
    assert (await overseen.rows())["L4"]["state"] != "broken"


async def test_a_look_past_the_api_is_a_breach(overseen: Overseen) -> None:
    office, operations = overseen.controller.office, overseen.controller.centre.operations
    commander = fit_account(office, Role.COMMANDER)
    operations.open_emergency(Plan.EVACUATE, Reason.FIRE, commander)
    operator = fit_account(office, Role.OPERATOR)
    trail = "/api/trail?kind=breach-found"
    roll = f"/api/operations/{operations.open_now(overseen.premises.clock.now_ns())[0].id}/board/persons"
    assert (await overseen.client.get(roll, headers=signed_in(office, operator))).status_code == 200
    await overseen.look()
    assert (await overseen.client.get(trail, headers=overseen.auditor)).json()["lines"] == []
    office.trail.seen(fit_account(office, Role.TECHNICIAN), Deed.SEE_ROLL, None, 5)  # as if the API let him pass
    await overseen.look()
    lines = (await overseen.client.get(trail, headers=overseen.auditor)).json()["lines"]
    assert [line["facts"]["violation"] for line in lines] == ["seen-without-right"]
    assert (await overseen.rows())["L2"]["state"] == "broken"


async def test_the_paper_names_key_and_end_of_the_ledger(overseen: Overseen) -> None:
    answer = await overseen.client.get("/api/law/document", headers=overseen.auditor)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    report = (await overseen.client.get("/api/law", headers=overseen.auditor)).json()
    ledger = await overseen.client.get("/api/trail/ledger", headers=overseen.auditor)
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(report["ledger"]["key"]))
    entries = {entry.number: line_hash for entry, line_hash in check_lines(ledger.content.splitlines(), MAIN, key)}
    assert entries[report["ledger"]["number"]] == report["ledger"]["hash"]


async def test_only_who_may_sees_trail_and_law(overseen: Overseen) -> None:
    for path, allowed in (
        ("/api/law", {Role.AUDITOR, Role.AUTHORIZING_OFFICER, Role.ADMINISTRATOR, Role.TECHNICIAN}),
        ("/api/trail", {Role.AUDITOR}),
        ("/api/trail/kinds", {Role.AUDITOR}),
        ("/api/trail/ledger", {Role.AUDITOR}),
    ):
        for role in Role:
            answer = await overseen.client.get(path, headers=as_one(overseen.controller.office, role))
            assert answer.status_code == (200 if role in allowed else 403), (path, role)
        assert (await overseen.client.get(path)).status_code == 401
    bad = {**KEYS, "second": KEYS["first"]}
    assert (await overseen.client.put("/api/investigators", headers=overseen.auditor, json=KEYS)).status_code == 403
    for body in (bad, {"first": "", "second": "x"}):
        answer = await overseen.client.put("/api/investigators", headers=overseen.authorizing, json=body)
        assert answer.status_code == 409
