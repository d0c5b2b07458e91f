"""`sacs verify-deletion`."""

from pathlib import Path
from typing import Annotated

import typer

from sacs.terminal import fail, read_site


def verify_deletion(
    state: Annotated[list[Path], typer.Option(help="A folder that the system wrote; give all of them, or copies.")],
    plants: Annotated[Path, typer.Option(help="Texts that must not be found, one a line: names, passes, cards.")],
    site: Annotated[Path | None, typer.Option(help="The site file: its limits count. Needed with --vault.")] = None,
    vault: Annotated[Path | None, typer.Option(help="Try this vault's keys on all sealed data found.")] = None,
    name: Annotated[str, typer.Option(help="The controller whose vault it is.")] = "main",
    *,
    json: Annotated[bool, typer.Option("--json", help="The report as one line of JSON.")] = False,
) -> None:
    """Check every byte of what the system wrote: nothing planted is readable, nothing past its limit opens.

    Ends with code 0 if so, with 2 if something was found. The plants' own texts are never printed.
    """
    import msgspec
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress

    from contract.clock import SystemClock
    from contract.ids import ControllerId
    from controller.audit.carving import Opened, open_what_opens
    from controller.audit.plants import PlantSearch
    from controller.vault import FileVault, VaultError

    opened: Opened | None = None
    try:
        search = PlantSearch(line for line in plants.read_text().splitlines() if line)
        with Progress(*Progress.get_default_columns(), DownloadColumn(), console=Console(stderr=True)) as bar:
            reading = bar.add_task("Looking for plants", total=None)
            scan = search.scan(state, lambda done: bar.update(reading, completed=done))
            bar.update(reading, total=scan.bytes_read)
            if vault is not None:
                if site is None:
                    fail("with --vault say --site as well: its limits tell what must no longer open")
                if not (vault / "keys").exists():
                    fail(f"{vault} holds no vault: nothing could be tried")
                carving = bar.add_task("Trying the vault's keys", total=scan.bytes_read)
                keys = FileVault(vault, ControllerId(name), look_only=True)
                limits = read_site(site).retention
                now_ns = SystemClock().now_ns()
                opened = open_what_opens(state, keys, limits, now_ns, lambda done: bar.update(carving, completed=done))
    except (OSError, ValueError, VaultError) as error:
        fail(str(error))
    clean = not scan.hits and (opened is None or not opened.past_limit)
    if json:
        typer.echo(msgspec.json.encode({"scan": scan, "opened": opened, "clean": clean}))
    else:
        typer.echo(f"{scan.files:,} files, {scan.bytes_read:,} bytes read: {len(scan.hits)} plants found")
        for hit in scan.hits[:50]:
            typer.echo(f"  plant {hit.plant} as {hit.form} in {hit.file} at {hit.offset_bytes}")
        if opened is not None:
            typer.echo(f"{opened.found} sealed keys: {opened.opened} open, {opened.past_limit} of them past limit")
    raise typer.Exit(0 if clean else 2)
