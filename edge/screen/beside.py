"""The screen seen from the gate: its process, kept up, and what it is told.

The gate never waits for it: what a dead or slow page does not take is dropped. Orders are checked and kept here, in
memory alone; the faces that they open lie in the state folder and are noise without them.

Belongs here: that. Does not belong here: what is shown (showing.py).
"""

import asyncio
import hashlib
import http.client
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import structlog

from contract.enrolment import Enrolment
from contract.events import ScreenSession
from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AccountId, LaneId, PortalId, SignalId
from contract.messages import ScreenNotice
from contract.screen import FACES_AT_MOST_BYTES, FacesError, ScreenOrder, open_order
from contract.sealing import SealingError
from contract.signing import SignatureError
from contract.site import AccessPoint, Gate
from edge.controllers import Controllers
from edge.domain.acting import Act, ActResult
from edge.domain.vehicles.shown import LaneShown
from edge.fetching import FetchError, fetch
from edge.gate_time import GateTime
from edge.journal import Journal
from edge.portal_at_work import is_freed_by_order
from edge.screen.troubles import trouble_of
from edge.screen.wire import (
    Asked,
    Begin,
    Counted,
    Crossed,
    Done,
    FromScreen,
    Listening,
    Ordered,
    Read,
    Sounds,
    TakeOrder,
    Tick,
    ToScreen,
    Trouble,
    Watched,
    WayThrough,
    from_screen,
)
from edge.state_files import write_atomically
from edge.technician import CrossingLine, Line, OrderLine, SignalLine, Technicians
from edge.telling import SeenRead
from process.beside import end, kill
from process.pipe import BadPipeError, framed

FACES: Final = "faces"
TICK_S: Final = 1.0
_RETRY_S: Final = 2.0
_END_S: Final = 3.0
_MOST_WAITING_BYTES: Final = 64 * 1024
_logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ScreenSettings:
    """What a screen is begun with. `port`: on loopback, 0 for any; `points`: names of the gate's access points.

    `ways` and `not_freed`: as of wire.Begin; `signals`: names of sirens.
    """

    port: int
    gate: str
    points: dict[AccessPointId, str]
    ways: list[WayThrough]
    not_freed: list[PortalId]
    signals: dict[SignalId, str]

    @classmethod
    def of(cls, port: int, gate: Gate, points: Iterable[AccessPoint]) -> Self:
        """Return the settings for a gate of a site with these access points."""
        served = {reader.access_point for reader in gate.reader}
        own = {each.id: each for each in points if each.id in served}
        through = [point for portal in gate.portal for point in portal.access_points]
        lanes = {lane.access_point for lane in gate.lane}
        ways = {each: own[each] for each in (*through, *own) if each in own and own[each].from_area != ANYWHERE}
        stuck = [
            portal.id
            for portal in gate.portal
            if not is_freed_by_order(portal)
            and any(own[each].from_area not in {OUTSIDE, ANYWHERE} for each in portal.access_points if each in own)
        ]
        return cls(
            port,
            gate.name or gate.id,
            {each.id: each.name or each.id for each in own.values()},
            [
                WayThrough(each.id, each.name or each.id, each.to_area == OUTSIDE, each.id in lanes)
                for each in ways.values()
            ],
            stuck,
            {signal.id: signal.name or signal.id for signal in gate.signal},
        )


class Screen:
    """One gate's screen; an Onlooker of it. Belongs to the event loop.

    `counters` has `screen-failed` (orders and faces that were refused, ends of its process), `screen-missed` (messages
    that it did not take), and what happened at the page: `screen-sign-in`, `screen-sign-in-refused`.
    """

    def __init__(
        self,
        settings: ScreenSettings,
        enrolment: Enrolment,
        controllers: Controllers,
        time: GateTime,
        state: Path,
        technicians: Technicians,
        journal: Journal,
    ) -> None:
        """`technicians`: knows how things stand now, for a page that is opened anew. `journal`: for who looks when."""
        self._settings = settings
        self._enrolment = enrolment
        self._private = enrolment.policy_private()
        self._controllers = controllers
        self._time = time
        self._file = state / FACES
        self._order: tuple[ScreenOrder, ScreenNotice] | None = None
        self._faces_sha256 = b""
        self._is_ordered = asyncio.Event()
        self._process: Process | None = None
        self._technicians = technicians
        self._journal = journal
        self._watching: Counter[AccountId] = Counter()
        self.acts: Callable[[AccountId, Act], Awaitable[ActResult]] = _nobody_acts
        """Carries out what officers do (edge.gate.Gate.act)."""
        self._acting: set[asyncio.Task[None]] = set()
        self._lanes: dict[LaneId, LaneShown] = {}
        self._lanes_untold: set[LaneId] = set()
        self.port: int | None = None
        """Where the page is served now."""
        self.counters: Counter[str] = Counter()

    @property
    def pid(self) -> int | None:
        """The process that serves the page now."""
        return None if self._process is None else self._process.pid

    def notice(self, notice: ScreenNotice) -> None:
        """Take an order whose bearer was verified, unless it is older than the one in force."""
        try:
            order = open_order(notice.sealed, self._enrolment.edge, self._private, self._controllers.keys)
        except (SealingError, SignatureError, FacesError) as error:
            self._failed("order", error)
            return
        if self._order is None or order.number > self._order[0].number:
            self._order = order, notice
            self._tell_order()
            self._is_ordered.set()

    def read(self, seen: SeenRead) -> None:
        """Take what was made of a card (edge.telling.Onlooker)."""
        self._tell(
            Read(
                seen.id, seen.at_ns, seen.point, seen.credential, seen.outcome, seen.reason, seen.objection,
                seen.is_vehicle,
            )
        )  # fmt: skip

    def line(self, line: Line) -> None:
        """Take news of a portal, a device or an order (edge.telling.Onlooker)."""
        trouble = trouble_of(line)
        if trouble is not None:
            self._tell(Trouble(*trouble))
        elif isinstance(line, OrderLine):
            self._tell(Ordered(line.exits_free, line.entries_denied))
        elif isinstance(line, SignalLine):
            self._tell(Sounds(self._settings.signals.get(line.signal, line.signal), line.state))
        elif isinstance(line, CrossingLine):
            self._tell(Crossed(line.access_point, line.seen, line.taken))

    def lane(self, shown: LaneShown) -> None:
        """Take how a lane stands now (edge.telling.Onlooker); the latest is told again until it is taken."""
        self._lanes[shown.lane] = shown
        self._lanes_untold.add(shown.lane)
        self._tell_lanes()

    async def run(self) -> None:
        """Keep the page and its faces there until cancelled."""
        parts = (self._keep_process(), self._keep_faces(), self._keep_ticking())
        async with asyncio.TaskGroup() as tasks:
            for part in parts:
                tasks.create_task(part)

    async def _keep_ticking(self) -> None:
        while True:
            self._tell(Tick(self._time.now_ns()))
            self._tell_lanes()
            await asyncio.sleep(TICK_S)

    async def _keep_faces(self) -> None:
        """Fetch the faces that the order in force names."""
        while True:
            await self._is_ordered.wait()
            self._is_ordered.clear()
            if self._order is None or self._order[0].faces_sha256 == self._faces_sha256:
                continue
            order, notice = self._order
            try:
                await asyncio.to_thread(self._fetch, order, notice)
            except (FetchError, OSError, http.client.HTTPException) as error:
                self._failed("faces", error)
                await asyncio.sleep(_RETRY_S)
                self._is_ordered.set()
            else:
                self._faces_sha256 = order.faces_sha256
                self._tell_order()

    def _fetch(self, order: ScreenOrder, notice: ScreenNotice) -> None:
        card = self._controllers.listed.card_of(notice.controller)
        if card is None or not 0 < order.faces_bytes <= FACES_AT_MOST_BYTES:
            message = f"faces of {order.faces_bytes} bytes: at most {FACES_AT_MOST_BYTES}, of a controller of this site"
            raise FetchError(message)
        path = f"/gate/faces/{order.faces_sha256.hex()}"
        document = fetch(card, path, order.faces_bytes, self._controllers.tls_with(card))
        if hashlib.sha256(document).digest() != order.faces_sha256:
            message = "what was fetched are not the faces that the order names"
            raise FetchError(message)
        write_atomically(self._file, document)

    def _tell_order(self) -> None:
        if self._order is not None:
            order = self._order[0]
            is_there = order.faces_sha256 == self._faces_sha256
            self._tell(TakeOrder(order, str(self._file) if is_there else ""))

    async def _keep_process(self) -> None:
        while True:
            try:
                ended = await self._one_life()
            except OSError as error:  # no process, memory or pipe to be had: the gate itself goes on
                ended = str(error.strerror)
            self.counters["screen-failed"] += 1
            _logger.warning("screen_ended", cause=ended)
            await asyncio.sleep(_RETRY_S)

    async def _one_life(self) -> str:
        command = (sys.executable, "-m", "edge.screen.main")
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=None)
        self._process = process
        try:
            self._tell(self._begin())
            self._tell(Tick(self._time.now_ns()))
            self._tell_order()
            for line in self._technicians.standing():
                self.line(line)
            self._lanes_untold = set(self._lanes)
            self._tell_lanes()
            await self._hear(process)
            return f"status {await process.wait()}"
        finally:
            self._process = None
            for account in list(self._watching.elements()):  # whoever looked looks at nothing now
                self._note(account, active=False)
            self._watching.clear()
            await end(process, _END_S)

    def _begin(self) -> Begin:
        told = self._settings
        return Begin(self.port or told.port, told.gate, told.points, told.ways, told.not_freed)

    async def _hear(self, process: Process) -> None:
        incoming = from_screen()
        while process.stdout is not None and (data := await process.stdout.read(4096)):
            try:
                for message in incoming.feed(data):
                    self._take(message)
            except BadPipeError:
                kill(process)  # what it says now has no meaning: another one takes over
                return

    def _take(self, message: FromScreen) -> None:
        match message:
            case Counted(what):
                self.counters[what] += 1
            case Watched(account, active):
                self._watching[account] += 1 if active else -1
                self._note(account, active=active)
            case Asked(account, act):
                asked = asyncio.create_task(self._act(account, act), name="officer's act")
                self._acting.add(asked)
                asked.add_done_callback(self._acting.discard)
            case Listening(port):
                self.port = port
                _logger.info("screen_ready", address=f"http://127.0.0.1:{port}/")

    async def _act(self, account: AccountId, act: Act) -> None:
        """Have the gate carry out what an officer does, and tell what became of it."""
        self._tell(Done(act.id, await self.acts(account, act)))

    def _tell(self, message: ToScreen) -> bool:
        """Tell the screen's process, if it is there and keeps up; return whether it was told."""
        stdin = None if self._process is None else self._process.stdin
        if stdin is None or stdin.is_closing():
            return False
        if stdin.transport.get_write_buffer_size() > _MOST_WAITING_BYTES:
            self.counters["screen-missed"] += 1
            return False
        stdin.write(framed(message))
        return True

    def _tell_lanes(self) -> None:
        self._lanes_untold = {lane for lane in self._lanes_untold if not self._tell(self._lanes[lane])}

    def _note(self, account: AccountId, *, active: bool) -> None:
        """Journal that an officer signed in at the page, or looks no more."""
        self._journal.append(ScreenSession(self._time.stamp_ns(), account, active))

    def _failed(self, what: str, error: Exception) -> None:
        self.counters["screen-failed"] += 1
        _logger.warning("screen_failed", what=what, error=type(error).__name__)


async def _nobody_acts(_account: AccountId, _act: Act) -> ActResult:
    return ActResult.NOT_ANSWERED
