"""From a holder's registration to the officer's screen: controller, broker, gate and page, all of them real."""

import asyncio
import contextlib
import json
from pathlib import Path

import httpx
from argon2 import Parameters
from argon2.low_level import Type

from contract.clock import SystemClock
from contract.enrolment import decode_enrolment
from contract.ids import AccessPointId, ControllerId
from contract.site import parse_site
from controller.broker.binary import BrokerKind
from controller.composition.assembly import Settings, assemble
from controller.composition.ceremony import enrol
from controller.composition.office import OfficeSettings
from controller.domain.rights.roles import Role
from controller.service.officers.passwords import Passwords
from controller.service.records.ingest import EVERYWHERE
from controller.service.site.reference import NewHolder, NewPass
from edge.program import GateProgram
from tests.integration.controller.officers import account_of, fit_account
from tests.integration.edge.conftest import until
from tests.unit.controller.disk import bytes_below
from tests.unit.controller.test_screens import PHOTO

SITE = parse_site("""
[site]
id = "here"
[[area]]
id = "hall"
[[access_point]]
id = "in"
name = "North, way in"
from = "outside"
to = "hall"
[[gate]]
id = "north"
screen = true
reader = [{id = "r-in", kind = "serial", access_point = "in"}]
""")
CARD, NAME, PASSWORD = "h10301:201:54321", "Zoe Quartermaine", "four quiet words here"
COST = Parameters(Type.ID, 19, 16, 32, 1, 64, 1)
LIMIT_S = 150.0


async def count_three(client: httpx.AsyncClient) -> None:
    """Three people went in without a card; the act is sent twice, and is one act."""
    act = {"what": "unnamed", "act_id": "1" * 24, "point": "in", "amount": 3}
    for _ in range(2):
        answer = await client.post("/act", json=act)
        assert answer.json() == {"said": "Counted: 3 without a card.", "done": True}


async def test_a_gate_officer_sees_who_stands_there_until_it_is_withdrawn(tmp_path: Path) -> None:
    office_settings = OfficeSettings(password_cost=COST)
    settings = Settings(
        SITE, ControllerId("main"), tmp_path / "state", tmp_path / "vault", BrokerKind.NATS, office=office_settings
    )
    enrol(tmp_path / "root", settings)
    async with (
        asyncio.timeout(LIMIT_S),
        assemble(settings, SystemClock(), lambda _: None) as controller,
        contextlib.AsyncExitStack() as running,
    ):
        office, screens = controller.office, controller.gate_screens
        (holder,) = controller.reference.register([NewHolder(NAME, "delegate", [NewPass("UN-1", [CARD], "all")])])
        screens.photos.put(holder, PHOTO)
        account = fit_account(office, Role.GATE_OFFICER)
        office.accounts.set_password(account, await Passwords(COST).hashed(PASSWORD))
        person = office.accounts.person(account)
        assert person is not None

        async def background(work: asyncio.Task[None]) -> None:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

        running.push_async_callback(background, asyncio.create_task(controller.link.run(controller.truth.take)))
        await until(lambda: controller.link.connected)
        await controller.supply_gates()
        await screens.supply()
        enrolment = decode_enrolment((controller.enrolments_folder / "north.enrolment").read_bytes())
        gate = await running.enter_async_context(
            GateProgram(enrolment, SITE, tmp_path / "gate", SystemClock(), screen_port=0)
        )
        screen = gate.screen
        assert screen is not None
        running.push_async_callback(background, asyncio.create_task(gate.run()))
        await until(lambda: screen.port is not None and gate.policy.version > 0)
        client = await running.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{screen.port}", timeout=LIMIT_S)
        )
        form = {"name": person.sign_in_name, "password": PASSWORD}
        for _ in range(100):  # the order is on its way
            if (await client.post("/sign-in", data=form)).status_code == 303:
                break
            await asyncio.sleep(0.2)
        async with client.stream("GET", "/now?lang=en") as stream:
            updates = (json.loads(line[6:]) async for line in stream.aiter_lines() if line.startswith("data: "))
            async for update in updates:
                if update["html"] and NAME in update["html"]:
                    assert "Admitted" in update["html"]
                    assert "North, way in" in update["html"]
                    break
                gate.gate.present(AccessPointId("in"), CARD)
            await count_three(client)
            await until(lambda: controller.truth.ingest.received[EVERYWHERE, "unnamed-passed"] == 1)
            assert not controller.truth.ingest.refused
            office.officers.withdraw(account, account_of(office, Role.AUTHORIZING_OFFICER))
            await screens.supply()
            async for update in updates:
                if update["closed"]:
                    break
        assert (await client.get("/now")).status_code == 403
        assert screen.counters["screen-sign-in"] == 1
        await until(lambda: controller.ledger.counts["gate-screen-closed"] == 1)
        assert controller.ledger.last["gate-screen-opened"].facts == {"account": account, "gate": "north"}
        assert screen.counters["screen-failed"] == 0
        for folder in ("gate", "state"):
            everything = bytes_below(tmp_path / folder)
            assert not [plant for plant in (NAME.encode(), CARD.encode(), PHOTO) if plant in everything]
