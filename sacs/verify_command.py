"""`sacs verify-deletion`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sacs.terminal import fail, read_site

if TYPE_CHECKING:
    from contract.site import Site
    from controller.audit.carving import Opened
    from controller.audit.plants import Scan

_SHOWN: Final = 50


def verify_deletion(
    state: Annotated[
        list[Path], typer.Option(metavar="DIR", help="A folder that the system wrote, or a copy. Repeat it for each.")
    ],
    plants: Annotated[
        Path, typer.Option(metavar="FILE", help="Texts that must not be found, one a line: names, passes, cards.")
    ],
    site: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The site file: its limits count. Needed with --vault.")
    ] = None,
    vault: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Try this vault's keys on all sealed data found.")
    ] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="The controller whose vault it is.")] = "main",
    *,
    json: Annotated[bool, typer.Option("--json", help="The report as one JSON object on the last line.")] = False,
) -> None:
    """Check every byte of what the system wrote: nothing planted is readable, nothing past its limit opens.

    Reads only, knows no file format, and trusts no table of contents: whole folders are searched for the plants, plain
    and in the usual encodings, in contents and in names. With --vault every sealed key that is found anywhere is tried
    on the vault's keys.

    Exit code 0: clean. 2: a plant was found, or something past its limit opens. 1: the check could not be made.
    The plants' own texts are never printed, only their line numbers.
    """
    import msgspec
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress

    from contract.clock import SystemClock
    from contract.ids import BadIdError, ControllerId, machine_name
    from controller.audit.carving import open_what_opens
    from controller.audit.plants import PlantSearch
    from controller.vault import FileVault, VaultError

    limits = _site_for(vault, site)
    opened: Opened | None = None
    try:
        search = PlantSearch(line for line in _lines(plants) if line)
        with Progress(*Progress.get_default_columns(), DownloadColumn(), console=Console(stderr=True)) as bar:
            reading = bar.add_task("Looking for plants", total=None)
            scan = search.scan(state, lambda done: bar.update(reading, completed=done))
            bar.update(reading, total=scan.bytes_read, completed=scan.bytes_read)
            if vault is not None and limits is not None:
                carving = bar.add_task("Trying the vault's keys", total=scan.bytes_read)
                keys = FileVault(vault, ControllerId(machine_name(name)), look_only=True)
                opened = open_what_opens(
                    state, keys, limits.retention, SystemClock().now_ns(),
                    lambda done: bar.update(carving, completed=done),
                )  # fmt: skip
    except (OSError, ValueError, BadIdError, VaultError) as error:
        fail(error)
    clean = not scan.hits and (opened is None or not opened.past_limit)
    if json:
        typer.echo(msgspec.json.encode({"scan": scan, "opened": opened, "clean": clean}))
    else:
        _tell(scan, opened, clean=clean)
    raise typer.Exit(0 if clean else 2)


def _lines(plants: Path) -> list[str]:
    try:
        return plants.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        fail(f"the plants can not be read: {plants}: {error.strerror}")


def _site_for(vault: Path | None, site: Path | None) -> "Site | None":
    """Return the site whose limits count for what `vault` opens; None without a vault."""
    if vault is None:
        return None
    if site is None:
        fail("with --vault say --site as well: its limits tell what must no longer open")
    if not (vault / "keys").is_file():
        fail(f"{vault} holds no vault: nothing could be tried")
    return read_site(site)


def _tell(scan: "Scan", opened: "Opened | None", *, clean: bool) -> None:
    typer.echo(f"Read:    {scan.bytes_read:,} bytes in {scan.files:,} files, and all their names")
    if scan.vanished:
        typer.echo(f"         {scan.vanished:,} more files went away meanwhile: the system is running")
    for path in scan.not_read[:_SHOWN]:
        typer.echo(f"         not read, for it is no file: {path}")
    typer.echo(f"Plants:  {len(scan.hits):,} found")
    for hit in scan.hits[:_SHOWN]:
        typer.echo(
            f"         line {hit.plant} of the plants, as {hit.form}, in {hit.file} at byte {hit.offset_bytes:,}"
        )
    if len(scan.hits) > _SHOWN:
        typer.echo(f"         and {len(scan.hits) - _SHOWN:,} more: --json tells all")
    if opened is not None:
        typer.echo(
            f"Keys:    {opened.found:,} sealed keys found; the vault opens {opened.opened:,}, "
            f"{opened.past_limit:,} of them past the limit"
        )
        if not opened.found:
            typer.echo("         Nothing sealed was found: are these the right folders?")
    typer.echo("Clean." if clean else "NOT CLEAN.")
