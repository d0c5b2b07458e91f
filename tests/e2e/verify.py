"""`sacs verify-deletion` as an auditor calls it."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from controller.audit.carving import Opened
from controller.audit.plants import Scan


class Verdict(msgspec.Struct):
    """Its JSON report, its exit code, and all that it printed."""

    scan: Scan
    opened: Opened | None
    clean: bool
    places: list[str]
    unregistered: list[str]
    plants: int
    canaries: int
    exit_code: int = 0
    printed: str = ""


def verify_deletion(
    states: Sequence[Path], plants: Path, *, site: Path | None = None, vault: Path | None = None, name: str = "main"
) -> Verdict:
    """Run it and return what it reports."""
    command = [sys.executable, "-m", "sacs", "verify-deletion", "--json", "--plants", str(plants)]
    for state in states:
        command += ["--state", str(state)]
    if vault is not None:
        command += ["--vault", str(vault), "--site", str(site), "--name", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.count("\n") == 1, done.stderr
    verdict = msgspec.json.decode(done.stdout, type=Verdict)
    verdict.exit_code, verdict.printed = done.returncode, done.stdout + done.stderr
    return verdict
