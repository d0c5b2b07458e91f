"""`sacs verify-deletion`."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sacs.terminal import fail, read_site
from sacs.vault_token import token_settings

if TYPE_CHECKING:
    from contract.site import Site
    from controller.audit.carving import Opened
    from controller.audit.plants import Scan
    from controller.audit.strays import Stray
    from controller.vault.token import Token

_SHOWN: Final = 50
_NOT_CLEAN: Final = 2
_UNREGISTERED: Final = 3


def verify_deletion(
    state: Annotated[
        list[Path], typer.Option(metavar="DIR", help="A folder that the system wrote, or a copy. Repeat it for each.")
    ],
    plants: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Texts that must not be found, one a line: names, passes, cards."),
    ] = None,
    site: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The site file: its limits count. Needed with --vault.")
    ] = None,
    vault: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Try this vault's keys on all sealed data found, and look for its canaries."),
    ] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="The controller whose vault it is.")] = "main",
    vault_token: Annotated[
        Path | None, typer.Option(metavar="MODULE", help="PKCS#11 library of the token that the vault lies under.")
    ] = None,
    vault_token_label: Annotated[str, typer.Option(metavar="LABEL", help="The token's label.")] = "sacs",  # noqa: S107
    vault_pin_file: Annotated[Path | None, typer.Option(metavar="FILE", help="File with the token's PIN.")] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="The report as one JSON object on the last line.")] = False,
) -> None:
    """Check every byte of what the system wrote: nothing planted is readable, nothing past its limit opens.

    Reads only, knows no file format, and trusts no table of contents: whole folders are searched for the plants, plain
    and in the usual encodings, in contents and in names. With --vault every sealed key that is found anywhere is tried
    on the vault's keys, and the canaries that the controller planted are looked for as well. Files that the register
    of places does not know are named, and a vault's keys that lie anywhere else than in --vault are a finding.

    Exit code 0: clean. 2: a plant was found, something past its limit opens, or keys lie outside of the vault. 3: none
    of this, but files lie in no place that is registered: a stranger's, or wrong folders. 1: the check could not be
    made.
    The plants' own texts are never printed, only their line numbers; canaries are numbered after them.
    """
    import msgspec
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress

    from contract.clock import SystemClock
    from contract.ids import BadIdError, ControllerId, machine_name
    from controller.audit.carving import open_what_opens
    from controller.audit.places import survey
    from controller.audit.plants import PlantSearch
    from controller.audit.strays import strays_below
    from controller.identity import IdentityError
    from controller.service.site.reference import RefusedError
    from controller.vault import VaultError, open_token, open_vault

    limits = _site_for(vault, site)
    opened: Opened | None = None
    try:
        controller = ControllerId(machine_name(name))
        planted = [line for line in _lines(plants) if line]
        settings = None if vault_token is None else token_settings(vault_token, vault_token_label, vault_pin_file)
        token = None if settings is None else open_token(settings)
        canaries = _canaries(vault, token)
        search = PlantSearch([*planted, *canaries])
        with Progress(*Progress.get_default_columns(), DownloadColumn(), console=Console(stderr=True)) as bar:
            reading = bar.add_task("Looking for plants", total=None)
            scan = search.scan(state, lambda done: bar.update(reading, completed=done))
            bar.update(reading, total=scan.bytes_read, completed=scan.bytes_read)
            if vault is not None and limits is not None:
                carving = bar.add_task("Trying the vault's keys", total=scan.bytes_read)
                keys = open_vault(vault, controller, token, look_only=True)
                opened = open_what_opens(
                    state, keys, limits.retention, SystemClock().now_ns(),
                    lambda done: bar.update(carving, completed=done),
                )  # fmt: skip
        places, unknown = survey(state)
        strays = strays_below(state, controller, vault)
    except (OSError, ValueError, BadIdError, IdentityError, VaultError, RefusedError) as error:
        fail(error)
    clean = not scan.hits and not strays and (opened is None or not opened.past_limit)
    if json:
        unregistered = [str(path) for path in unknown]
        told = {"scan": scan, "opened": opened, "clean": clean, "places": sorted(places), "unregistered": unregistered}
        typer.echo(msgspec.json.encode({**told, "strays": strays, "plants": len(planted), "canaries": len(canaries)}))
    else:
        typer.echo(f"Sought:  {len(planted):,} plants and {len(canaries):,} canaries, in every usual form")
        _tell_places(places, unknown)
        _tell(scan, opened)
        _tell_strays(strays)
        typer.echo(_verdict(len(unknown), clean=clean))
    raise typer.Exit(_NOT_CLEAN if not clean else _UNREGISTERED if unknown else 0)


def _canaries(vault: Path | None, token: "Token | None") -> list[str]:
    """Return the canaries that are kept in a vault's folder. Raises IdentityError, VaultError."""
    from controller.identity import see_reference_key
    from controller.service.proof.canaries import Canaries
    from controller.service.site.reference import ReferenceKey

    key = None if vault is None else see_reference_key(vault, token)
    return [] if vault is None or key is None else Canaries(vault / "canaries.sealed", ReferenceKey(key)).texts


def _tell_places(places: Collection[str], unknown: Sequence[Path]) -> None:
    typer.echo(f"Places:  {', '.join(sorted(places)) or 'none that is registered'}")
    for path in unknown[:_SHOWN]:
        typer.echo(f"         not in the register of places: {path}")
    if len(unknown) > _SHOWN:
        typer.echo(f"         and {len(unknown) - _SHOWN:,} more: --json tells all")


def _lines(plants: Path | None) -> list[str]:
    if plants is None:
        return []
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
    if not any((vault / kept).is_file() for kept in ("keys", "keys.a", "keys.b")):
        fail(f"{vault} holds no vault: nothing could be tried")
    return read_site(site)


def _tell_strays(strays: "Sequence[Stray]") -> None:
    for stray in strays[:_SHOWN]:
        typer.echo(f"Vault:   keys outside of it: {stray.file}: opens {stray.opened:,} of the sealed keys found")
    if len(strays) > _SHOWN:
        typer.echo(f"         and {len(strays) - _SHOWN:,} more: --json tells all")


def _verdict(unregistered: int, *, clean: bool) -> str:
    if not clean:
        return "NOT CLEAN."
    if unregistered:
        return f"Clean, but {unregistered:,} of the files lie in no registered place: whose are they?"
    return "Clean."


def _tell(scan: "Scan", opened: "Opened | None") -> None:
    typer.echo(f"Read:    {scan.bytes_read:,} bytes in {scan.files:,} files, and all their names")
    if scan.vanished:
        typer.echo(f"         {scan.vanished:,} more files went away meanwhile: the system is running")
    for path in scan.not_read[:_SHOWN]:
        typer.echo(f"         not read, for it is no file: {path}")
    typer.echo(f"Plants:  {len(scan.hits):,} found")
    for hit in scan.hits[:_SHOWN]:
        typer.echo(f"         number {hit.plant}, as {hit.form}, in {hit.file} at byte {hit.offset_bytes:,}")
    if len(scan.hits) > _SHOWN:
        typer.echo(f"         and {len(scan.hits) - _SHOWN:,} more: --json tells all")
    if opened is not None:
        typer.echo(
            f"Keys:    {opened.found:,} sealed keys found; the vault opens {opened.opened:,}, "
            f"{opened.past_limit:,} of them past the limit"
        )
        if not opened.found:
            typer.echo("         Nothing sealed was found: are these the right folders?")
