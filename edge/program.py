"""One gate put together: every part made once, by constructor, from an enrolment, a site file and a clock.

Belongs here: which parts there are and how they are joined; several gates may live in one process. Does not belong
here: reading files, signals and limits of the process (main.py).
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import structlog

from contract.clock import NS_PER_S, Clock
from contract.enrolment import Enrolment
from contract.ids import Epoch, new_epoch
from contract.site import Gate as GateConfig
from contract.site import GateDevices, Site, VideoAddress
from edge.cameras import Cameras
from edge.controllers import Controllers
from edge.domain.anti_passback import AntiPassbackMemory
from edge.gate import Devices, Gate
from edge.gate_time import GateTime
from edge.hardware import build
from edge.health import HealthReporter
from edge.journal import Journal
from edge.ledger_heads import LedgerHeads
from edge.period_keys import PeriodKeyStore
from edge.policy_store import PolicyStore
from edge.ring import Ring
from edge.ring_file import CLEAN, HIGHEST, RingFile
from edge.sealer import Sealer
from edge.technician import Technicians
from edge.uplink import Inbox, Uplink
from process.exposure import Exposure

if TYPE_CHECKING:
    from edge.plates.reader import Plates
    from edge.screen.beside import Screen
    from edge.video.beside import Video

RING: Final = "ring.sqlite"
KEYS: Final = "keys"
HEADS: Final = "heads"
VIDEO: Final = "video"

_logger = structlog.get_logger(__name__)


class GateProgram:
    """A gate with all its parts, which are public. Use as `async with`, then `run`; it stops cleanly on leaving.

    `state`: the gate's folder. `hardware`: the gate's device file; None for a gate without hardware, whose reads come
    through `gate.present`. `piv`: folder of what PIV cards are judged by (edge/hardware/pcsc.py).
    `exposed`: by which ways this process's memory could come to lie on a disk, for the gate's health.
    `screen_port`: where the gate officer's screen listens on loopback, None without one. `video`: where controllers
    fetch recordings, None where they do not.
    `follows_controllers`: whether signed time sets the gate's clock, or `clock` alone.
    Raises edge.ring_file.RingError, edge.hardware.HardwareError, contract.site.SiteFileError, ssl.SSLError, OSError.
    """

    def __init__(
        self,
        enrolment: Enrolment,
        site: Site,
        state: Path,
        clock: Clock,
        hardware: GateDevices | None = None,
        *,
        piv: Path | None = None,
        exposed: Iterable[Exposure] = (),
        screen_port: int | None = None,
        video: VideoAddress | None = None,
        follows_controllers: bool = True,
    ) -> None:
        config = site.gate_of(enrolment.edge)
        devices = build(config, hardware, clock, state, piv) if hardware else Devices()
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.epoch: Epoch = new_epoch()
        with contextlib.ExitStack() as opened:
            file = RingFile(state / RING, self.epoch)
            opened.callback(file.close)  # unless all parts can be made: the ring belongs to one process alone
            self._before_ns = file.read_state(HIGHEST)
            self._was_clean = file.read_state(CLEAN) == 1
            lead_ns = site.retention.movement_period_s * NS_PER_S if follows_controllers else None
            self.time = GateTime(clock, self._before_ns or 0, lead_ns)
            self.ring = Ring(file, self.time.now_ns)
            self.controllers = Controllers(enrolment, state)
            self.keys = PeriodKeyStore(state / KEYS, self.controllers.keys)
            sealer = Sealer(enrolment.edge, self.epoch, enrolment.signer(), site.retention, self.keys.publics)
            self.journal = Journal(self.time, sealer, self.keys, self.ring)
            self.policy = PolicyStore(enrolment, state, self.controllers)
            self.technicians = Technicians()
            counters: list[Counter[str]] = [self.technicians.counters, *devices.counters, Counter(exposed)]
            addresses = hardware.cameras if hardware else None
            self.cameras = Cameras(
                config, addresses, state / VIDEO, enrolment, self.epoch, site.retention, self.time, self.keys,
                self.journal,
            )  # fmt: skip
            counters += self.cameras.all_counters()
            self.plates = self._make_plates(config)
            counters += self.plates.all_counters() if self.plates else []
            self.video = self._make_video(video, config, enrolment, state)
            counters.append(self.video.counters if self.video else Counter())
            self.screen = self._make_screen(screen_port, enrolment, site, state)
            counters.append(self.screen.counters if self.screen else Counter())
            memory = AntiPassbackMemory(site.retention, self._before_ns)
            self.gate = Gate(
                config, site.access_point, self.time, self.journal, self.policy, memory, devices,
                self.cameras.snapshots, self.technicians, self.screen, self.plates,
            )  # fmt: skip
            self.cameras.onlooker = self.gate.crossings.take
            self._tell_controllers(is_news=False)
            self.controllers.listeners.append(partial(self._tell_controllers, is_news=True))
            self._devices = devices
            self._state = state
            self.heads = LedgerHeads(state / HEADS, self.controllers.keys)
            counters.append(self.heads.counters)
            screen = None if self.screen is None else self.screen.notice
            believe = self.journal.believe if follows_controllers else None
            inbox = Inbox(
                self.controllers.take,
                self.keys.take,
                self.policy.want,
                believe,
                self.heads.take,
                self.gate.order,
                screen,
            )
            self.uplink = Uplink(enrolment, self.ring, self.controllers, inbox)
            self.health = HealthReporter(
                enrolment, self.epoch, self.time, self.gate, self.journal, self.ring, self.policy, self.uplink,
                self.heads, counters=counters,
                cameras=self.cameras.states,
            )  # fmt: skip
            self.health.old_video = self.cameras.oldest_left_s
            if self.video is not None:
                self.health.video = self.video.address
            opened.pop_all()

    async def __aenter__(self) -> Self:
        """Delete what is dead, take up the last policy, and say so if the run before was not stopped cleanly."""
        await self.ring.__aenter__()
        if self.screen is not None:
            self.screen.acts = self.gate.act
        await asyncio.to_thread(self.policy.load)
        if self._before_ns is not None and not self._was_clean:
            self.gate.restarted(self._before_ns)
        _logger.info("gate_ready", policy=self.policy.version)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write everything that happened, and mark the stop as clean."""
        await self.ring.__aexit__()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for reader in self._devices.readers.values():
                tasks.create_task(reader.run(self.gate.take), name=f"reader {reader.id}")
            for board in self._devices.boards.values():
                tasks.create_task(board.run(self.gate.take), name=f"board {board.id}")
            tasks.create_task(self.gate.run(), name="gate")
            tasks.create_task(self.technicians.run(self._state), name="technicians")
            tasks.create_task(self.ring.run(), name="ring")
            tasks.create_task(self.policy.run(), name="policy")
            tasks.create_task(self.uplink.run(), name="uplink")
            tasks.create_task(self.health.run(), name="health")
            tasks.create_task(self.cameras.run(), name="cameras")
            if self.plates is not None:
                tasks.create_task(self.plates.run(), name="plates")
            if self.video is not None:
                tasks.create_task(self.video.run(), name="video")
            if self.screen is not None:
                tasks.create_task(self.screen.run(), name="screen")

    def _tell_controllers(self, *, is_news: bool) -> None:
        listed = self.controllers.listed
        self.gate.seals_to(listed.number, [card.controller for card in listed.controllers], is_news=is_news)

    def _make_video(
        self, address: VideoAddress | None, config: GateConfig, enrolment: Enrolment, state: Path
    ) -> "Video | None":
        cameras = [camera.id for camera in config.camera]  # one that is not served now has its past on its shelf
        if address is None or not cameras:
            return None
        from edge.video.beside import Video  # noqa: PLC0415  only gates with a camera carry it

        return Video(address, state / VIDEO, cameras, enrolment, self.controllers, self.cameras.picture)

    def _make_plates(self, config: GateConfig) -> "Plates | None":
        if not any(lane.camera for lane in config.lane):
            return None
        from edge.plates.reader import Plates  # noqa: PLC0415  only gates with lanes carry it

        return Plates(self.cameras.picture, [lane for lane in config.lane if lane.camera])

    def _make_screen(self, port: int | None, enrolment: Enrolment, site: Site, state: Path) -> "Screen | None":
        gate = site.gate_of(enrolment.edge)
        if port is None or not gate.screen:
            return None
        from edge.screen.beside import Screen, ScreenSettings  # noqa: PLC0415  only gates with a screen carry it

        settings = ScreenSettings.of(port, gate, site.access_point)
        return Screen(settings, enrolment, self.controllers, self.time, state, self.technicians, self.journal)
