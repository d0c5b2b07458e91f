"""What must hold for the repository itself: its files, its lock files, its README and its folders."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = {".py", ".js", ".html", ".css"}
MOST_LINES = 400
LINE_ZERO = "apt-get install --yes git make python3-venv"

# A folder of somebody's machine and the hosts that packages come from mean nothing to a reader elsewhere.
HOME_PATH = re.compile(r"(?<![\w.~$}-])/(?:home|root|Users|work)/\w")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org")


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def lines(path: Path) -> list[str]:
    """The lines of a text file; none for a file that is not text."""
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []


def matches(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked()
        for number, line in enumerate(lines(path), start=1)
        if pattern.search(line)
    ]


def pyproject() -> dict[str, dict[str, dict[str, dict[str, list[str]]]]]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    assert matches(HOME_PATH) == []


def test_no_file_names_a_package_registry() -> None:
    assert matches(REGISTRY) == []


@pytest.mark.parametrize("lock", ["requirements-demo.lock", "requirements-dev.lock"])
def test_a_lock_file_pins_hashes_and_names_no_source(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(
        r"^\s*-", re.sub(r"^\s+--hash=sha256:[0-9a-f]{64}( \\)?$", "", text, flags=re.MULTILINE), re.MULTILINE
    )
    names = re.findall(r"^([a-z0-9-]+)(\S+)", text, re.MULTILINE)
    assert names
    assert all(version.startswith("==") for _, version in names)


def test_the_dev_lock_contains_the_demo_lock() -> None:
    demo, dev = (
        set(re.findall(r"^[a-z0-9-]+==\S+", (ROOT / f"requirements-{name}.lock").read_text(), re.MULTILINE))
        for name in ("demo", "dev")
    )
    assert demo
    assert demo <= dev


def test_no_code_file_is_longer_than_one_concept() -> None:
    long = {
        str(path.relative_to(ROOT)): len(lines(path))
        for path in tracked()
        if path.suffix in CODE and len(lines(path)) > MOST_LINES
    }
    assert long == {}


def top_level_folders() -> set[str]:
    parts = (path.relative_to(ROOT).parts for path in tracked())
    return {names[0] for names in parts if len(names) > 1 and not names[0].startswith(".")}


def test_every_top_level_folder_says_what_belongs_there() -> None:
    assert {name for name in top_level_folders() if not (ROOT / name / "README.md").is_file()} == set()


def test_every_package_is_shipped_typed_and_under_the_import_rules() -> None:
    packages = {name for name in top_level_folders() if (ROOT / name / "__init__.py").is_file()}
    settings = pyproject()["tool"]
    shipped = packages - {"benchmarks"}
    assert set(settings["hatch"]["build"]["packages"]) == shipped
    assert set(settings["importlinter"]["root_packages"]) == shipped
    assert set(settings["mypy"]["packages"]) == packages | {"tests"}
    assert {name for name in shipped if not (ROOT / name / "py.typed").is_file()} == set()


def test_the_readme_begins_with_the_commands_that_a_bare_machine_needs() -> None:
    block = re.search(r"^```\w*\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert block is not None
    commands = [line.split("#")[0].strip() for line in block[1].splitlines()]
    assert commands[:3] == [LINE_ZERO, "make demo", "make test"]


def test_ci_runs_what_a_developer_runs() -> None:
    commands = [line for line in lines(ROOT / ".ci" / "run") if line and not line.startswith("#")]
    assert commands == ["exec make test"]
