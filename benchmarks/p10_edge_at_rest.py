"""P10: an edge at rest with two readers: memory (PSS over its processes), processor, time until it is ready.

Beside the memory stands an interpreter that only imports what a gate can not do without: TLS, MQTT, sealing, the wire
format.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from benchmarks.controller_bench import bench_settings
from benchmarks.figure import Figure
from benchmarks.gate_bench import EDGE, SITE, policy_document, presenting
from contract.clock import SystemClock
from contract.enrolment import decode_enrolment
from contract.policy import seal_policy
from contract.site import parse_site
from controller.composition.assembly import Assembly, assemble
from controller.identity import load_identity
from controller.live import GateState

_MIB: Final = 1 << 20
_REST_S: Final = 20.0
_READY_LIMIT_S: Final = 60
_IMPORTS: Final = (
    "import asyncio, ssl, aiomqtt, msgspec, structlog, serial, cryptography.hazmat.primitives.hpke; input()"
)


def run(short: bool) -> list[Figure]:  # noqa: FBT001  the one choice there is
    """Measure with 10,000 credentials in the policy, then with 1,000,000."""
    return [
        *asyncio.run(_measure(10_000, 60, 2.0 if short else _REST_S)),
        *asyncio.run(_measure(20_000 if short else 1_000_000, 150, 2.0 if short else _REST_S))[:1],
    ]


async def _measure(credentials: int, limit_mib: int, rest_s: float) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="sacs-bench-") as name:
        folder = Path(name)
        settings = bench_settings(parse_site(SITE), folder)
        (folder / "site.toml").write_text(SITE)
        with presenting(folder, 0, 1.0):
            while not (folder / "devices.json").exists():
                await asyncio.sleep(0.05)
            async with assemble(settings, SystemClock(), lambda _: None) as assembly:
                _lay_policy(assembly, folder, credentials)
                link = asyncio.create_task(assembly.link.run(assembly.truth.take))
                await assembly.supply_gates()
                started = time.perf_counter()
                with _edge(assembly, folder) as edge:
                    await _until_ready(assembly)
                    ready_s = time.perf_counter() - started
                    pss_mib, share = await _at_rest(edge, rest_s)
                link.cancel()
                await asyncio.gather(link, return_exceptions=True)
    what, limit = f"edge at rest, {credentials:,} credentials", f"<= {limit_mib} MB"
    return [
        Figure("P10", f"{what}: memory", pss_mib, "MiB", limit, pss_mib <= limit_mib, _floor_mib(), "imports alone"),
        Figure("P10", f"{what}: processor", share, "% of core", "<= 1.5 %", share <= 1.5),
        Figure("P10", f"{what}: ready after start", ready_s, "s", "<= 2 s", ready_s <= 2.0),
    ]


def _lay_policy(assembly: Assembly, folder: Path, credentials: int) -> None:
    """Lay the policy where the gate keeps its last one, so that it starts with it."""
    state = folder / "edge"
    state.mkdir(mode=0o700)
    enrolment = decode_enrolment((assembly.enrolments_folder / f"{EDGE}.enrolment").read_bytes())
    signer = load_identity(folder / "state", folder / "vault").signer
    public = enrolment.policy_private().public_key().public_bytes_raw()
    sealed = seal_policy(policy_document(credentials), EDGE, public, assembly.truth.controller, signer)
    (state / "policy.sealed").write_bytes(sealed)


@contextmanager
def _edge(assembly: Assembly, folder: Path) -> Iterator[psutil.Process]:
    places = {
        "enrolment": assembly.enrolments_folder / f"{EDGE}.enrolment",
        "site": "site.toml",
        "devices": "devices.json",
        "state": "edge",
    }
    config = folder / "edge.toml"
    config.write_text("".join(f'{name} = "{place}"\n' for name, place in places.items()))
    command = (sys.executable, "-m", "sacs", "edge", "--config", str(config))
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as edge:
        try:
            yield psutil.Process(edge.pid)
        finally:
            edge.terminate()


async def _until_ready(assembly: Assembly) -> None:
    async with asyncio.timeout(_READY_LIMIT_S):
        while True:
            gate = assembly.truth.gates.lines()[0]
            if gate.state is GateState.ONLINE and gate.readers and all(reader.online for reader in gate.readers):
                return
            await asyncio.sleep(0.02)


async def _at_rest(edge: psutil.Process, rest_s: float) -> tuple[float, float]:
    await asyncio.sleep(rest_s / 4)
    processes = [edge, *edge.children(recursive=True)]
    before = sum(_busy_s(process) for process in processes)
    await asyncio.sleep(rest_s)
    busy_s = sum(_busy_s(process) for process in processes) - before
    pss = sum(process.memory_full_info().pss for process in processes)
    return pss / _MIB, 100 * busy_s / rest_s


def _busy_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _floor_mib() -> float:
    with subprocess.Popen((sys.executable, "-c", _IMPORTS), stdin=subprocess.PIPE) as process:
        time.sleep(2)
        pss = psutil.Process(process.pid).memory_full_info().pss
        process.kill()
    return float(pss / _MIB)
