"""What commands have in common at the terminal: errors in words, the site file.

Belongs here: that. Does not belong here: what a command does.
"""

from pathlib import Path
from typing import NoReturn

import typer

from contract.site import Site, SiteFileError, parse_site


def fail(cause: str | Exception, status: int = 1) -> NoReturn:
    """End the command with an error in words, on standard error, and that exit status."""
    typer.secho(f"sacs: {cause if isinstance(cause, str) else _words(cause)}", err=True, fg="red")
    raise typer.Exit(status)


def read_site(path: Path) -> Site:
    """Read a site file, or end the command with what is wrong with it."""
    try:
        # Its bytes as they are, without a change of line ends: the law report tells their hash.
        return parse_site(path.read_bytes().decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        fail(f"the site file can not be read: {_words(error)}")
    except SiteFileError as error:
        fail(f"{path}: {error}")


def _words(error: Exception) -> str:
    """Return what is wrong; of an error of the operating system the file and the reason, without its number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__
