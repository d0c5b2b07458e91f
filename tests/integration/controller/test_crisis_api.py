"""Longer than the limit, over the API of a whole controller: reconfirmation, copies, hand-over, standing order."""

from pathlib import Path

import httpx

from contract.clock import to_datetime
from controller.composition.assembly import Assembly
from controller.domain.rights.roles import Role
from tests.integration.controller.conftest import DEATH_S, Premises, at_ns, until
from tests.integration.controller.officers import Headers, account_of, fit_account, signed_in
from tests.integration.controller.test_operations_api import BEN, EMERGENCY, ZOE, entered, registered, serving
from tests.unit.controller.disclosing.night import certificate, rsa_key

PREPARED_S, DUE_S = DEATH_S - 25, DEATH_S - 3
ADDRESSEE = {"recipient": "crisis-team", "way": "folder"}


def fit(controller: Assembly, *roles: Role) -> Headers:
    return signed_in(controller.office, fit_account(controller.office, *roles))


async def test_one_long_night(one_premises: Premises, tmp_path: Path) -> None:
    premises = one_premises
    async with (
        premises.running() as controller,
        serving(controller, tmp_path) as client,
        premises.gate() as north,
    ):
        zoe, ben = registered(controller)
        leading, operator = fit(controller, Role.COMMANDER), fit(controller, Role.OPERATOR)
        authorizing = signed_in(controller.office, account_of(controller.office, Role.AUTHORIZING_OFFICER))
        await north.send({1: entered(zoe, 1), 2: entered(ben, 2)}, 2)
        await until(lambda: len(list(controller.truth.movements.presence.inside())) == 2)

        premises.clock.advance_to(at_ns(3))
        await standing_order(client, leading, authorizing)
        operation = await copy_on_paper(client, leading, operator)
        premises.clock.advance_to(at_ns(PREPARED_S))
        seen = await reconfirmed(client, leading, operator)

        # The hand-over: prepared for the other one, decided by nobody, carried out by the standing order.
        found = (await client.get("/api/hand-overs", headers=operator)).json()
        [waiting] = found["waiting"]
        assert (waiting["persons"], waiting["phase"], found["standing_order_holds"]) == (1, "prepared", True)
        assert waiting["dies_at"] == to_datetime(at_ns(DEATH_S)).isoformat()
        premises.clock.advance_to(at_ns(DUE_S))
        await controller.crisis.hand_overs.tick()
        [file] = (premises.folder / "state" / "outbox").iterdir()
        assert file.name.startswith("crisis-team-hand-over-")
        decline = f"/api/operations/{operation}/hand-overs/{waiting['period']}/decline"
        late = await client.post(decline, json={"reason": "all-safe"}, headers=leading)
        assert (late.status_code, late.json()["code"]) == (409, "too-late-to-decline")
        kinds = [entry.kind for entry in controller.ledger.entries()]
        assert kinds.count("disclosure-made") == 2
        assert kinds.count("hand-over-delivered") == 1

        # The old record dies on time; who was seen stays named.
        premises.clock.advance_to(at_ns(DEATH_S))
        await controller.truth.tick()
        [inside] = controller.truth.movements.presence.inside()
        assert inside.holder == {ZOE: zoe, BEN: ben}[seen]


async def standing_order(client: httpx.AsyncClient, leading: Headers, authorizing: Headers) -> None:
    """It is set beforehand, by the authorizing officer alone."""
    body = {**ADDRESSEE, "certificate": certificate(rsa_key())}
    assert (await client.put("/api/standing-order/crisis-team", json=body, headers=leading)).status_code == 403
    weak = {**ADDRESSEE, "certificate": certificate(rsa_key(1024))}
    refused = await client.put("/api/standing-order/crisis-team", json=weak, headers=authorizing)
    assert (refused.status_code, refused.json()["code"]) == (409, "weak-key")
    assert not (await client.get("/api/standing-order", headers=leading)).json()["holds"]
    assert (await client.put("/api/standing-order/crisis-team", json=body, headers=authorizing)).status_code == 204
    order = (await client.get("/api/standing-order", headers=authorizing)).json()
    assert (order["holds"], order["ways"], len(order["addressees"])) == (True, ["folder"], 1)


async def copy_on_paper(client: httpx.AsyncClient, leading: Headers, operator: Headers) -> str:
    """It is made in an operation, by a commander, and comes back; return the operation."""
    asked = {"form": "print", "recipient": "fire-service", "reason": "rescue", "to_whom": "Engine 3"}
    assert (await client.post("/api/operations/none/copies", json=asked, headers=leading)).status_code == 403
    begun = (await client.post("/api/operations", json=EMERGENCY, headers=leading)).json()
    operation = begun["operation"]["id"]
    path = f"/api/operations/{operation}/copies"
    assert (await client.post(path, json=asked, headers=operator)).status_code == 403
    paper = await client.post(path, json=asked, headers=leading)
    assert (paper.status_code, paper.headers["content-type"], paper.headers["x-copy-number"]) == (
        200, "application/pdf", "1",
    )  # fmt: skip
    assert paper.content.startswith(b"%PDF")
    [listed] = (await client.get("/api/copies?out=true", headers=operator)).json()
    assert (listed["number"], listed["persons"], listed["to_whom"], listed["out"]) == (1, 2, "Engine 3", True)
    ended = await client.post("/api/copies/1/ending", json={"ending": "returned"}, headers=operator)
    assert ended.json()["ending"] == "returned"
    again = await client.post("/api/copies/1/ending", json={"ending": "destroyed"}, headers=operator)
    assert (again.status_code, again.json()["code"]) == (409, "copy-ended")
    assert (await client.get("/api/copies?out=true", headers=operator)).json() == []
    return str(operation)


async def reconfirmed(client: httpx.AsyncClient, leading: Headers, operator: Headers) -> str:
    """An operator sees the one person on his card; return who it was."""
    outlook = (await client.get("/api/reconfirmation", headers=operator)).json()
    assert (outlook["due"], outlook["must_wait"]) == (2, False)
    card = (await client.post("/api/reconfirmation/card", headers=operator)).json()
    assert card["name"] in {ZOE, BEN}
    assert (card["area"], card["has_photo"]) == ("hall", False)
    gone = await client.get(f"/api/reconfirmation/card/{card['id']}/photo", headers=leading)
    assert gone.status_code == 404
    answer = f"/api/reconfirmation/card/{card['id']}/answer"
    assert (await client.post(answer, json={"sight": "seen"}, headers=operator)).status_code == 204
    assert (await client.get("/api/reconfirmation", headers=operator)).json()["due"] == 1
    nobody = await client.post("/api/reconfirmation/release", headers=leading)
    assert (nobody.status_code, nobody.json()["code"]) == (409, "nobody-waits")
    return str(card["name"])


async def test_nobody_is_shown_on_a_card_without_the_right(one_premises: Premises, tmp_path: Path) -> None:
    async with one_premises.running() as controller, serving(controller, tmp_path) as client:
        office = controller.office
        for roles in ((Role.GATE_OFFICER,), (Role.AUDITOR,), (Role.ADMINISTRATOR,), (Role.OPERATOR,)):
            headers = signed_in(office, account_of(office, *roles))  # and the operator is not authorized
            assert (await client.post("/api/reconfirmation/card", headers=headers)).status_code == 403
        assert (await client.post("/api/reconfirmation/card")).status_code == 401
