"""PIV cards at a whole gate, through the real service, while the service and the reader go away and come back."""

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from contract.clock import SystemClock
from contract.events import AccessDenied, AccessGranted
from contract.events import ReadRefused as RefusalEvent
from contract.ids import EdgeId
from contract.site import Assurance, GateDevices, parse_site
from drivers.ports import PIV, Credential, CredentialRead, DeviceEvent, ReaderOnline
from edge.hardware.pcsc import pcsc_readers
from simulators.cards.piv import CHUID, PivCard
from simulators.cards.piv_issuer import PivIssuer
from simulators.cards.smartcard import SmartCard
from simulators.cards.wrong_cards import WRONG_CARDS
from simulators.pcsc import PrivatePcscd
from tests.integration.pcsc.cards import Heard, pull
from tests.unit.edge.scene import GateScene, Person, gate_scene, site_text

SITE = site_text(
    {"in": 'requires = "authenticated"'},
    """
reader = [{id = "in", kind = "pcsc", access_point = "in", device = "desk", hold_off_ms = 0}]
portal = []
""",
)
WRONG = ("key-mismatch", "copied-chuid", "revoked")


@dataclass(frozen=True)
class PivHolder(Person):
    """Somebody whose one card is a PIV card."""

    uuid: int = 0

    @property
    def proof(self) -> Credential:
        return Credential(format=PIV, number=self.uuid, assurance=Assurance.AUTHENTICATED)


class Stage:
    """A gate's reader, what it tells to the gate, and a hand with cards."""

    def __init__(self, pcscd: PrivatePcscd, scene: GateScene) -> None:
        self.pcscd = pcscd
        self.scene = scene
        self.heard = Heard()

    def sink(self, event: DeviceEvent) -> None:
        self.heard.events.append(event)
        if isinstance(event, CredentialRead):  # the gate of a scene has a clock of its own
            event = replace(event, read_boottime_ns=self.scene.clock.boottime_ns())
        self.scene.gate.take(event)

    async def show(self, card: SmartCard) -> None:
        cards = self.heard.cards
        self.pcscd.reader.insert(card)
        await self.heard.until(lambda heard: heard.cards > cards)
        await pull(self.pcscd.reader)

    async def away_and_back(self, card: SmartCard, away: Callable[[], None], back: Callable[[], None]) -> None:
        """Lose service or reader while `card` comes to lie there."""
        online = len(self.heard.of(ReaderOnline))
        self.pcscd.reader.insert(card)
        await asyncio.to_thread(away)
        await asyncio.to_thread(back)
        await self.heard.online(online + 1)
        await asyncio.sleep(2)  # long enough for a card to be read twice, if it were
        await pull(self.pcscd.reader)


def uuid_of(card: PivCard) -> int:
    chuid = card.objects[CHUID]
    return int.from_bytes(chuid[chuid.index(b"\x34\x10") + 2 :][:16], "big")


@pytest.mark.slow
async def test_no_accepted_read_is_lost_and_nothing_wrong_is_granted(pcscd: PrivatePcscd, tmp_path: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    issuer = PivIssuer.found(now)
    good, stranger = issuer.issue(), issuer.issue()  # the second one is a good card of nobody who may pass
    wrong = {kind.name: kind.make(issuer) for kind in WRONG_CARDS if kind.name in WRONG}
    issuer.write(tmp_path / "piv", now)
    ann = PivHolder(1, uuid=uuid_of(good))
    name = pcscd.reader.name
    config = parse_site(SITE).gate_of(EdgeId("north"))
    (reader,) = pcsc_readers(config, GateDevices(lines={"desk": name}), SystemClock(), tmp_path / "piv")
    async with gate_scene(tmp_path, SITE, [ann]) as scene:
        stage = Stage(pcscd, scene)
        work = asyncio.create_task(reader.run(stage.sink))
        await stage.heard.online()
        await stage.show(good)
        await stage.away_and_back(good, pcscd.kill, pcscd.start)
        for card in (wrong["key-mismatch"], stranger):
            await stage.show(card)
        await stage.show(good)
        await stage.away_and_back(good, lambda: pcscd.unplug(name), lambda: pcscd.plug_in(name))
        for card in (wrong["copied-chuid"], wrong["revoked"]):
            await stage.show(card)
        await stage.show(good)
        work.cancel()
        await asyncio.wait({work})
        events = await scene.journaled()
    of_ann = stage.heard.read.count(ann.proof.text)
    assert 3 <= of_ann <= 5, "shown three times, and twice laid there while everything went away"
    assert sum(isinstance(event, AccessGranted) for event in events) == of_ann
    assert sum(isinstance(event, AccessDenied) for event in events) == len(stage.heard.read) - of_ann == 1
    assert stage.heard.refused == ["key_mismatch", "copied", "revoked"]
    journaled = {event.reason for event in events if isinstance(event, RefusalEvent)}  # one of a kind in a while
    assert journaled == set(stage.heard.refused)
