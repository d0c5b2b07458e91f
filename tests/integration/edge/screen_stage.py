"""The real screen process, with a gate in front of it that a test plays; no network, no controller."""

import asyncio
import hashlib
import io
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx
from argon2 import PasswordHasher

from contract.clock import NS_PER_S, SystemClock
from contract.events import DenialReason
from contract.ids import AccessPointId, AccountId, EdgeId, PortalId
from contract.screen import LEASE_S, Face, ScreenOfficer, ScreenOrder, name_digest, new_secret, pack_faces
from edge.domain.acting import ActResult
from edge.screen.wire import (
    Asked,
    Begin,
    Counted,
    Done,
    Listening,
    Read,
    TakeOrder,
    Tick,
    ToScreen,
    Watched,
    WayThrough,
    from_screen,
)
from edge.technician import Outcome
from process.pipe import framed

ADA_CARD, BOB_CARD = "h10301:13:4567", "em4100:0f0184f07a"
ADA, BOB = Face("Ada Quartermaine", "delegate"), Face("Bob Underhill", "staff")
MIRA, JOHN = AccountId("a" * 24), AccountId("b" * 24)
PASSWORD = "four quiet words here"
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def jpeg() -> bytes:
    """A small picture of nobody."""
    import av  # noqa: PLC0415  what makes it is in the extra for cameras
    import numpy as np  # noqa: PLC0415

    frame = av.VideoFrame.from_ndarray(np.full((320, 240, 3), 140, dtype=np.uint8), format="rgb24")
    with io.BytesIO() as file, av.open(file, "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 240, 320, "yuvj420p"
        for packet in (*stream.encode(frame), *stream.encode()):
            container.mux(packet)
        return file.getvalue()


@dataclass
class ScreenStage:
    """Use as `async with`. `secret` and `faces` are those of the order that `order` tells."""

    folder: Path
    faces: dict[str, Face] = field(default_factory=lambda: {ADA_CARD: ADA, BOB_CARD: BOB})
    counted: Counter[str] = field(default_factory=Counter)
    watched: list[tuple[AccountId, bool]] = field(default_factory=list)
    secret: bytes = field(default_factory=new_secret)
    port: int = 0
    is_listening: asyncio.Event = field(default_factory=asyncio.Event)
    is_ticking: bool = True
    ahead_ns: int = 0
    reads: int = 0
    asked: list[Asked] = field(default_factory=list)
    """What officers asked of the gate."""
    result: ActResult | None = ActResult.DONE
    """What the gate answers to acts; None: nothing."""
    _number: int = 0

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "edge.screen.main", stdin=pipe, stdout=pipe
        )
        self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._tick())]
        points = {AccessPointId("in"): "North, way in", AccessPointId("out"): "North, way out"}
        ways = [WayThrough(point, name, is_out=point == "out") for point, name in points.items()]
        self.tell(Begin(0, "North gate", points, ways, [PortalId("arm")]))
        async with asyncio.timeout(60):
            await self.is_listening.wait()
        self.client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=60)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()
        for task in self._tasks:
            task.cancel()
        if self.process.returncode is None and self.process.stdin is not None:
            self.process.stdin.close()
        async with asyncio.timeout(60):
            await self.process.wait()

    def tell(self, message: ToScreen) -> None:
        """Say something as the gate."""
        assert self.process.stdin is not None
        self.process.stdin.write(framed(message))

    def order(self, *accounts: AccountId, lease_s: int = LEASE_S, with_faces: bool = True) -> None:
        """Pass on a controller's order, by which these officers may sign in: `mira` and `john`."""
        names = {MIRA: "mira", JOHN: "john"}
        document = pack_faces(self.secret, self.faces.items())
        path = self.folder / "faces"
        path.write_bytes(document)
        self._number += 1
        officers = [
            ScreenOfficer(account, name_digest(self.secret, names[account]), CHEAP.hash(PASSWORD))
            for account in accounts
        ]
        until_s = SystemClock().now_ns() // NS_PER_S + lease_s
        order = ScreenOrder(
            EdgeId("north"), self._number, until_s, self.secret, hashlib.sha256(document).digest(), len(document),
            officers,
        )  # fmt: skip
        self.tell(TakeOrder(order, str(path) if with_faces else ""))

    def present(
        self,
        card: str,
        outcome: Outcome = Outcome.GRANTED,
        reason: DenialReason | None = None,
        objection: str = "",
        *,
        is_vehicle: bool = False,
    ) -> int:
        """Somebody presents a card; return the id of that read."""
        self.reads += 1
        now_ns = SystemClock().now_ns()
        self.tell(Read(self.reads, now_ns, AccessPointId("in"), card, outcome, reason, objection, is_vehicle))
        return self.reads

    async def sign_in(self, name: str = "mira", password: str = PASSWORD) -> httpx.Response:
        """Sign in as the form does."""
        return await self.client.post("/sign-in", data={"name": name, "password": password})

    async def _hear(self) -> None:
        incoming = from_screen()
        assert self.process.stdout is not None
        while data := await self.process.stdout.read(4096):
            for message in incoming.feed(data):
                match message:
                    case Listening(port):
                        self.port = port
                        self.is_listening.set()
                    case Counted(what):
                        self.counted[what] += 1
                    case Watched(account, active):
                        self.watched.append((account, active))
                    case Asked():
                        self.asked.append(message)
                        if self.result is not None:
                            self.tell(Done(message.act.id, self.result))

    async def _tick(self) -> None:
        with suppress(ConnectionError):
            while True:
                if self.is_ticking:
                    self.tell(Tick(SystemClock().now_ns() + self.ahead_ns))
                await asyncio.sleep(0.25)
