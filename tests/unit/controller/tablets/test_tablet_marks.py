"""Marks of a tablet without a session: what is marked at an assembly point, in a commander's name, nothing else."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from contract.clock import ManualClock
from contract.ids import AccountId, AreaId, OperationId
from controller.api.tablet import tablet_router
from controller.domain.tablets import Tablet
from controller.service.muster.marking import Act, Answer, Result, What

COMMANDER = AccountId("c" * 24)
OPERATION = OperationId("0" * 24)
HALL = AreaId("hall")
THERE = {What.ACCOUNTED_FOR, What.WITHDRAWN, What.UNNAMED_SEEN, What.AREA_SWEPT}


class Site:
    """A controller that takes every mark, and a tablet to which a list was handed."""

    def __init__(self) -> None:
        self.taken: list[tuple[AccountId, Act]] = []
        self.zones: set[AreaId] | None = None
        self.opened_by: AccountId | None = None
        tablet = Tablet("north-1", bytes(32), 0, COMMANDER)
        office: Any = SimpleNamespace(
            tablets=SimpleNamespace(check=lambda *_: tablet),
            reports=SimpleNamespace(may_mark=lambda *_: self.opened_by),
            handed=SimpleNamespace(may_mark=lambda *_: COMMANDER, zones=lambda *_: {HALL}),
            operations=SimpleNamespace(operation=lambda id_: SimpleNamespace(id=id_)),
            marking=self,
        )
        access: Any = self
        self.app = FastAPI()
        self.app.include_router(tablet_router(office, ManualClock(0), access))

    async def open_to_all(self) -> None:
        """Let everybody pass."""

    async def take(self, _: OperationId, by: AccountId, acts: list[Act], zones: set[AreaId] | None) -> list[Answer]:
        """Take all."""
        self.taken += [(by, act) for act in acts]
        self.zones = zones
        return [Answer(act.act_id, Result.TAKEN) for act in acts]

    async def mark(self, *acts: dict[str, Any]) -> int:
        """Return the status of the answer."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            body = {"operation": OPERATION, "acts": acts}
            return (await client.post("/api/tablet/marks", json=body)).status_code


@pytest.mark.parametrize("what", What)
async def test_a_tablet_marks_what_is_seen_at_an_assembly_point_and_nothing_else(what: What) -> None:
    site = Site()
    act = {"act_id": "1" * 24, "at": "2027-01-15T08:00:00Z", "what": what, "area": "hall", "amount": 99_999}
    status = await site.mark(act)
    assert (status, [by for by, _ in site.taken]) == ((200, [COMMANDER]) if what in THERE else (422, []))


async def test_a_warden_reports_zones_of_his_lists_and_whoever_opened_the_roll_all() -> None:
    site = Site()
    swept = {"act_id": "1" * 24, "at": "2027-01-15T08:00:00Z", "what": "area-swept", "area": "hall"}
    assert await site.mark(swept) == 200
    assert site.zones == {HALL}
    site.opened_by = AccountId("d" * 24)
    assert await site.mark(swept) == 200
    assert site.zones is None
