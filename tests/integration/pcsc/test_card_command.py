"""`sacs card` in a process of its own, on the real service: exit codes, JSON and words."""

import asyncio
import datetime as dt
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from simulators.cards import UidCard
from simulators.cards.piv_issuer import PivIssuer
from simulators.pcsc import PrivatePcscd

DAY = dt.timedelta(days=1)


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.out.splitlines()[-1]))


@dataclass
class Desk:
    """A technician's desk: an issuer and its files."""

    folder: Path
    issuer: PivIssuer
    now: dt.datetime
    socket: Path

    async def card(self, *arguments: str, roots: str = "roots") -> Said:
        command = ["card", "--roots", str(self.folder / roots), "--intermediates", str(self.folder / "intermediates")]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sacs", *command, *arguments,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=os.environ | {"PCSCLITE_CSOCK_NAME": str(self.socket)},
        )  # fmt: skip
        out, err = await process.communicate()
        return Said(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
def desk(tmp_path: Path, pcsc_folder: Path) -> Desk:
    now = dt.datetime.now(dt.UTC)
    issuer = PivIssuer.found(now)
    issuer.write(tmp_path, now)
    return Desk(tmp_path, issuer, now, pcsc_folder / "run" / "pcscd.comm")


async def test_a_good_card_is_authenticated(pcscd: PrivatePcscd, desk: Desk) -> None:
    pcscd.reader.insert(desk.issuer.issue())
    told = await desk.card("--crl", str(desk.folder / "crls" / "site.pem"), "--json")
    assert told.code == 0, told.err
    assert told.json["authenticated"] is True
    assert told.json["reason"] is None
    assert told.json["identifier"].startswith("piv:")
    assert told.json["kind"] == "piv"
    words = await desk.card("--reader", pcscd.reader.name)
    assert words.code == 0
    assert "Authenticated:  yes" in words.out
    assert "revocation was not checked" in words.out
    assert told.json["identifier"] in words.out


async def test_the_time_of_judgement_is_the_technicians(pcscd: PrivatePcscd, desk: Desk) -> None:
    pcscd.reader.insert(desk.issuer.issue())
    later = await desk.card("--at", (desk.now + 3000 * DAY).isoformat(), "--json")
    assert (later.code, later.json["reason"]) == (1, "expired")
    before = await desk.card("--at", f"{desk.now - 30 * DAY:%Y-%m-%dT%H:%M:%SZ}", "--json")
    assert (before.code, before.json["reason"]) == (1, "not_yet_valid")
    odd = await desk.card("--at", "yesterday", "--json")
    assert (odd.code, odd.json["reason"]) == (2, "bad_option")


async def test_a_revoked_card_and_files_as_der(pcscd: PrivatePcscd, desk: Desk) -> None:
    card = desk.issuer.issue()
    desk.issuer.revoke(card)
    pcscd.reader.insert(card)
    crl = desk.folder / "issuing.crl"
    crl.write_bytes(desk.issuer.issuing.revocation_list(desk.issuer.revoked, desk.now).public_bytes(Encoding.DER))
    roots = desk.folder / "der"
    roots.mkdir()
    (roots / "root.cer").write_bytes(desk.issuer.root.certificate.public_bytes(Encoding.DER))
    told = await desk.card("--crl", str(crl), "--json", roots="der")
    assert (told.code, told.json["authenticated"], told.json["reason"]) == (1, False, "revoked")
    assert told.json["identifier"] is None
    words = await desk.card("--crl", str(crl))
    assert words.code == 1
    assert "Authenticated:  no, revoked" in words.out
    assert "is revoked by CN=Simulated issuing" in words.out


async def test_a_serial_number_is_shown_and_authenticates_nobody(pcscd: PrivatePcscd, desk: Desk) -> None:
    pcscd.reader.insert(UidCard(bytes.fromhex("04112233445566")))
    told = await desk.card("--json")
    assert (told.code, told.json["authenticated"], told.json["reason"]) == (1, False, "uid_only")
    assert told.json["identifier"] == "uid-7:04112233445566"


async def test_what_can_not_be_judged_says_why_and_ends_with_2(pcscd: PrivatePcscd, desk: Desk) -> None:
    empty = await desk.card("--wait", "0.5", "--json")
    assert (empty.code, empty.json["authenticated"], empty.json["reason"]) == (2, False, "no_card")
    assert "Waiting up to 0.5 s" in empty.err
    unknown = await desk.card("--reader", "Nobody", "--wait", "0", "--json")
    assert (unknown.code, unknown.json["reason"]) == (2, "no_reader")
    assert pcscd.reader.name in unknown.json["words"]
    bad = await desk.card("--json", roots="nowhere")
    assert (bad.code, bad.json["reason"]) == (2, "bad_option")
    for reader in pcscd.readers.values():
        reader.insert(desk.issuer.issue())
    both = await desk.card("--json", "--wait", "3")
    assert (both.code, both.json["reason"]) in {(2, "no_reader"), (0, None)}  # the second one may be seen later
    await asyncio.to_thread(pcscd.stop)
    gone = await desk.card("--json")
    assert (gone.code, gone.json["reason"]) == (2, "no_service")
    in_words = await desk.card()
    assert in_words.code == 2
    assert "is pcscd running?" in in_words.err
