"""The program that runs a simulated site in real time: `run`, which `sacs sim` and `sacs demo` start.

Below its world folder it makes, each before it says `ready`:

    lines/<gate>/<device>    the serial lines that gates open (links to pseudo-terminals)
    gates/<gate>.json        contract.site.GateDevices of that gate: lines, fresh OSDP keys, camera addresses; mode 0600
    people.json              what a pass office would register (people.reference_data); mode 0600
    vehicles.json            the same of vehicles and deliveries (traffic.Traffic.reference_data); mode 0600
    vehicles.jsonl           which vehicle stands, or stood, in which lane (vehicles.VehicleRecord); mode 0600
    plants.txt               what must never lie readable in anything that the system writes, a text a line; mode 0600
    cameras/<camera>.jsonl   what each camera's pictures show first in which frame (cameras.live.Happened); mode 0600

Commands come as JSON objects, one a line, and each gets one line of JSON as its answer. Nothing else is written there.

    (start)                  {"answer": "ready", "gates": [...], "people": 60, "paused": true}
    {"command": "resume"}    {"answer": "resumed"}: people may start passages; the world begins paused unless told else
    {"command": "pause"}     {"answer": "paused"}: once all passages in progress have ended; nobody starts one
    {"command": "truth"}     {"answer": "truth", ...} with the fields of `TruthAnswer`
    {"command": "quit"}      {"answer": "bye"}, and the program ends, as it does when the commands end
    anything else            {"answer": "error", "reason": "..."}

Belongs here: composition and commands. Does not belong here: behaviour (world.py) or devices (gate.py, cameras/).
"""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import quote

import msgspec
import structlog

from contract.clock import Clock, SystemClock
from contract.ids import AreaId, CameraId, EdgeId
from contract.site import Gate, GateDevices
from simulators.cameras.in_step import is_of_lane, keep_in_step
from simulators.cameras.live_camera import LiveCamera
from simulators.cameras.live_server import LiveView
from simulators.cameras.weather import Light, Weather
from simulators.gate import SimulatedGate
from simulators.people import plants, reference_data
from simulators.scene import Scene, parse_scene
from simulators.vehicles import RECORD, VEHICLES, VehicleRecord
from simulators.world import World

_SECRET_MODE: Final = 0o600
_FRAMES_PER_S: Final = 5
_FRAMES_TO_COUNT_PER_S: Final = 10
"""From fewer nobody can tell who of those who walk is who."""
_log = structlog.get_logger()

Lines = AsyncIterator[bytes]
"""Commands, a line at a time, until they end."""
Say = Callable[[bytes], None]
"""Takes one line of JSON, without its end."""


class Ready(msgspec.Struct, frozen=True, tag_field="answer", tag="ready"):
    """Everything is on disk and on its wires."""

    gates: list[EdgeId]
    people: int
    paused: bool


class TruthAnswer(msgspec.Struct, frozen=True, tag_field="answer", tag="truth"):
    """The truth of this moment: bodies, what a perfect count of reads would say, and what happened so far, in counts.

    `expected_unread` is how many moves no reader saw, entries and exits together; `presented` and the rest count
    what people did at readers.
    """

    present: int
    by_area: dict[AreaId, int]
    read_present: int
    read_by_area: dict[AreaId, int]
    passages: int
    expected_unread: int
    unread_entries: int
    unread_exits: int
    presented: int
    refused: int
    not_taken: int
    paused: bool


class _Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    command: str


async def run(
    site_path: Path,
    world_dir: Path,
    *,
    seed: int | None = None,
    paused: bool = True,
    clock: Clock | None = None,
    commands: Lines | None = None,
    say: Say | None = None,
) -> None:
    """Run the site until told to quit, the commands end, or SIGTERM.

    `seed` stands in for the site file's own; `paused`: nobody walks before a `resume`. `commands` and `say` default to
    standard input and output. Raises contract.site.SiteFileError, simulators.scene.SceneError,
    simulators.gate.WiringError, simulators.cameras.program.CameraStartError, or OSError for files.
    """
    scene, world_dir = _load(site_path, world_dir)
    gates = {gate.id: SimulatedGate(gate, world_dir / "lines" / gate.id) for gate in scene.site.gate}
    world = World(scene, gates.values(), clock or SystemClock(), seed)
    async with AsyncExitStack() as stack:
        stop = stack.enter_context(_stop_signal())
        answer = stack.enter_context(_stdout()) if say is None else say
        for gate in gates.values():
            gate.start()
            stack.callback(gate.stop)
        cameras = await stack.enter_async_context(_cameras(scene, world_dir / "cameras"))
        _write_files(scene, world, gates, cameras, world_dir)
        record = VehicleRecord(world_dir / RECORD)
        world.traffic.record_to(record)
        for gate in gates.values():
            keep_in_step(gate, cameras, record)
        if not paused:
            world.resume()
        answer(msgspec.json.encode(Ready(list(gates), len(world.people), world.is_paused)))
        _log.info("world ready", gates=len(gates), cameras=len(cameras))
        lines = await stack.enter_async_context(_stdin_lines()) if commands is None else commands
        await _serve_until_quit(world, lines, answer, stop)
        _log.info("world ended")


def _load(site_path: Path, world_dir: Path) -> tuple[Scene, Path]:
    """Read the scene, and make the world folder's path absolute: gates may run in other folders."""
    return parse_scene(site_path.read_text(encoding="utf-8")), world_dir.resolve()


async def _serve_until_quit(world: World, lines: Lines, say: Say, stop: asyncio.Event) -> None:
    """Let people live while commands are answered."""
    tasks = [
        asyncio.create_task(world.run(), name="world"),
        asyncio.create_task(_serve(world, lines, say), name="commands"),
        asyncio.create_task(stop.wait(), name="signal"),
    ]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()  # a life that failed must not look like an orderly end


async def _serve(world: World, lines: Lines, say: Say) -> None:
    async for line in lines:
        answer, is_last = await _answer(world, line)
        say(msgspec.json.encode(answer))
        if is_last:
            return


async def _answer(world: World, line: bytes) -> tuple[object, bool]:
    """Obey one command; return the answer, and whether it was the last."""
    try:
        command = msgspec.json.decode(line, type=_Command).command
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        return {"answer": "error", "reason": str(error)}, False
    match command:
        case "truth":
            return _truth(world), False
        case "pause":
            await world.pause()
            return {"answer": "paused"}, False
        case "resume":
            world.resume()
            return {"answer": "resumed"}, False
        case "quit":
            return {"answer": "bye"}, True
    return {"answer": "error", "reason": "commands are truth, pause, resume and quit"}, False


def _truth(world: World) -> TruthAnswer:
    figures = world.truth.figures()
    return TruthAnswer(
        present=figures.present,
        by_area=figures.by_area,
        read_present=figures.read_present,
        read_by_area=figures.read_by_area,
        passages=figures.moves,
        expected_unread=figures.unread,
        unread_entries=figures.unread_entries,
        unread_exits=figures.unread_exits,
        presented=world.tries.presented,
        refused=world.tries.refused,
        not_taken=world.tries.not_taken,
        paused=world.is_paused,
    )


def _write_files(
    scene: Scene,
    world: World,
    gates: dict[EdgeId, SimulatedGate],
    cameras: dict[CameraId, LiveCamera],
    world_dir: Path,
) -> None:
    for config in scene.site.gate:
        devices = _devices(config, gates[config.id], cameras)
        _write_secret(world_dir / "gates" / f"{config.id}.json", msgspec.json.encode(devices))
    _write_secret(world_dir / "people.json", reference_data(world.people))
    _write_secret(world_dir / VEHICLES, world.traffic.reference_data())
    planted = plants(world.people) + world.traffic.plates()
    _write_secret(world_dir / "plants.txt", "".join(f"{text}\n" for text in planted).encode())


def _devices(config: Gate, gate: SimulatedGate, cameras: dict[CameraId, LiveCamera]) -> GateDevices:
    own = {camera.id: cameras[camera.id].address for camera in config.camera}
    return GateDevices(lines=gate.device_lines, scbk=gate.scbk, cameras=own)


def _write_secret(path: Path, data: bytes) -> None:
    """Write a whole file that only its owner can read, in the place of any older one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET_MODE), "wb") as file:
        file.write(data)


@asynccontextmanager
async def _cameras(scene: Scene, folder: Path) -> AsyncIterator[dict[CameraId, LiveCamera]]:
    """Run every camera of the site."""
    outdoors = scene.simulation.outdoors
    weather = Weather(Light(outdoors.light), outdoors.rain)
    async with AsyncExitStack() as stack:
        cameras: dict[CameraId, LiveCamera] = {}
        for gate in scene.site.gate:
            for config in gate.camera:
                truth = folder / f"{quote(config.id, safe='')}.jsonl"
                view = LiveView(
                    str(truth), is_lane=is_of_lane(gate, config.id), weather=weather,
                    frames_per_s=_FRAMES_PER_S if config.counts is None else _FRAMES_TO_COUNT_PER_S,
                )  # fmt: skip
                camera = LiveCamera(view, login=f"gate:{secrets.token_urlsafe(12)}")
                await camera.start()
                stack.push_async_callback(camera.stop)
                cameras[config.id] = camera
        yield cameras


@contextmanager
def _stop_signal() -> Iterator[asyncio.Event]:
    """Give what SIGTERM sets. Ctrl-C reaches the whole group and is passed over: whoever started this ends it."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    try:
        yield stop
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        loop.remove_signal_handler(signal.SIGINT)


@contextmanager
def _stdout() -> Iterator[Say]:
    """Give standard output to the answers alone; what any library prints meanwhile goes to standard error."""
    sys.stdout.flush()
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        with os.fdopen(os.dup(answers), "wb", buffering=0) as out:
            yield lambda line: _write_line(out, line)
    finally:
        sys.stdout.flush()
        os.dup2(answers, sys.stdout.fileno())
        os.close(answers)


def _write_line(out: BinaryIO, line: bytes) -> None:
    """Write a line. Whoever reads the answers may be gone: that ends the commands as well."""
    with suppress(BrokenPipeError):
        out.write(line + b"\n")


@asynccontextmanager
async def _stdin_lines() -> AsyncIterator[Lines]:
    """Give the lines of standard input."""
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    try:
        yield aiter(reader)
    finally:
        transport.close()
