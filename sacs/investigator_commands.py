"""`sacs investigator-key` and `sacs open-asks`: what the two investigators do, each on a machine of his own.

No private key of theirs ever comes near a controller. Both together read whom searches asked for; the answers were
never written down.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sacs.terminal import fail

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    from controller.ledger import Entry

_KEY: Final = re.compile(r"[0-9a-f]{64}")
_SHORTEST: Final = 12


def investigator_key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where your private key shall lie; keep a copy.")],
) -> None:
    """Make an investigator's key: the private half into FILE under a passphrase, the public half on the screen.

    Give the public half to an authorizing officer, who sets it together with the other investigator's.
    """
    if file.exists():
        fail(f"{file} is there already: a key that is overwritten opens nothing any more")
    passphrase = typer.prompt(
        f"Passphrase ({_SHORTEST} characters or more)", hide_input=True, confirmation_prompt=True, err=True
    )
    if len(passphrase) < _SHORTEST:
        fail(f"the passphrase has fewer than {_SHORTEST} characters: choose a longer one")
    try:
        typer.echo(make_key(file, passphrase))
    except OSError as error:
        fail(error)


def make_key(file: Path, passphrase: str) -> str:
    """Make a pair: the private half into a new `file` under a passphrase; return the public half. Raises OSError."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    private = X25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(pem)
    return private.public_key().public_bytes_raw().hex()


def open_asks(
    ledger: Annotated[Path, typer.Argument(metavar="LEDGER", help="A copy of the ledger (STATE/ledger.jsonl).")],
    key: Annotated[str, typer.Option(metavar="KEY", help="The controller's public key: 64 hexadecimal digits.")],
    first: Annotated[Path, typer.Option(metavar="FILE", help="The first investigator's private key.")],
    second: Annotated[Path, typer.Option(metavar="FILE", help="The second investigator's private key.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="The controller's name.")] = "main",
) -> None:
    """Read whom searches asked for: time, operation, officer, and the text that was asked. Never the answer.

    Both private keys are needed. The ledger is verified first; a line that was altered proves nothing.

    Exit code 0: all asks opened. 2: some were sealed to other keys. 1: nothing could be read.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from contract.ids import BadIdError, ControllerId, machine_name
    from controller.ledger.entry import LedgerError, check_lines
    from controller.ledger.ledger import complete_lines

    if not _KEY.fullmatch(key):
        fail("the controller's public key has 64 hexadecimal digits: the law report names it")
    keys = _private(first, "first"), _private(second, "second")
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        lines = check_lines(complete_lines(ledger), ControllerId(machine_name(name)), public)
        asks = [entry for entry, _ in lines if entry.kind == "search-asked"]
    except (OSError, BadIdError, LedgerError) as error:
        fail(error)
    closed = 0
    for entry in asks:
        text = _opened(entry, *keys)
        closed += text is None
        asked = "(sealed to other keys)" if text is None else text
        typer.echo(f"{entry.number}\t{entry.at}\t{entry.facts['operation']}\t{entry.facts['by']}\t{asked}")
    typer.echo(f"{len(asks)} asks, {closed} of them sealed to other keys", err=True)
    raise typer.Exit(2 if closed else 0)


def _opened(entry: "Entry", first: "X25519PrivateKey", second: "X25519PrivateKey") -> str | None:
    import base64

    from contract.ids import AccountId, OperationId
    from contract.sealing import WrapRefusedError
    from controller.domain.sealed_ask import open_ask

    facts = entry.facts
    sealed = base64.b64decode(str(facts["sealed"]))
    try:
        return open_ask(first, second, OperationId(str(facts["operation"])), AccountId(str(facts["by"])), sealed)
    except WrapRefusedError:
        return None


def _private(path: Path, whose: str) -> "X25519PrivateKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    passphrase = typer.prompt(f"Passphrase of the {whose} investigator's key", hide_input=True, err=True)
    try:
        found = serialization.load_pem_private_key(path.read_bytes(), passphrase.encode())
    except OSError as error:
        fail(error)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        fail(f"{path} does not open with this passphrase, or is no key")
    if not isinstance(found, X25519PrivateKey):
        fail(f"{path} is no investigator's key")
    return found
