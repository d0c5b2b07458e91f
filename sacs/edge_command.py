"""`sacs edge`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def edge(
    enrolment: Annotated[
        Path, typer.Option(metavar="FILE", help="The file by which the controller enrolled this gate.")
    ],
    site: Annotated[Path, typer.Option(metavar="FILE", help="The site file (TOML).")],
    devices: Annotated[
        Path, typer.Option(metavar="FILE", help="This gate's own lines, reader keys and camera addresses (JSON).")
    ],
    state: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the sealed ring, the sealed policy and public keys.")
    ],
) -> None:
    """Run one gate: readers, decision, door, sealed journal; complete with the network cable out."""
    # The gate's program replaces this one, so that a small machine does not carry the command line along.
    arguments = ("--enrolment", enrolment, "--site", site, "--devices", devices, "--state", state)
    os.execv(sys.executable, [sys.executable, "-m", "edge.main", *map(str, arguments)])  # noqa: S606
