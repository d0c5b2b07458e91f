"""What other systems are told of an operation: when, in which form, and again until they take it (C2)."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree as ET

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.ids import AccountId, OperationId
from contract.signing import check_signature
from contract.site import AnnounceForm, AnnounceTo, SiteFileError, parse_site
from controller.domain.announcement import UPDATE_EVERY_S, Announcer, Counted, Turn, announcement
from controller.domain.operation import OperationKind, Plan, Reason
from controller.service.announcing.announcing import PURPOSE, Announcing
from controller.service.announcing.cap import Sender, cap_message
from controller.service.announcing.webhook import webhook_message
from tests.unit.controller.centre import Centre

ONE, TWO = AccountId("1" * 24), AccountId("2" * 24)
SENDER = Sender("vienna", "Vienna site", "main")
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"


def read(message: bytes) -> ET.Element:
    return ET.fromstring(message)  # noqa: S314  our own message


def said(centre: Centre, announcer: Announcer) -> list[Turn]:
    now_ns = centre.clock.now_ns()
    return [each for each, _ in announcer.due(centre.operations.open_now(now_ns), now_ns)]


def test_each_turn_of_an_emergency_is_said_once_and_figures_every_five_minutes() -> None:
    centre, announcer = Centre(), Announcer(())
    assert said(centre, announcer) == []
    operation = centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
    assert said(centre, announcer) == [Turn.OPENED]
    centre.wait(UPDATE_EVERY_S - 1)
    assert said(centre, announcer) == []
    centre.wait(1)
    assert said(centre, announcer) == [Turn.STANDS]
    centre.operations.all_clear(operation.id, ONE)
    assert said(centre, announcer) == [Turn.ALL_CLEAR]
    centre.operations.resume(operation.id, ONE)
    assert said(centre, announcer) == [Turn.RESUMED]
    centre.operations.close(operation.id, ONE)
    assert said(centre, announcer) == [Turn.ENDED]
    assert said(centre, announcer) == []


def test_a_search_is_told_to_nobody() -> None:
    centre, announcer = Centre(), Announcer(())
    search = centre.operations.propose(OperationKind.SEARCH, None, Reason.MISSING_PERSON, ONE)
    operation = centre.operations.join(search.id, TWO)
    assert said(centre, announcer) == []
    with pytest.raises(ValueError, match="nobody"):
        announcement(Turn.OPENED, operation, 1, {})


def test_after_a_restart_what_is_open_is_said_as_it_stands() -> None:
    centre = Centre()
    centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
    announcer = Announcer(centre.start().open_now(centre.clock.now_ns()))
    assert said(centre, announcer) == [Turn.STANDS]
    centre.operations.open_emergency(Plan.SHELTER, Reason.FIRE, ONE)
    assert said(centre, announcer) == [Turn.OPENED]


def test_cap_says_what_the_standard_wants() -> None:
    centre = Centre()
    operation = centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
    first = announcement(Turn.OPENED, operation, 1_800_000_000_000_000_000, {Counted.BEST: 41})
    later = announcement(Turn.ALL_CLEAR, operation, 1_800_000_100_000_000_000, {})
    alert = read(cap_message(first, SENDER, []))
    assert alert.tag == f"{CAP}alert"
    told = {each.tag.removeprefix(CAP): each.text for each in alert if each.text}
    assert told["msgType"] == "Alert"
    assert told["status"] == "Actual"
    assert told["sent"] == "2027-01-15T08:00:00-00:00"
    assert told["scope"] == "Restricted"
    assert told["restriction"]
    info = alert.find(f"{CAP}info")
    assert info is not None
    assert [info.findtext(f"{CAP}{name}") for name in ("category", "responseType", "urgency", "certainty")] == [
        "Fire", "Evacuate", "Immediate", "Observed",
    ]  # fmt: skip
    values = {p.findtext(f"{CAP}valueName"): p.findtext(f"{CAP}value") for p in info.iter(f"{CAP}parameter")}
    assert values["inside-best"] == "41"
    update = read(cap_message(later, SENDER, [first]))
    assert update.findtext(f"{CAP}msgType") == "Update"
    assert update.findtext(f"{CAP}references") == f"main.vienna,{told['identifier']},{told['sent']}"
    assert update.findtext(f"{CAP}info/{CAP}responseType") == "AllClear"
    assert update.findtext(f"{CAP}identifier") != told["identifier"]


def test_a_drill_says_that_it_is_one() -> None:
    centre = Centre()
    proposal = centre.operations.propose(OperationKind.DRILL, Plan.SHELTER, Reason.PLANNED_DRILL, ONE)
    told = announcement(Turn.OPENED, centre.operations.join(proposal.id, TWO), 1, {})
    assert read(cap_message(told, SENDER, [])).findtext(f"{CAP}status") == "Exercise"
    assert json.loads(webhook_message(told, SENDER))["kind"] == "drill"


@pytest.mark.parametrize(
    ("url", "wrong"),
    [("http://town.example.org/cap", "in clear"), ("ftp://town.example.org", "use https"), ("https://", "use https")],
)
def test_nobody_is_told_in_clear(url: str, wrong: str) -> None:
    site = '[[area]]\nid = "a"\n[[access_point]]\nid = "p"\nfrom = "outside"\nto = "a"\n'
    with pytest.raises(SiteFileError, match=wrong):
        parse_site(f'{site}[[announce_to]]\nid = "x"\nurl = "{url}"\n')


class Town:
    """Another system, real HTTP on loopback. `status`: what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.heard: list[tuple[str, bytes]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        town = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if town.status == 200:
                    town.heard.append((self.headers["Sacs-Signature"], body))
                town.may_answer.wait()
                self.send_response(town.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/told?by=sacs"

    def close(self) -> None:
        self.may_answer.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def town() -> Iterator[Town]:
    town = Town()
    yield town
    town.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  another thread answers
            await asyncio.sleep(0.01)


async def test_another_system_is_told_again_until_it_takes_it_and_every_message_is_signed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("controller.service.announcing.announcing._AGAIN_S", (0.01,))
    centre, key = Centre(), Ed25519PrivateKey.generate()
    system = AnnounceTo("town", town.url, AnnounceForm.JSON)
    asked: list[OperationId] = []

    def figures(operation: OperationId) -> dict[Counted, int]:
        asked.append(operation)
        return {Counted.MISSING: 3}

    announcing = Announcing(
        centre.clock, centre.ledger, centre.alarms, centre.operations, [system], SENDER, key, figures, None
    )
    town.status = 503
    running = asyncio.create_task(announcing.run())
    await asyncio.sleep(0)  # what is open when it begins is no news
    try:
        operation = centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
        await until(lambda: "announcement-failed" in centre.alarm_kinds())
        assert town.heard == []
        town.status = 200
        await until(lambda: town.heard)
        centre.operations.close(operation.id, ONE)
        await until(lambda: centre.ledger.counts["announced"] == 2)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    bodies = [json.loads(body) for _, body in town.heard]
    assert [body["said"] for body in bodies] == ["opened", "ended"]
    assert bodies[0]["figures"] == {"missing": 3}
    for header, body in town.heard:
        signer, _, signature = header.partition(" ")
        check_signature(PURPOSE, signer, body, bytes.fromhex(signature), key.public_key())
    assert asked == [operation.id]


async def test_a_drill_is_told_only_to_systems_that_want_drills(town: Town) -> None:
    centre = Centre()
    systems = [
        AnnounceTo("quiet", town.url + "&quiet", AnnounceForm.JSON),
        AnnounceTo("all", town.url, AnnounceForm.JSON, drills=True),
    ]
    announcing = Announcing(
        centre.clock, centre.ledger, centre.alarms, centre.operations, systems, SENDER,
        Ed25519PrivateKey.generate(), lambda _: {}, None,
    )  # fmt: skip
    running = asyncio.create_task(announcing.run())
    await asyncio.sleep(0)  # what is open when it begins is no news
    try:
        proposal = centre.operations.propose(OperationKind.DRILL, Plan.SHELTER, Reason.PLANNED_DRILL, ONE)
        centre.operations.join(proposal.id, TWO)
        await until(lambda: centre.ledger.counts["announced"])
        centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)  # ends the drill
        await until(lambda: centre.ledger.counts["announced"] == 4)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    told = [(entry.facts["system"], entry.facts["said"]) for entry in centre.ledger.all if entry.kind == "announced"]
    assert sorted(told) == [("all", "ended"), ("all", "opened"), ("all", "opened"), ("quiet", "opened")]


@pytest.mark.parametrize(("status", "ends"), [(200, 1), (503, 0)])
async def test_an_operation_that_ends_while_its_beginning_is_on_its_way_is_told_to_be_over(
    town: Town, monkeypatch: pytest.MonkeyPatch, status: int, ends: int
) -> None:
    monkeypatch.setattr("controller.service.announcing.announcing._AGAIN_S", (0.01,))
    centre = Centre()
    announcing = Announcing(
        centre.clock, centre.ledger, centre.alarms, centre.operations,
        [AnnounceTo("town", town.url, AnnounceForm.JSON)], SENDER, Ed25519PrivateKey.generate(), lambda _: {}, None,
    )  # fmt: skip
    town.may_answer.clear()
    running = asyncio.create_task(announcing.run())
    await asyncio.sleep(0)  # what is open when it begins is no news
    try:
        operation = centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
        await until(lambda: town.heard)
        town.status = status
        centre.operations.close(operation.id, ONE)
        announcing.say()
        town.may_answer.set()
        await until(lambda: centre.ledger.counts["announced"] == 1 + ends if ends else centre.alarm_kinds())
        town.status = 200
        other = centre.operations.open_emergency(Plan.SHELTER, Reason.FIRE, ONE)
        await until(lambda: any(json.loads(body)["operation"] == other.id for _, body in town.heard))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    told = [json.loads(body) for _, body in town.heard]
    assert [each["said"] for each in told if each["operation"] == operation.id] == ["opened", "ended"][: 1 + ends]
