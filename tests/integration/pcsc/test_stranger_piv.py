"""A PIV card of another author in a virtual reader, judged by our driver: let in when right, refused when not.

The card is PyPI's jcecard 0.1.0 in `.venv-strangers` (`make strangers`); it draws its own P-256 key and keeps what our
issuer writes on it. It knows the application by its registered part alone (A0 00 00 03 08), answers long objects in one
piece, and claims extended length. Its RSA and P-384 keys can not be used: it pads what it should sign as it is, and
takes no digest but SHA-256.
"""

import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self, cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from drivers.ports import ReadRefusal
from simulators.pcsc import PrivatePcscd
from tests.integration.pcsc.cards import judge_of, pull, reading
from tests.unit.drivers.pcsc.issuer import Key, Site, certificate_object, chuid, ec_key, tlv

PYTHON: Final = Path(__file__).parents[3] / ".venv-strangers" / "bin" / "python"
CERTIFICATE, CHUID = 0x5FC101, 0x5FC102


class PublicHalf:
    """A key of which the issuer knows the public half alone."""

    def __init__(self, point: bytes) -> None:
        self.point = point

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.point)


class Stranger:
    """The stranger's card, as a virtual reader wants it, with an issuer's desk beside it."""

    uid = b""

    def __enter__(self) -> Self:
        assert PYTHON.exists(), "make strangers installs this program"
        self._process = subprocess.Popen(
            [PYTHON, Path(__file__).with_name("strangers_piv.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process as process:
            process.kill()

    def power_on(self) -> bytes:
        return self._ask("power")

    def transmit(self, command: bytes) -> bytes:
        return self._ask(command.hex())

    def new_key(self) -> Key:
        """Have the card draw a key for card authentication."""
        self.power_on()
        self._done(bytes.fromhex("00a4040005a000000308"))
        self._ask("manage")
        made = self._done(bytes.fromhex("0047009e05ac03800111"))
        return cast("Key", PublicHalf(made[made.index(b"\x86\x41") + 2 :]))

    def write(self, number: int, content: bytes) -> None:
        """Write a data object."""
        data = tlv(0x5C, number.to_bytes(3, "big")) + tlv(0x53, content)
        self._done(bytes.fromhex("00db3fff00") + len(data).to_bytes(2, "big") + data)

    def _done(self, command: bytes) -> bytes:
        answer = self.transmit(command)
        assert answer.endswith(b"\x90\x00"), answer.hex()
        return answer[:-2]

    def _ask(self, line: str) -> bytes:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line + "\n")
        process.stdin.flush()
        answer = process.stdout.readline()
        assert answer, "the stranger has gone"
        return bytes.fromhex(answer)


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    with Stranger() as card:
        yield card


async def test_a_stranger_s_card_is_judged_rightly(pcscd: PrivatePcscd, stranger: Stranger) -> None:
    site, fasc_n, guid = Site(), secrets.token_bytes(25), secrets.token_bytes(16)
    key = stranger.new_key()
    good = certificate_object(site.certificate(key, fasc_n, guid))
    signed = chuid(fasc_n, guid, site.signer, site.signer_key)
    elsewhere = certificate_object(Site().certificate(key, fasc_n, guid))
    another_key = certificate_object(site.certificate(ec_key(), fasc_n, guid))
    another_card = chuid(secrets.token_bytes(25), secrets.token_bytes(16), site.signer, site.signer_key)
    changed = signed.replace(b"20301231", b"20991231")
    written: list[tuple[bytes, bytes, ReadRefusal | None]] = [
        (b"", signed, ReadRefusal.MISSING_OBJECT),
        (good, signed, None),
        (elsewhere, signed, ReadRefusal.UNTRUSTED),
        (another_key, signed, ReadRefusal.KEY_MISMATCH),
        (good, another_card, ReadRefusal.COPIED),
        (good, changed, ReadRefusal.TAMPERED),
        (good, signed, None),
    ]
    async with reading(pcscd.reader.name, judge_of(site)) as heard:
        await heard.online()
        for number, (certificate, holder, _refusal) in enumerate(written, start=1):
            stranger.write(CERTIFICATE, certificate)
            stranger.write(CHUID, holder)
            pcscd.reader.insert(stranger)
            await heard.until(lambda heard, number=number: heard.cards == number)  # type: ignore[misc]
            await pull(pcscd.reader)
            stranger.transmit(bytes.fromhex("00a4040005a000000308"))
            stranger._ask("manage")
    assert heard.refused == [refusal for _, _, refusal in written if refusal is not None]
    assert heard.read == [f"piv:{guid.hex()}"] * 2
