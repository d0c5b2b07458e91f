"""Numbered copies: in an open operation alone, entered before they leave, never naming anybody in the ledger (L3)."""

import asyncio
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from contract.ids import AreaId, OperationId
from controller.domain.disclosure import (
    TABLETS_REPORT_WITHIN_S,
    Copy,
    DisclosureError,
    DisclosureReason,
    Ending,
    Form,
    Recipient,
)
from controller.domain.need import Need
from controller.service.disclosing import document
from controller.service.disclosing.copies import Asked, Copies, Document
from controller.service.disclosing.envelope import CertificateError
from controller.service.operating.operations import Figures, Operations, at_ns_of
from tests.unit.controller.disclosing.night import CHIEF, KIM, PEOPLE, SECOND, Night, certificate, rsa_key
from tests.unit.controller.written import Written

PRINT = Asked(Form.PRINT, Recipient.FIRE_SERVICE, DisclosureReason.RESCUE)
LEDGER = "state/ledger.jsonl"


def text_of(data: bytes, folder: Path) -> str:
    """What a PDF says."""
    path = folder / "copy.pdf"
    path.write_bytes(data)
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True).stdout.decode()


async def test_a_copy_names_the_missing_and_on_every_page_what_it_is(night: Night, tmp_path: Path) -> None:
    people = await night.people()
    operation = night.emergency()
    await night.leaves(people[1], 30)
    made = await night.copies.give(KIM, operation, PRINT)
    text = text_of(made.data, tmp_path)
    assert PEOPLE[0] in text
    assert PEOPLE[1] not in text
    assert "Great Hall" in text
    mark = f"Operation {operation[:6].upper()} · Copy 1 · Officer {KIM.upper()}"
    assert text.count(mark) == 2  # above and below the names of its one page
    assert "Return or destroy" in text
    assert made.name == f"print-{operation[:6]}-copy-1.pdf"
    assert PEOPLE[0] not in repr(made)
    entry = night.ledger.last["disclosure-made"]
    assert entry.facts == {
        "operation": operation, "copy": 1, "form": "print", "recipient": "fire-service", "reason": "rescue",
        "areas": "", "persons": 2, "by": KIM,
    }  # fmt: skip


async def test_a_wardens_list_has_everybody_who_is_called_with_what_became_of_him(night: Night, tmp_path: Path) -> None:
    people = await night.people()
    night.reference.list_need(people[2], Need.EVACUATION_CHAIR)
    operation = night.emergency()
    await night.leaves(people[1], 30)
    asked = Asked(Form.WARDENS_LIST, Recipient.WARDEN, DisclosureReason.ACCOUNT_FOR)
    made = await night.copies.give(KIM, operation, asked)
    text = text_of(made.data, tmp_path)
    assert made.copy.persons == 3
    assert all(name in text for name in PEOPLE)
    assert (text.count("Missing"), text.count("Left")) == (2, 1)
    assert "Needs an evacuation chair" in text
    assert text.index(PEOPLE[2]) < text.index(PEOPLE[0]), "who needs help comes first in his area"


async def test_no_name_and_no_holder_stands_in_any_file(night: Night, tmp_path: Path) -> None:
    people = await night.people()
    operation = night.emergency()
    await night.copies.give(KIM, operation, Asked(*PRINT.__dict__.values()))
    for path in (tmp_path / "state").rglob("*"):
        if path.is_file() and path.name != "reference.db":
            data = path.read_bytes()
            assert not any(name.encode() in data for name in PEOPLE)
    assert not any(who in (tmp_path / LEDGER).read_text() for who in people)


async def test_nothing_leaves_outside_an_operation_and_nothing_is_entered(night: Night) -> None:
    await night.people()
    with pytest.raises(DisclosureError, match="outside an open operation"):
        await night.copies.give(KIM, OperationId("none"), PRINT)
    operation = night.emergency()
    night.operations.close(operation, CHIEF)
    with pytest.raises(DisclosureError, match="outside an open operation"):
        await night.copies.give(KIM, operation, PRINT)
    assert night.kinds("disclosure") == []


async def test_an_operation_that_ends_while_the_copy_is_made_stops_it(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    await night.people()
    operation = night.emergency()

    async def slow(copy: Copy, *_: object) -> Document:
        night.operations.close(operation, CHIEF)
        return Document(copy, "", "", b"")

    monkeypatch.setattr(night.copies, "document", slow)
    with pytest.raises(DisclosureError, match="outside an open operation"):
        await night.copies.give(KIM, operation, PRINT)
    assert night.kinds("disclosure") == []


async def test_a_full_disk_lets_nothing_leave(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    await night.people()
    operation = night.emergency()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(night.ledger, "append", refuse)
    with pytest.raises(OSError, match="full"):
        await night.copies.give(KIM, operation, PRINT)


async def test_what_is_asked_for_must_make_sense(night: Night) -> None:
    operation = night.emergency()
    odd = [
        (PRINT, "nobody is placed there"),
        (Asked(Form.HAND_OVER, Recipient.CRISIS_TEAM, DisclosureReason.BEFORE_LIMIT), "on its own page"),
        (Asked(Form.FILE, Recipient.POLICE, DisclosureReason.RESCUE), "needs the recipient's certificate"),
        (Asked(Form.PRINT, Recipient.POLICE, DisclosureReason.RESCUE, (), "", "x"), "needs the recipient's"),
        (Asked(Form.PRINT, Recipient.POLICE, DisclosureReason.SEARCH), "no reason"),
        (Asked(Form.PRINT, Recipient.POLICE, DisclosureReason.RESCUE, (AreaId("moon"),)), "no such area"),
        (Asked(Form.PRINT, Recipient.POLICE, DisclosureReason.RESCUE, (), "x" * 501), "write less"),
    ]
    for asked, why in odd:
        with pytest.raises(DisclosureError, match=why):
            await night.copies.give(KIM, operation, asked)
    with pytest.raises(CertificateError):
        await night.copies.give(
            KIM, operation, Asked(Form.FILE, Recipient.POLICE, DisclosureReason.RESCUE, (), "", "x")
        )
    assert night.kinds("disclosure") == []


async def test_a_file_opens_with_the_recipients_key_and_another_program(night: Night, tmp_path: Path) -> None:
    await night.people()
    operation = night.emergency()
    key = rsa_key()
    asked = Asked(Form.FILE, Recipient.POLICE, DisclosureReason.RESCUE, (AreaId("hall"),), "", certificate(key))
    made = await night.copies.give(KIM, operation, asked)
    assert made.name.endswith(".pdf.p7m")
    assert PEOPLE[0].encode() not in made.data
    assert b"%PDF" not in made.data
    assert len(str(night.ledger.last["disclosure-made"].facts["sha256"])) == 64
    clear = decrypted(made.data, tmp_path)
    assert clear.startswith(b"%PDF")
    assert PEOPLE[0] in text_of(clear, tmp_path)


def decrypted(data: bytes, folder: Path) -> bytes:
    """What OpenSSL makes of an envelope with the recipient's key."""
    (folder / "key.pem").write_bytes(rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "in.p7m").write_bytes(data)
    command = ["openssl", "cms", "-decrypt", "-inform", "DER", "-binary", "-in", "in.p7m", "-inkey", "key.pem"]
    shown = subprocess.run(
        ["openssl", "cms", "-cmsout", "-print", "-inform", "DER", "-in", "in.p7m"],
        cwd=folder, capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert b"aes-256-cbc" in shown
    return subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout


async def test_who_got_it_can_be_read_for_as_long_as_the_hours_key_lives(night: Night, tmp_path: Path) -> None:
    await night.people()
    operation = night.emergency()
    made = await night.copies.give(
        KIM, operation, Asked(Form.PRINT, Recipient.POLICE, DisclosureReason.RESCUE, (), " Sergeant Novak ")
    )
    assert await night.copies.to_whom(made.copy) == "Sergeant Novak"
    assert "Novak" not in (tmp_path / LEDGER).read_text()
    night.at(300)
    await night.kept.sweep.run()
    assert await night.copies.to_whom(made.copy) == ""


async def test_return_and_destruction_are_recorded_and_a_restart_forgets_nothing(night: Night) -> None:
    await night.people()
    operation = night.emergency()
    for _ in range(3):
        await night.copies.give(KIM, operation, PRINT)
    night.copies.end(CHIEF, 1, Ending.RETURNED)
    night.copies.end(KIM, 2, Ending.DESTROYED)
    with pytest.raises(DisclosureError, match="already"):
        night.copies.end(KIM, 1, Ending.DESTROYED)
    again = await night.again()
    assert again.copies.register.copies() == night.copies.register.copies()
    assert [(c.number, c.ending, c.ended_by) for c in again.copies.register.copies(operation)] == [
        (1, Ending.RETURNED, CHIEF), (2, Ending.DESTROYED, KIM), (3, None, None),
    ]  # fmt: skip
    again.close()


async def test_copies_that_are_out_after_the_end_are_alarmed_until_they_are_back(night: Night) -> None:
    await night.people()
    operation = night.emergency()
    for _ in range(2):
        await night.copies.give(KIM, operation, PRINT)
    night.copies.tick()
    assert "copies-out" not in night.alarm_kinds()
    night.operations.close(operation, CHIEF)
    night.copies.tick()
    assert night.alarm_kinds().count("copies-out") == 1
    assert {line.place for line in night.alarms.lines()} == {f"{operation[:6].upper()} № 1, 2"}
    night.copies.end(KIM, 1, Ending.RETURNED)
    night.copies.tick()
    assert night.alarm_kinds().count("copies-out") == 1, "fewer of them are no new alarm"
    night.copies.end(KIM, 2, Ending.RETURNED)
    night.copies.tick()
    assert night.copies._missed == {}


async def test_a_tablet_has_a_minute_to_report_that_its_list_is_destroyed(night: Night) -> None:
    operation = night.emergency()
    for _ in range(2):
        await night.copies.enter(
            Copy(0, operation, Form.TABLET, Recipient.WARDEN, DisclosureReason.ACCOUNT_FOR, (), 3, KIM, 0)
        )
    night.operations.close(operation, CHIEF)
    night.copies.tick()
    night.copies.end(KIM, 1, Ending.DESTROYED)
    night.at(TABLETS_REPORT_WITHIN_S - 1)
    night.copies.tick()
    assert night.alarm_kinds() == []
    night.at(TABLETS_REPORT_WITHIN_S)
    night.copies.tick()
    assert [(line.kind, line.place) for line in night.alarms.lines()] == [
        ("tablet-lists-out", f"{operation[:6].upper()} № 2")
    ]


async def test_two_at_once_get_two_numbers(night: Night) -> None:
    await night.people()
    operation = night.emergency()
    made = await asyncio.gather(*(night.copies.give(KIM, operation, PRINT) for _ in range(3)))
    assert sorted(each.copy.number for each in made) == [1, 2, 3]


async def test_a_document_that_can_not_be_made_quotes_nobody(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    await night.people()
    operation = night.emergency()
    monkeypatch.setattr(document, "_SOURCE", b"#panic(sys.inputs.content)")
    with pytest.raises(document.DocumentError) as caught:
        await night.copies.give(KIM, operation, PRINT)
    assert PEOPLE[0] not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert night.kinds("disclosure") == []


async def test_an_altered_entry_takes_itself_and_nothing_else(night: Night) -> None:
    """Whichever line is lost, all folds of a crisis go on with the rest."""
    await night.people()
    operation = night.emergency()
    for second in (3000, 6000):  # the second is in time only if nobody lost the first
        night.at(second)
        night.operations.renew(operation, CHIEF)
    night.ledger.append("operation-confirmed", night.clock.now_ns(), operation=operation, by=SECOND)
    for _ in range(2):
        await night.copies.give(KIM, operation, PRINT)
    night.copies.end(CHIEF, 1, Ending.RETURNED)
    entries = list(night.ledger.entries())
    for lost in entries:
        written = Written()
        for entry in entries:
            if entry is not lost:
                written.append(entry.kind, at_ns_of(entry), **entry.facts)
        operations = Operations(night.clock, written, night.alarms, lambda: Figures(0, 0, 0))
        copies = Copies(night.clock, written, night.alarms, operations.open_now, night.missing, night.notes, "x")
        made = [entry for entry in entries if entry.kind == "disclosure-made" and entry is not lost]
        assert len(operations.open_now(night.clock.now_ns())) == (lost.kind != "operation-opened")
        assert [copy.number for copy in copies.register.copies()] == [entry.facts["copy"] for entry in made]
