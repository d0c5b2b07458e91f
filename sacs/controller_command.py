"""`sacs controller`."""

from pathlib import Path
from typing import Annotated

import typer

from process.logs import log_to_stderr
from sacs.mail_relay import MailRelayError, relay_settings
from sacs.terminal import fail, read_site
from sacs.vault_token import token_settings


def controller(  # noqa: PLR0913, PLR0917  one for each option
    site: Annotated[Path, typer.Option(metavar="FILE", help="The site file (TOML).")],
    state: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for all that the controller writes, sealed. Back it up.")
    ],
    vault: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder for the keys that die. Leave it out of every backup.")
    ],
    name: Annotated[str, typer.Option(metavar="NAME", help="This controller's name: a-z, 0-9 and hyphens.")] = "main",
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Where the page listens; loopback unless there is a reason.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="PORT", help="Port of the page, or the next free one.")] = 8080,
    gate_host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address at which gates reach this machine.")
    ] = "127.0.0.1",
    broker: Annotated[
        str | None, typer.Option(metavar="BROKER", help="nats-server, mosquitto or a path; else what is there.")
    ] = None,
    vault_token: Annotated[
        Path | None,
        typer.Option(metavar="MODULE", help="PKCS#11 library (.so) of the token that the vault shall lie under."),
    ] = None,
    vault_token_label: Annotated[str, typer.Option(metavar="LABEL", help="The token's label.")] = "sacs",  # noqa: S107
    vault_pin_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File with the token's PIN; else the systemd credential `vault-pin`."),
    ] = None,
    search: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Look for canaries there too: logs, backups. Repeat it for each."),
    ] = None,
    search_every: Annotated[
        int, typer.Option(metavar="SECONDS", min=1, help="How often canaries are looked for.")
    ] = 3600,
    origin: Annotated[
        str | None,
        typer.Option(metavar="URL", help="What browsers call the page: https://sacs.example.org; else loopback."),
    ] = None,
    shared_name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Host name below which all controllers' names are: a session holds at each."),
    ] = None,
    https_name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Serve the page under HTTPS as this host name; tablets need it."),
    ] = None,
    https_port: Annotated[int, typer.Option(metavar="PORT", help="Its port, or the next free one.")] = 8443,
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The site's own certificate for it (PEM); else one is made.")
    ] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="The key of that certificate (PEM).")] = None,
    briefing: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Text that officers acknowledge (TOML); else our own words.")
    ] = None,
    outbox: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where the standing order puts encrypted lists; else STATE/outbox."),
    ] = None,
    mail_relay: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="The site's mail relay, for the standing order.")
    ] = None,
    mail_from: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The address that its mails come from.")
    ] = None,
    mail_authority: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Who certified the relay (PEM); else whom the machine trusts.")
    ] = None,
    announce_authority: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Who certified the systems of [[announce_to]] (PEM); else whom the machine trusts.",
        ),
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Tell address and codes as one line of JSON.")] = False,
) -> None:
    """Run a controller: opens what gates sealed, counts who is inside, deletes on time, serves the live page.

    Gates of the site file that are not enrolled yet are enrolled; their files lie in VAULT/enrolments for carrying.
    """
    import asyncio

    import msgspec

    from contract.ids import BadIdError, ControllerId, machine_name
    from controller.broker.binary import BrokerNotFoundError
    from controller.broker.process import BrokerStartError
    from controller.composition.assembly import FoldersError, Settings
    from controller.composition.crisis import CrisisSettings
    from controller.composition.office import LOOPBACK, OfficeSettings, OriginError
    from controller.composition.page import PageSettings
    from controller.identity import IdentityError
    from controller.ledger import LedgerError
    from controller.main import ConsoleError, Ready, run
    from controller.pki.folder import BadCertificateFilesError
    from controller.pki.listed import ListRefusedError, NotEnrolledError
    from controller.pki.root import RootError
    from controller.service.officers.briefings import OWN, BriefingError
    from controller.service.proof.canary_scan import SearchSettings
    from controller.store.migrations import MigrationError
    from controller.vault import VaultError

    def announce(ready: Ready) -> None:
        if json:
            typer.echo(msgspec.json.encode(ready))
        else:
            typer.echo(f"Page:        {ready.address}")
            if ready.secure_address:
                typer.echo(f"Tablets:     {ready.secure_address}trust   (how they come to trust it)")
            for office, code in (
                ("administrator", ready.administrator_code),
                ("authorizing officer", ready.authorizing_officer_code),
            ):
                if code:
                    typer.echo(f"Code:        {code}   (makes the first {office}: sign in with it within a day)")
            typer.echo(f"Enrolments:  {ready.enrolments}")

    def show(rows: int) -> None:
        if rows and not json:
            typer.echo(f"\rOpening stored records: {rows:,}", err=True, nl=False)

    log_to_stderr()
    try:
        token = None if vault_token is None else token_settings(vault_token, vault_token_label, vault_pin_file)
        if https_name and origin is None and host not in LOOPBACK:
            origin = f"https://{https_name}"
        settings = Settings(
            read_site(site), ControllerId(machine_name(name)), state, vault, broker, gate_host, token=token,
            search=SearchSettings(tuple(search or ()), search_every),
            office=OfficeSettings(origin, shared_name, briefing or OWN),
            crisis=CrisisSettings(outbox, relay_settings(mail_relay, mail_from, mail_authority)),
            page=PageSettings(https_name, https_port, certificate, key), announce_authority=announce_authority,
        )  # fmt: skip
        asyncio.run(run(settings, host, port, announce, show))
    except (
        BadIdError,
        BriefingError,
        ConsoleError,
        FoldersError,
        BrokerNotFoundError,
        BrokerStartError,
        IdentityError,
        LedgerError,
        MailRelayError,
        MigrationError,
        BadCertificateFilesError,
        ListRefusedError,
        NotEnrolledError,
        OriginError,
        RootError,
        VaultError,
        OSError,
    ) as error:
        fail(error)
