"""Programs of other authors read our cards through the real service: OpenSC a PIV card, python-desfire a DESFire card.

OpenSC is Debian's; python-desfire lives in `.venv-strangers` (`make strangers`). Neither shares a line with us.
"""

import datetime as dt
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from smartcard import scard  # type: ignore[import-untyped]

from simulators.cards import Algorithm, DesfireCard, PivIssuer, SmartCard
from simulators.cards.piv_issuer import certificate_of
from simulators.pcsc import PrivatePcscd
from tests.integration.pcsc.client import Client

ROOT: Final = Path(__file__).parents[3]
PYTHON: Final = ROOT / ".venv-strangers" / "bin" / "python"
LIMIT_S: Final = 40
CARD_AUTHENTICATION: Final = "04"
"""OpenSC's number of that key and certificate."""

Opensc = Callable[..., bytes]


def put(pcscd: PrivatePcscd, card: SmartCard) -> Client:
    pcscd.reader.insert(card)
    client = Client()
    client.wait(pcscd.reader.name, scard.SCARD_STATE_PRESENT)
    return client


@pytest.fixture
def opensc(pcscd: PrivatePcscd, tmp_path: Path) -> Opensc:
    """Run a program of OpenSC on the first reader."""
    settings = tmp_path / "opensc.conf"
    settings.write_text("app default { framework pkcs15 { use_file_caching = no; } }\n")
    environment = os.environ | pcscd.environment | {"OPENSC_CONF": str(settings), "HOME": str(tmp_path)}

    def run(*command: str) -> bytes:
        done = subprocess.run(
            [*command, "--reader", pcscd.reader.name],
            env=environment,
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run


@pytest.mark.parametrize(
    ("algorithm", "extended", "ballast_bytes"),
    [(Algorithm.RSA_2048, True, 0), (Algorithm.P256, True, 0), (Algorithm.P384, False, 3000)],
)
def test_opensc_reads_the_certificate_of_a_piv_card(
    pcscd: PrivatePcscd, opensc: Opensc, algorithm: Algorithm, extended: bool, ballast_bytes: int
) -> None:
    issuer = PivIssuer.found(dt.datetime.now(dt.UTC))
    card = issuer.issue(algorithm, extended=extended, ballast_bytes=ballast_bytes, compressed=ballast_bytes > 0)
    put(pcscd, card)
    pem = opensc("pkcs15-tool", "--read-certificate", CARD_AUTHENTICATION)
    assert x509.load_pem_x509_certificate(pem) == certificate_of(card)
    assert b"CARD AUTH" in opensc("pkcs15-tool", "--list-keys")


@pytest.mark.parametrize("extended", [True, False])
def test_opensc_has_a_piv_card_sign(pcscd: PrivatePcscd, opensc: Opensc, tmp_path: Path, extended: bool) -> None:
    """With RSA alone: this version of OpenSC refuses to sign with a curve on a card that it knows only as PIV."""
    card = PivIssuer.found(dt.datetime.now(dt.UTC)).issue(Algorithm.RSA_2048, extended=extended)
    put(pcscd, card)
    hashed = hashes.Hash(hashes.SHA256())
    hashed.update(b"a challenge")
    digest = hashed.finalize()
    challenge, signature = tmp_path / "challenge", tmp_path / "signature"
    challenge.write_bytes(digest)
    files = ["--input", str(challenge), "--output", str(signature)]
    opensc("pkcs15-crypt", "--sign", "--key", CARD_AUTHENTICATION, "--raw", "--sha-256", "--pkcs1", *files)
    public = certificate_of(card).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    public.verify(signature.read_bytes(), digest, padding.PKCS1v15(), Prehashed(hashes.SHA256()))


def desfire_stranger(client: Client, reader: str, application: bytes, key: bytes) -> dict[str, object] | None:
    """Let the stranger read the card on `reader`; None if it gave up."""
    assert PYTHON.exists(), "make strangers installs this program"
    with subprocess.Popen(
        [PYTHON, Path(__file__).with_name("strangers_desfire.py"), application[::-1].hex(), key.hex()],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as stranger:  # fmt: skip
        assert stranger.stdin is not None
        assert stranger.stdout is not None
        for line in stranger.stdout:
            if line.startswith("{"):
                found: dict[str, object] = json.loads(line)
                return found
            frame = bytes.fromhex(line)
            data = bytes([len(frame) - 1]) + frame[1:] if len(frame) > 1 else b""
            (answer,) = client.exchange(reader, [bytes([0x90, frame[0], 0, 0]) + data + b"\x00"])
            stranger.stdin.write((answer[-1:] + answer[:-2]).hex() + "\n")
            stranger.stdin.flush()
    return None


def test_a_stranger_s_reader_authenticates_to_a_desfire_card(pcscd: PrivatePcscd) -> None:
    application = bytes.fromhex("f51234")
    card = DesfireCard.of_site({application: bytes(range(16))})
    client = put(pcscd, card)
    own = card.keys[application]
    found = desfire_stranger(client, pcscd.reader.name, application, own)
    uid = card.uid.hex()
    assert found == {"uid": uid, "applications": [application[::-1].hex()], "proven": uid, "again": uid}
    assert desfire_stranger(client, pcscd.reader.name, application, bytes(16)) is None
