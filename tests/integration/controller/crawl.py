"""What the crawler walks through: a site with people inside, officers in all states, and each kind of operation.

Belongs here: the scene, and asking the API in this process. Does not belong here: what must hold (test_crawler.py).
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.clock import to_datetime
from contract.events import AccessGranted, encode_event
from contract.ids import AccessPointId, AccountId, Epoch, HolderId, OperationId, PassId
from contract.messages import VERSION, SealedBatch, encode
from contract.periods import Kind
from contract.policy import AccessLevel
from contract.sealing import ContentKey, KeyName
from controller.api.app import api_app
from controller.api.board import Board
from controller.composition.assembly import Assembly
from controller.domain.operation import OperationKind, Plan, Reason, Trigger
from controller.domain.rights.deeds import RULES, Sight
from controller.domain.rights.roles import Role
from controller.domain.sealed_ask import InvestigatorKeys
from controller.service.records.ingest import Delivery
from controller.service.site.reference import NewHolder, NewPass
from tests.integration.controller.conftest import MAIN, NORTH, SITE, Premises, at_ns
from tests.integration.controller.filmed_gate import DOOR, FilmedGate
from tests.integration.controller.officers import Headers, account_of, signed_in
from tests.unit.controller.video.film import film

INSIDE = ("Zoe Quartermaine", "Ngozi Abernathy-Lund")
"""Names of two who are inside: a man of the pass office may see who they are, and nobody that they are here."""
ABSENT = "Tomasz Wieliczko"
ENTERED_S = 17.123457
"""When they entered, after the start: a moment that nothing else happens at."""


FILMED_S = 30
"""When a film begins in which one of them is to be seen, seconds after the start."""


def marked(piece: bytes, text: bytes) -> bytes:
    """A piece of a film with a text in the place of its last pixels: what shows the film shows the text."""
    return piece[: -len(text)] + text if piece[4:8] == b"moof" else piece


class Fitness:
    """States of an officer's right to see movements."""

    FIT, NEITHER, UNBRIEFED, UNAUTHORIZED, WITHDRAWN = "fit", "neither", "unbriefed", "unauthorized", "withdrawn"
    ALL = (FIT, NEITHER, UNBRIEFED, UNAUTHORIZED, WITHDRAWN)


@dataclass
class Visitor:
    """Somebody who crawls."""

    role: Role
    fitness: str
    account: AccountId
    headers: Headers = field(default_factory=dict)


class Scene:
    """A controller with people, officers and operations."""

    def __init__(self, controller: Assembly, premises: Premises) -> None:
        self.controller = controller
        self.premises = premises
        self.app = api_app(Board(lambda: controller.truth.live(broker_connected=True)), controller)
        self.holders: dict[str, HolderId] = {}
        self.operation = OperationId("0" * 24)

    async def furnish(self) -> None:
        """Register people, let some enter, set the investigators."""
        reference = self.controller.reference
        reference.put_access_level("all", AccessLevel(frozenset({AccessPointId("in"), AccessPointId("out")}), []))
        names = (*INSIDE, ABSENT)
        made = reference.register(
            [
                NewHolder(name, "delegate", [NewPass(f"PASS-{n}", [f"h10301:7:{n}"], "all")])
                for n, name in enumerate(names)
            ]
        )
        self.holders = dict(zip(names, made, strict=True))
        period = SITE.retention.period_at(Kind.MOVEMENT, at_ns(ENTERED_S))
        key = ContentKey.draw(KeyName(NORTH, Epoch(b"e" * 16), period))
        public = self.controller.truth.vault.public_key(period)
        wraps = key.wrap({MAIN: public}, self.premises.enrolment().signer())
        entered = [
            AccessGranted(at_ns(ENTERED_S), AccessPointId("in"), self.holders[name], PassId("1" * 24), "h10301:7:0")
            for name in INSIDE
        ]
        sealed = [(number, key.seal(number, encode_event(event))) for number, event in enumerate(entered, 1)]
        await self.controller.truth.take([Delivery(NORTH, encode(SealedBatch(VERSION, wraps, sealed)))])
        shown = [marked(piece, INSIDE[0].encode()) for piece in film(4)]
        self.gate = FilmedGate(self.premises.folder / "video", self.premises.enrolment(), self.controller)
        self.gate.record(DOOR, at_ns(FILMED_S), shown, 4)
        keys = [X25519PrivateKey.generate().public_key().public_bytes_raw() for _ in range(2)]
        self.controller.oversight.asks.set_keys(InvestigatorKeys(keys[0], keys[1]), AccountId("a" * 24))

    def visitors(self) -> Iterator[Visitor]:
        """Yield a new officer of each role, and of each role that may see movements one in each state."""
        office = self.controller.office
        self.authorizing = account_of(office, Role.AUTHORIZING_OFFICER)
        for role in Role:
            looks = any(role in rule.roles for rule in RULES.values() if rule.sight is Sight.MOVEMENTS)
            for fitness in Fitness.ALL if looks else (Fitness.FIT,):
                yield Visitor(role, fitness, self._officer(role, fitness))

    def _officer(self, role: Role, fitness: str) -> AccountId:
        office = self.controller.office
        account = account_of(office, role)
        office.officers.set_member(account, self.authorizing, member=True)
        until = to_datetime(office.officers.situation().now_ns) + timedelta(days=30)
        if fitness not in {Fitness.NEITHER, Fitness.UNAUTHORIZED}:
            office.officers.authorize(account, "TEST/2026/1", until, self.authorizing)
        if fitness not in {Fitness.NEITHER, Fitness.UNBRIEFED}:
            office.officers.acknowledge(account, office.briefing.version)
        if fitness == Fitness.WITHDRAWN:
            office.officers.withdraw(account, self.authorizing)
        return account

    def open(self, situation: str, by: AccountId, second: AccountId) -> None:
        """Make the situation of that head of the table; whatever was open ends."""
        operations = self.controller.centre.operations
        for each in operations.open_now(self.premises.clock.now_ns()):
            operations.close(each.id, each.led_by or by)
        self.operation = OperationId("0" * 24)
        match situation:
            case "no operation":
                return
            case "emergency, names not open yet":
                operation = operations.trigger(Plan.EVACUATE, Reason.FIRE, Trigger.FIRE_INPUT, "north", "1")
                assert operation is not None
            case "emergency":
                operation = operations.open_emergency(Plan.EVACUATE, Reason.FIRE, by)
            case _:
                kind = OperationKind(situation)
                plan = Plan.EVACUATE if kind is OperationKind.DRILL else None
                reason = Reason.PLANNED_DRILL if kind is OperationKind.DRILL else Reason.MISSING_PERSON
                operation = operations.join(operations.propose(kind, plan, reason, by).id, second)
        self.operation = operation.id

    def viewing_of(self, visitor: Visitor) -> str:
        """The viewing that a visitor began last, if he could."""
        found = self.controller.looking.viewings.open_of(visitor.account)
        return found[-1].id if found else "none of that name"

    def sign_in(self, visitor: Visitor) -> None:
        """Give a visitor a new session."""
        visitor.headers = signed_in(self.controller.office, visitor.account)


async def ask(
    app: Any,  # noqa: ANN401  an ASGI app
    method: str,
    path: str,
    headers: Headers,
    body: bytes = b"",
    *,
    query: bytes = b"",
) -> tuple[int, bytes]:
    """Return status and body of one answer; of a stream of events its first one."""
    sent: list[dict[str, Any]] = []
    told, gone = asyncio.Event(), asyncio.Event()

    async def receive() -> dict[str, Any]:
        if told.is_set():
            await gone.wait()
            return {"type": "http.disconnect"}
        told.set()
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message.get("body") and any(value == b"text/event-stream; charset=utf-8" for _, value in sent[0]["headers"]):
            gone.set()

    pairs = {"content-type": "application/json", **headers}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "server": ("truth", 80),
        "client": ("127.0.0.1", 1),
        "headers": [(name.lower().encode(), value.encode()) for name, value in pairs.items()],
    }
    await asyncio.wait_for(app(scope, receive, send), 20)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def as_json(body: object) -> bytes:
    """A request's body."""
    return json.dumps(body).encode()
