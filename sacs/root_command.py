"""`sacs root`: the ceremony by which controllers come to belong to a site, and leave it.

Belongs here: the commands. Does not belong here: what they do (controller/composition/ceremony.py, controller/pki).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sacs.terminal import fail, read_site
from sacs.vault_token import token_settings

if TYPE_CHECKING:
    from contract.controllers import ControllerCard, ControllerList

root = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help=(
        "The site's offline root: a key on a medium of its own, which says who the controllers are. "
        "1. 'make' once, on a machine without network. 2. 'request' at the new controller. 3. 'sign' beside the root. "
        "4. 'install' at every controller, the new one included; running ones take it up at once, gates follow."
    ),
)
_Medium = Annotated[Path, typer.Option("--root", metavar="DIR", help="The root's medium, mounted for this command.")]
_State = Annotated[Path, typer.Option(metavar="DIR", help="The controller's state folder.")]


@root.command(short_help="Make the root of a site, once.")
def make(
    site: Annotated[Path, typer.Option(metavar="FILE", help="The site file (TOML).")],
    medium: _Medium,
) -> None:
    """Make the root of a site on a medium of its own. Keep that in a safe, and a copy of it in another one."""
    from contract.controllers import fingerprint
    from controller.pki.root import PUBLIC_FILE, Root

    with _in_words():
        made = Root.make(medium, read_site(site).site.id)
        typer.echo(f"Root of {made.site}: {fingerprint(made.public.verify_key)}")
        typer.echo(f"Write these digits down. Controllers are given {medium / PUBLIC_FILE}, and nothing else of it.")


@root.command(short_help="At a controller: what the root shall sign.")
def request(
    site: Annotated[Path, typer.Option(metavar="FILE", help="The site file (TOML).")],
    state: _State,
    vault: Annotated[Path, typer.Option(metavar="DIR", help="The controller's vault folder.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the request is written, to be carried to the root.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="This controller's name.")] = "main",
    gate_host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address at which gates and other controllers reach it.")
    ] = "127.0.0.1",
    vault_token: Annotated[Path | None, typer.Option(metavar="MODULE", help="As for 'sacs controller'.")] = None,
    vault_token_label: Annotated[str, typer.Option(metavar="LABEL", help="The token's label.")] = "sacs",  # noqa: S107
    vault_pin_file: Annotated[Path | None, typer.Option(metavar="FILE", help="File with the token's PIN.")] = None,
) -> None:
    """Make a controller's keys, if it has none yet, and write what the root shall sign. Secret keys stay here."""
    from contract.ids import ControllerId, machine_name
    from controller.composition.assembly import Settings
    from controller.composition.ceremony import request_of
    from controller.pki.request import read_request

    with _in_words():
        token = None if vault_token is None else token_settings(vault_token, vault_token_label, vault_pin_file)
        settings = Settings(
            read_site(site), ControllerId(machine_name(name)), state, vault, gate_host=gate_host, token=token
        )
        asked = request_of(settings)
        out.write_bytes(asked)
        typer.echo(_of_card(read_request(asked)))
        typer.echo(f"Carry {out} to the root, and compare the digits there.")


@root.command(short_help="Beside the root: sign controllers' requests.")
def sign(
    requests: Annotated[list[Path], typer.Argument(metavar="REQUEST...", help="What controllers ask for.")],
    medium: _Medium,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the new list is written.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether the digits were compared.")] = False,
) -> None:
    """Sign a new list of controllers, with these added. Compare the digits with what each controller showed."""
    from controller.pki.request import read_request
    from controller.pki.root import Root

    with _in_words():
        holder = Root.load(medium)
        cards = [read_request(path.read_bytes()) for path in requests]
        for card in cards:
            typer.echo(_of_card(card))
        if not yes:
            typer.confirm("Did each controller show exactly these digits?", abort=True)
        _write(medium, out, holder.enrol(cards))


@root.command(short_help="Beside the root: take a controller off the list.")
def remove(
    controller: Annotated[str, typer.Argument(metavar="NAME", help="Which controller.")],
    medium: _Medium,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the new list is written.")],
) -> None:
    """Sign a list without a controller: gates seal nothing to it any more, and nobody believes what it signs."""
    from contract.ids import ControllerId
    from controller.pki.root import Root

    with _in_words():
        _write(medium, out, Root.load(medium).remove(ControllerId(controller)))


@root.command(short_help="Beside the root: let another controller keep the reference data.")
def first(
    controller: Annotated[str, typer.Argument(metavar="NAME", help="Which controller.")],
    medium: _Medium,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the new list is written.")],
) -> None:
    """Sign a list on which that controller comes first: passes are issued and gates enrolled there from then on."""
    from contract.ids import ControllerId
    from controller.pki.root import Root

    with _in_words():
        _write(medium, out, Root.load(medium).put_first(ControllerId(controller)))


@root.command("revoke-gate", short_help="Beside the root: shut a stolen gate box out for good.")
def revoke_gate(
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="The box's public key: 64 hex digits, from 'sacs root gates'.")
    ],
    medium: _Medium,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the new list is written.")],
) -> None:
    """Sign a list by which the gate with that key is believed nowhere. Its successor is enrolled anew."""
    from controller.pki.root import Root

    with _in_words():
        _write(medium, out, Root.load(medium).revoke_gate(bytes.fromhex(key)))


@root.command(short_help="At a controller: the public keys of its gates.")
def gates(state: _State) -> None:
    """Show the gates that are enrolled, each with its public key."""
    from sqlmodel import Session, select

    from controller.store.reference import GateRow, open_reference

    with _in_words():
        if not (state / "reference.db").exists():
            fail(f"{state} is no controller's state folder")
        engine = open_reference(state / "reference.db")
        with Session(engine) as session:
            for row in session.exec(select(GateRow).order_by(GateRow.id)):
                typer.echo(f"{row.verify_key.hex()}  {row.id}, enrolled {row.enrolled_at}")
        engine.dispose()


@root.command(short_help="At a controller: bring it the root's list.")
def install(
    listed: Annotated[Path, typer.Argument(metavar="LIST", help="The list that the root signed.")],
    site: Annotated[Path, typer.Option(metavar="FILE", help="The site file (TOML).")],
    state: _State,
    root_public: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The root's public file; needed the first time.")
    ] = None,
) -> None:
    """Bring a list to a controller. A running one takes it up within a second and passes it on to gates."""
    from controller.pki.listed import install as put

    with _in_words():
        public = None if root_public is None else root_public.read_bytes()
        _show(put(state, listed.read_bytes(), public, read_site(site).site.id))


@root.command(short_help="Beside the root: the reference key for a controller, when all others are lost.")
def rescue(
    copy: Annotated[Path, typer.Argument(metavar="COPY", help="STATE/reference-key.for-root.*, from any backup.")],
    controller: Annotated[str, typer.Argument(metavar="NAME", help="For which controller of the list.")],
    medium: _Medium,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the key is written, sealed to that controller.")],
) -> None:
    """Seal the reference key to a listed controller, out of the copy that every controller keeps for the root."""
    from controller.pki.root import Root

    with _in_words():
        out.write_bytes(Root.load(medium).rescue_reference_key(copy.read_bytes(), controller))
        typer.echo(f"Carry {out} to {controller}: 'sacs root bring-key' there, before its first start.")


@root.command("bring-key", short_help="At a controller: bring it the rescued reference key.")
def bring_key(
    sealed: Annotated[Path, typer.Argument(metavar="FILE", help="What 'sacs root rescue' wrote.")],
    state: _State,
    vault: Annotated[Path, typer.Option(metavar="DIR", help="The controller's vault folder.")],
    vault_token: Annotated[Path | None, typer.Option(metavar="MODULE", help="As for 'sacs controller'.")] = None,
    vault_token_label: Annotated[str, typer.Option(metavar="LABEL", help="The token's label.")] = "sacs",  # noqa: S107
    vault_pin_file: Annotated[Path | None, typer.Option(metavar="FILE", help="File with the token's PIN.")] = None,
) -> None:
    """Give a controller that does not run the reference key of a restored database. Put reference.db back as well."""
    from controller.composition.ceremony import bring_reference_key
    from controller.peer.joining import JoinError

    with _in_words():
        token = None if vault_token is None else token_settings(vault_token, vault_token_label, vault_pin_file)
        try:
            bring_reference_key(sealed.read_bytes(), state, vault, token)
        except JoinError as error:
            fail(error)
        typer.echo("The reference key is in its place.")


@root.command(short_help="Show what a root signed.")
def show(
    listed: Annotated[Path, typer.Argument(metavar="LIST", help="A signed list.")],
    root_public: Annotated[Path, typer.Option(metavar="FILE", help="The root's public file.")],
) -> None:
    """Check a list against the root's public file, and show what stands on it. Needs no secret."""
    from contract.controllers import open_list
    from controller.pki.root import read_public

    with _in_words():
        public = read_public(root_public.read_bytes())
        _show(open_list(listed.read_bytes(), public.verify_key, public.site))


def _write(medium: Path, out: Path, listed: "ControllerList") -> None:
    from controller.pki.root import LIST

    out.write_bytes((medium / LIST).read_bytes())
    _show(listed)
    typer.echo(f"Install {out} at every controller of this list.")


def _show(listed: "ControllerList") -> None:
    typer.echo(f"List {listed.number} of {listed.site}, signed {listed.signed_at}:")
    for card in listed.controllers:
        typer.echo(_of_card(card))
    for key in listed.revoked_gates:
        typer.echo(f"  revoked gate {key.hex()}")


def _of_card(card: "ControllerCard") -> str:
    from contract.controllers import fingerprint

    digits = fingerprint(card.verify_key + card.exchange_key + card.authority_pem.encode())
    return f"  {card.controller}  {digits}  {card.broker_host}, ports {card.broker_port} and {card.policy_port}"


@contextmanager
def _in_words() -> Iterator[None]:
    """End the command with what is wrong, in words."""
    from contract.ids import BadIdError
    from contract.signing import SignatureError
    from controller.identity import IdentityError
    from controller.pki.folder import BadCertificateFilesError
    from controller.pki.listed import ListRefusedError
    from controller.pki.root import RootError
    from controller.vault import VaultError

    try:
        yield
    except (
        BadIdError,
        BadCertificateFilesError,
        IdentityError,
        ListRefusedError,
        RootError,
        SignatureError,
        VaultError,
        ValueError,
        OSError,
    ) as error:
        fail(error)
