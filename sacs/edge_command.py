"""`sacs edge`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def edge(
    config: Annotated[
        Path, typer.Option(metavar="FILE", help="The edge file (TOML): where enrolment, site, devices and state lie.")
    ],
) -> None:
    """Run one gate: readers, decision, door, sealed journal; complete with the network cable out."""
    # The gate's program replaces this one, so that a small machine does not carry the command line along.
    os.execv(sys.executable, [sys.executable, "-m", "edge.main", "--config", str(config)])  # noqa: S606
