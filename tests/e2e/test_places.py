"""The register of places against a whole run: nothing is written outside of it, and it names nothing that is not there.

And what the run leaves for an auditor: a ledger that is whole for every witness, and searches for canaries on record.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from controller.audit.places import PLACES, Where, passing_place_of, survey
from tests.e2e.observed_run import ObservedRun
from tests.e2e.verify import verify_deletion

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# Places that a run need not leave behind: what gates have taken, what lasts a moment, and devices the demo has not.
PASSING = {
    "controllers at a gate",
    "enrolments",
    "half-written files",
    "reader keys",
    "technician's socket",
    "outbox",
}


def verify_ledger(observed: ObservedRun, file: Path, *witnesses: Path) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "sacs", "verify-ledger", "--json", str(file)]
    command += ["--key", str(observed.folder / "state" / "controller" / "ledger.key")]
    command += [word for witness in witnesses for word in ("--head", str(witness))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, report


def heads(observed: ObservedRun) -> list[Path]:
    """Where the ledger ended, as the vault's folder and every gate have kept it."""
    gates = [observed.folder / "state" / "edges" / gate.id / "heads" / "main.head" for gate in observed.site.gate]
    return [observed.folder / "vault" / "ledger.head", *gates]


def test_every_file_that_was_written_is_in_the_register(observed: ObservedRun) -> None:
    folder = observed.folder
    _, unknown = survey([folder / "state", folder / "vault", folder / "before" / "state", folder / "before" / "vault"])
    assert unknown == []


def test_every_place_in_the_register_is_really_written(observed: ObservedRun) -> None:
    met, _ = survey([observed.folder / "state", observed.folder / "vault"])
    kept = {Where.CONTROLLER, Where.VAULT, Where.GATE, Where.LOGS}
    assert {place.name for place in PLACES if place.where in kept} - met - PASSING == set()


def test_programs_write_to_registered_places_alone(observed: ObservedRun) -> None:
    own = tuple(f"{observed.folder / name}/" for name in ("state", "vault", "world"))
    # The test's own redirections, and devices.
    known = {str(observed.folder / "out"), str(observed.folder / "err"), "/dev/null", "/dev/ptmx"}
    elsewhere = {
        (noted.command, path)
        for noted in observed.notes.processes.values()
        for path in noted.written - known
        if path.startswith("/") and not path.startswith((*own, "/dev/pts/"))
    }
    temporary = f"{observed.folder / 'temporary'}/"
    allowed = {each for each in elsewhere if each[1].startswith((temporary, "/memfd:"))}
    assert elsewhere - allowed == set()
    assert [path for _, path in allowed if passing_place_of(path.removesuffix(" (deleted)")) is None] == []


def test_the_ledger_is_whole_for_every_witness(observed: ObservedRun) -> None:
    code, report = verify_ledger(observed, observed.folder / "state" / "controller" / "ledger.jsonl", *heads(observed))
    assert code == 0, report
    assert len(report["seen"]) == 1 + len(observed.site.gate)
    assert report["by_class"]["receipt"] > 0
    assert {"breach", "unknown"} & report["by_class"].keys() == set()


def test_every_witness_tells_that_a_ledger_was_cut(observed: ObservedRun, tmp_path: Path) -> None:
    cut = tmp_path / "cut.jsonl"
    whole = (observed.folder / "state" / "controller" / "ledger.jsonl").read_bytes()
    cut.write_bytes(whole.splitlines(keepends=True)[0])
    assert verify_ledger(observed, cut)[0] == 0
    for witness in heads(observed):
        code, report = verify_ledger(observed, cut, witness)
        assert (code, len(report["missing"])) == (2, 1)


def test_canaries_were_planted_and_looked_for(observed: ObservedRun) -> None:
    folder = observed.folder
    ledger = [
        json.loads(json.loads(line)["entry"])
        for line in (folder / "state" / "controller" / "ledger.jsonl").read_text().splitlines()
    ]
    scans = [entry["facts"] for entry in ledger if entry["kind"] == "canary-scan"]
    assert scans
    assert {(scan["hits"], scan["unregistered"]) for scan in scans} == {(0, 0)}
    assert scans[-1]["canaries"] > 3
    verdict = verify_deletion(
        [folder / "state"], folder / "world" / "plants.txt", site=folder / "site.toml", vault=folder / "vault"
    )
    assert verdict.canaries >= scans[-1]["canaries"]
    assert verdict.scan.hits == []
    assert verdict.unregistered == []
