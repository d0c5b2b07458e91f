"""What commands have in common at the terminal: errors in words, logs on standard error, the site file.

Belongs here: that. Does not belong here: what a command does.
"""

import logging
import sys
from pathlib import Path
from typing import NoReturn

import structlog
import typer

from contract.site import Site, SiteFileError, parse_site


def fail(message: str) -> NoReturn:
    """End the command with an error in words, on standard error, and exit code 1."""
    typer.secho(f"sacs: {message}", err=True, fg="red")
    raise typer.Exit(1)


def log_to_stderr() -> None:
    """Send this process's log to standard error, so that standard output keeps what was asked for."""
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def read_site(path: Path) -> Site:
    """Read a site file, or end the command with what is wrong with it."""
    try:
        return parse_site(path.read_text())
    except OSError as error:
        fail(f"the site file can not be read: {error}")
    except SiteFileError as error:
        fail(f"{path}: {error}")
