"""Each installed part imports with only its own extra: a gate box carries no web server and no video codec.

The closure of an extra is read from the installed metadata. A fresh interpreter in which every other
third-party distribution is hidden then imports the part's composition module.
"""

import json
import subprocess
import sys
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

DISTRIBUTION = "sacs"

IMPORT_WITH_HIDDEN = """
import importlib, json, sys

hidden = frozenset(json.loads(sys.argv[2]))

class Hide:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"{name} is not installed with this part", name=name)
        return None

sys.meta_path.insert(0, Hide())
importlib.import_module(sys.argv[1])
"""


def closure(extra: str) -> set[str]:
    """Canonical names of all distributions that `sacs[extra]` brings; without an extra the bare distribution."""
    found: set[tuple[str, str]] = set()
    todo = {(DISTRIBUTION, ""), (DISTRIBUTION, extra)}
    while todo:
        name, wanted = todo.pop()
        found.add((name, wanted))
        for line in metadata.requires(name) or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": wanted}):
                needed = canonicalize_name(requirement.name)
                todo |= {(needed, part) for part in ("", *requirement.extras)} - found
    return {name for name, _ in found}


def hidden_modules(extra: str) -> list[str]:
    """Top-level modules of distributions outside the closure."""
    inside = closure(extra)
    return [
        module
        for module, distributions in metadata.packages_distributions().items()
        if not any(canonicalize_name(name) in inside for name in distributions)
    ]


def import_part(module: str, extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", IMPORT_WITH_HIDDEN, module, json.dumps(hidden_modules(extra))],
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("extra", "module"),
    [
        ("", "edge.main"),
        ("", "sacs.main"),
        ("", "simulators.osdp.trace"),
        ("", "controller.ledger.report"),
        ("controller", "controller.main"),
        ("camera", "edge.recorder.main"),
        ("plates", "edge.plates.main"),
        ("pcsc", "drivers.pcsc.reader"),
        ("screen", "edge.screen.main"),
        ("hsm", "controller.vault.token"),
        ("sim", "simulators.main"),
    ],
)
def test_a_part_imports_with_only_its_own_extra(extra: str, module: str) -> None:
    result = import_part(module, extra)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "module", ["cv2", "fastapi", "sqlmodel", "pytest", "aio_rtsp_toolkit", "smartcard", "rapidocr"]
)
def test_what_an_extra_brings_is_hidden_from_the_bare_distribution(module: str) -> None:
    assert "is not installed with this part" in import_part(module, "").stderr


def test_the_bare_distribution_is_small() -> None:
    assert closure("") <= closure("controller")
    assert {"libosdp", "pyserial", "cryptography"} <= closure("")
    assert closure("").isdisjoint({"numpy", "av", "fastapi", "sqlalchemy", "jinja2"})
