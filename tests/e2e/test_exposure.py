"""What an auditor with the same account, or a copy of a disk, would look at beside the data: it shows nobody."""

import stat
from pathlib import Path

import pytest

from tests.e2e.observed_run import ObservedRun

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_every_program_was_seen(observed: ObservedRun) -> None:
    commands = [noted.command for noted in observed.notes.processes.values()]
    gate = ("edge.main", "drivers.osdp.bus_process", "edge.recorder.main")
    broker = f"{observed.folder}/state/controller/broker/"
    for program in ("sacs demo", "sacs controller", "controller.console.main", broker, *gate, "sacs sim"):
        assert [command for command in commands if program in command], program


def test_command_lines_and_environments_carry_no_secret(observed: ObservedRun) -> None:
    for noted in observed.notes.processes.values():
        told = f"{noted.command} {noted.environment}"
        assert not [secret for secret in (*observed.secrets, *observed.plants) if secret in told], noted.command


def test_no_program_dumps_core(observed: ObservedRun) -> None:
    assert {noted.core_limit_bytes for noted in observed.notes.processes.values()} == {0}


def test_what_is_written_is_its_owners_alone(observed: ObservedRun) -> None:
    for place in (observed.folder / "state", observed.folder / "vault"):
        paths = [place, *place.rglob("*")]
        for path in paths:
            mode = stat.S_IMODE(path.lstat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600) or _is_public(path), f"{path}: {mode:o}"


def test_logs_are_where_the_scan_looks(observed: ObservedRun) -> None:
    logs = {path.name for path in (observed.folder / "state" / "logs").iterdir()}
    assert logs == {"controller.log", *(f"edge-{gate.id}.log" for gate in observed.site.gate)}


def _is_public(path: Path) -> bool:
    """Whether it is a certificate, a public key, or the signed list of them."""
    return path.suffix in {".pem", ".public", ".list"} and b"PRIVATE" not in path.read_bytes()
