"""Running `sacs replay` as a stranger would: a command, files, and the last line of its output."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any


def replay(folder: Path, *arguments: object, limit_s: float = 150) -> dict[str, Any]:
    """Run it on `log.csv` and `site.toml` in `folder`; return the JSON object, and see that it left nothing behind."""
    done = run(folder, "--json", *arguments, limit_s=limit_s)
    assert done.returncode == 0, done.stderr
    assert [*(folder / "temporary").iterdir()] == []
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def run(folder: Path, *arguments: object, limit_s: float = 150) -> "subprocess.CompletedProcess[str]":
    """Run it and return what came of it; its temporary folder is made below `folder`."""
    return subprocess.run(
        command(folder, *arguments),
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )


def command(folder: Path, *arguments: object) -> list[str]:
    """Return the command line."""
    files = (str(folder / "log.csv"), "--site", str(folder / "site.toml"))
    return [sys.executable, "-m", "sacs", "replay", *files, *map(str, arguments)]


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which temporary files lie below `folder`."""
    (folder / "temporary").mkdir(exist_ok=True)
    return os.environ | {"TMPDIR": str(folder / "temporary")}
