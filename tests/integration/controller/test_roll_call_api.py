"""The roll call of an open operation by its API: board, persons, stream, and officers' marks; no name afterwards."""

from pathlib import Path
from typing import Any

import httpx

from contract.clock import to_datetime
from contract.ids import OperationId, new_act_id
from controller.composition.assembly import Assembly
from controller.domain.rights.roles import Role
from tests.integration.controller.conftest import DEATH_S, SOUTH, Premises, at_ns, until
from tests.integration.controller.officers import Headers, account_of, signed_in
from tests.integration.controller.test_operations_api import (
    BEN,
    EMERGENCY,
    ZOE,
    commander,
    entered,
    heard,
    next_of,
    registered,
    serving,
)


async def opened(client: httpx.AsyncClient, headers: dict[str, str]) -> str:
    """An emergency; the path of its resources."""
    begun = (await client.post("/api/operations", json=EMERGENCY, headers=headers)).json()
    return f"/api/operations/{begun['operation']['id']}"


def act(second: float, what: str, **more: object) -> dict[str, object]:
    """An officer's act."""
    return {"act_id": new_act_id(), "at": to_datetime(at_ns(second)).isoformat(), "what": what, **more}


async def results(client: httpx.AsyncClient, path: str, headers: dict[str, str], *acts: object) -> list[Any]:
    """What became of acts."""
    answer = await client.post(f"{path}/marks", json={"acts": acts}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["results"]
    return found


async def tells_what_happened(client: httpx.AsyncClient, controller: Assembly, path: str, headers: Headers) -> None:
    """A timeline without names."""
    swept = act(19, "area-swept", area="hall", amount=1)
    await results(client, path, headers, swept)
    controller.muster.boards.keep()
    timeline = (await client.get(f"{path}/timeline", headers=headers)).json()
    happened = [entry["what"] for entry in timeline["entries"]]
    assert happened == [
        "operation-opened", "reached-100", "reached-50", "reached-90", "area-swept", "operation-sampled",
    ]  # fmt: skip
    same = await client.get(f"{path}/timeline?after={timeline['sequence']}", headers=headers)
    assert same.json()["entries"] == []


async def ends_with_a_report(client: httpx.AsyncClient, controller: Assembly, path: str, headers: Headers) -> None:
    """Streams end, names are forgotten, and figures remain."""
    async with client.stream("GET", f"{path}/board/figures/stream", headers=headers) as stream:
        lines = stream.aiter_lines()
        assert (await next_of(lines))["figures"]["accounted"] == 2  # type: ignore[index]
        assert (await client.post(f"{path}/closing", headers=headers)).status_code == 204
        assert [line async for line in lines if line.startswith("data")] == []
    controller.muster.boards.keep()
    assert ZOE not in repr(controller.muster.boards._names._of)
    report = (await client.get(f"/api/operation-reports/{path.rsplit('/', maxsplit=1)[-1]}", headers=headers)).json()
    assert (report["roll_call"]["accounted"], report["roll_call"]["withdrawn"]) == (2, 1)
    assert report["roll_call"]["reached_s"]["100"] == 8
    assert len(report["bounds"]) == 1
    assert report["roll_call"]["areas"] == [], "two persons are too few to tell of"


async def test_a_roll_is_called_from_the_first_mark_to_a_board_without_anybody_missing(
    one_premises: Premises, tmp_path: Path
) -> None:
    async with (
        one_premises.running() as controller,
        serving(controller, tmp_path) as client,
        one_premises.gate() as north,
        one_premises.gate(SOUTH) as south,
    ):
        zoe, ben = registered(controller)
        leading = commander(controller)
        await north.send({1: entered(zoe, 1), 2: entered(ben, 1)}, 1)
        await heard(north, south, 2, controller)
        one_premises.clock.advance_to(at_ns(10))
        path = await opened(client, leading)
        board = (await client.get(f"{path}/board", headers=leading)).json()
        assert (board["figures"]["expected"], board["figures"]["missing"]) == (2, 2)
        persons = (await client.get(f"{path}/board/persons?state=missing", headers=leading)).json()
        assert [person["name"] for person in persons["persons"]] == [BEN, ZOE]
        assert persons["total"] == 2

        async with client.stream("GET", f"{path}/board/stream", headers=leading) as stream:
            lines = stream.aiter_lines()
            first: Any = await next_of(lines)
            assert (first["persons"], first["figures"]) == ([], board["figures"])
            one_premises.clock.advance_to(at_ns(20))
            seen = act(15, "accounted-for", holder=zoe, means="warden", area="outside")
            assert await results(client, path, leading, seen) == [
                {"act_id": seen["act_id"], "result": "taken", "reason": None, "detail": None}
            ]
            controller.muster.boards.refresh()
            update: Any = await next_of(lines)
            assert update["since"] == first["sequence"]
            [person] = update["persons"]
            assert (person["id"], person["state"], person["means"]) == (zoe, "accounted", "warden")
            assert update["figures"]["missing"] == 1
        assert (await results(client, path, leading, seen))[0]["result"] == "repeated"

        taken_back = act(16, "withdrawn", mark=seen["act_id"], because="wrong-person")
        assert (await results(client, path, leading, taken_back))[0]["result"] == "taken"
        page = (await client.get(f"{path}/board/persons?q=quarter", headers=leading)).json()
        assert page["persons"][0]["state"] == "missing"
        assert page["persons"][0]["marks"][0]["withdrawn_because"] == "wrong-person"
        for holder in (zoe, ben):
            await results(client, path, leading, act(18, "accounted-for", holder=holder, means="phone"))
        board = (await client.get(f"{path}/board", headers=leading)).json()
        assert (board["figures"]["missing"], board["figures"]["accounted"]) == (0, 2)
        assert board["curve"][-1]["accounted"] == 2

        await tells_what_happened(client, controller, path, leading)
        await ends_with_a_report(client, controller, path, leading)
        written = (tmp_path / "state" / "ledger.jsonl").read_bytes()
        assert not [secret for secret in (ZOE, BEN, zoe, ben) if secret.encode() in written]


async def test_what_can_not_be_taken_is_refused_in_words_and_late_acts_count(
    one_premises: Premises, tmp_path: Path
) -> None:
    async with one_premises.running() as controller, serving(controller, tmp_path) as client:
        zoe, _ = registered(controller)
        leading = commander(controller)
        one_premises.clock.advance_to(at_ns(10))
        path = await opened(client, leading)
        one_premises.clock.advance_to(at_ns(20))
        warden = {"holder": zoe, "means": "warden", "area": "outside"}
        refused = [
            act(5, "accounted-for", **warden),
            act(600, "accounted-for", **warden),
            act(15, "accounted-for", **warden | {"holder": "0" * 24}),
            act(15, "accounted-for", **warden | {"area": "cellar"}),
            act(15, "accounted-for", **warden | {"means": "rumour"}),
            act(15, "withdrawn", mark="x", because="wrong-person"),
            act(15, "unnamed-seen", amount=0, area="hall"),
            act(15, "unnamed-seen", amount=1, muster_point="moon"),
            act(15, "accounted-for", **warden) | {"act_id": "me"},
        ]
        answers = await results(client, path, leading, *refused)
        assert [each["reason"] for each in answers] == [
            "before-operation", "from-the-future", "no-such-person", "no-such-area", "no-such-means", "no-such-mark",
            "bad-amount", "no-such-muster-point", "bad-act-id",
        ]  # fmt: skip
        assert all(each["detail"] for each in answers)
        assert (await client.post(f"{path}/closing", headers=leading)).status_code == 204
        one_premises.clock.advance_to(at_ns(40))
        late = await results(
            client, path, leading, act(15, "accounted-for", **warden), act(30, "accounted-for", **warden)
        )
        assert [(each["result"], each["reason"]) for each in late] == [("taken", None), ("refused", "after-operation")]
        assert (await client.get(f"{path}/board", headers=leading)).status_code == 404
        unfit = signed_in(controller.office, account_of(controller.office, Role.GATE_OFFICER))
        assert (await client.post(f"{path}/marks", json={"acts": []}, headers=unfit)).status_code == 403


async def test_a_restart_in_the_middle_and_the_end_of_a_key_lose_no_figure(
    one_premises: Premises, tmp_path: Path
) -> None:
    premises = one_premises
    async with premises.running() as controller, serving(controller, tmp_path) as client, premises.gate() as north:
        zoe, ben = registered(controller)
        leading = commander(controller)
        await north.send({1: entered(zoe, 1), 2: entered(ben, 1)}, 1)
        await until(lambda: len(list(controller.truth.movements.presence.inside())) == 2)
        premises.clock.advance_to(at_ns(10))
        path = await opened(client, leading)
        premises.clock.advance_to(at_ns(70))
        phoned = act(30, "accounted-for", holder=zoe, means="phone")
        await results(client, path, leading, phoned, act(31, "unnamed-seen", amount=2, area="outside"))
        board = controller.muster.boards.of(OperationId(path.split("/")[-1]))
        before = board.figures()
        assert (before.accounted, before.missing, before.unnamed_seen) == (1, 1, 2)
    async with premises.running() as controller:
        board = controller.muster.boards.of(board.operation.id)
        assert board.figures() == before
        assert board.board.lines[zoe].statements[0].act_id == phoned["act_id"]
        premises.clock.advance_to(at_ns(DEATH_S))
        await controller.truth.tick()
        controller.muster.boards.keep()
        after = board.figures()
        assert board.board.lines == {}
        assert (after.expected, after.accounted, after.missing, after.nameless) == (2, 1, 1, 1), (
            "missing without a name"
        )
        assert (after.unnamed_expected, after.unnamed_seen) == (2, 0), "both are unnamed now, and nobody knows better"
    async with premises.running() as controller:
        board = controller.muster.boards.of(board.operation.id)
        assert (board.figures().expected, board.figures().accounted, board.figures().nameless) == (2, 1, 1)
