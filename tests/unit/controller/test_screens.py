"""What gates' screens may show: photos of bearable size, faces under a new secret, orders that name who may look."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Engine
from sqlmodel import Session

from contract.clock import NS_PER_S, ManualClock
from contract.ids import AccountId, EdgeId, HolderId
from contract.messages import VERSION, ScreenNotice
from contract.screen import (
    LEASE_S,
    PHOTO_AT_MOST_BYTES,
    Face,
    Faces,
    FacesError,
    ScreenOrder,
    open_order,
    seal_order,
)
from contract.site import parse_site
from controller.composition.office import Office, OfficeSettings, open_office
from controller.domain.rights.roles import Role
from controller.ledger import Ledger
from controller.service.alarms import Alarms
from controller.service.site import screens as screens_module
from controller.service.site.photos import Photos
from controller.service.site.reference import NewHolder, NewPass, Reference, ReferenceKey, RefusedError
from controller.service.site.screens import REMAKE_AFTER_S, RENEW_EVERY_S, Screens
from controller.store.reference import GateRow, open_reference
from tests.integration.controller.officers import account_of, fit_account
from tests.unit.controller.disk import bytes_below
from tests.unit.controller.sources import MAIN, at_ns, signer_of

SITE = parse_site("""
area = [{id = "hall"}]
access_point = [{id = "in", from = "outside", to = "hall"}]
gate = [{id = "north", screen = true}, {id = "south"}, {id = "east", screen = true}]
""")
NORTH, SOUTH, EAST = EdgeId("north"), EdgeId("south"), EdgeId("east")
START_S = 1_800_000_000
CARD, NAME = "h10301:13:4567", "Zoe Quartermaine"
SIGNER = signer_of("controller")
PHOTO = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x11\x08\x01\x40\x00\xf0\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01" + bytes(40) + b"\xff\xd9"
)
"""The beginning and the end of a JPEG of 240 x 320."""


@dataclass
class Desk:
    """A controller's part in it, and the gate's key."""

    clock: ManualClock
    engine: Engine
    reference: Reference
    photos: Photos
    office: Office
    screens: Screens
    gate_key: X25519PrivateKey
    holder: HolderId

    def later(self, seconds: float) -> None:
        self.clock.advance_to(self.clock.now_ns() + round(seconds * NS_PER_S))

    def refresh(self) -> dict[EdgeId, ScreenNotice]:
        return dict(self.screens.refresh(self.clock.now_ns()))

    def opened(self, notice: ScreenNotice) -> ScreenOrder:
        return open_order(notice.sealed, notice.edge, self.gate_key, {str(MAIN): SIGNER.public_key()})

    def face(self, order: ScreenOrder) -> Face | None:
        document = self.screens.faces(NORTH, order.faces_sha256)
        assert document is not None
        assert (hashlib.sha256(document).digest(), len(document)) == (order.faces_sha256, order.faces_bytes)
        return Faces(order.secret, document).find(CARD)

    def officer(self) -> AccountId:
        account = fit_account(self.office, Role.GATE_OFFICER)
        self.office.accounts.set_password(account, "$argon2id$of-nobody")
        return account


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock, key, gate_key = ManualClock(at_ns(START_S)), ReferenceKey(bytes(32)), X25519PrivateKey.generate()
    engine = open_reference(tmp_path / "reference.db")
    reference = Reference(engine, key)
    photos = Photos(engine, key, reference)
    reference.load_site(SITE)
    (holder,) = reference.register([NewHolder(NAME, "delegate", [NewPass("UN-1", [CARD], "all")])])
    with Session(engine) as session:
        public = gate_key.public_key().public_bytes_raw()
        for edge in (NORTH, SOUTH):
            session.add(GateRow(id=edge, verify_key=bytes(32), policy_key=public, policy_version=1, enrolled_at=""))
        session.commit()
    ledger = Ledger(tmp_path / "ledger.jsonl", MAIN, SIGNER)
    office = open_office(OfficeSettings(), "here", engine, key, clock, ledger, Alarms(), lambda _: ())
    ledger.tell_past()
    folder = tmp_path / "screens"
    screens = Screens(SITE, MAIN, SIGNER, reference, photos, engine, folder, office.officers, office.accounts)
    yield Desk(clock, engine, reference, photos, office, screens, gate_key, holder)
    engine.dispose()


def test_each_enrolled_gate_with_a_screen_gets_an_order_that_opens_the_faces(desk: Desk, tmp_path: Path) -> None:
    assert desk.photos.put(desk.holder, PHOTO)
    notices = desk.refresh()
    assert set(notices) == {NORTH}, "south has no screen, east is not enrolled"
    order = desk.opened(notices[NORTH])
    assert order.lease_until_s == START_S + LEASE_S
    assert order.officers == []
    assert desk.face(order) == Face(NAME, "delegate", PHOTO)
    assert desk.screens.faces(SOUTH, order.faces_sha256) is None
    assert desk.screens.faces(NORTH, bytes(32)) is None
    everything = bytes_below(tmp_path)
    for plant in (NAME.encode(), CARD.encode(), PHOTO, order.secret):
        assert plant not in everything
    assert desk.refresh() == {}


def test_no_order_holds_for_longer_than_twelve_hours(desk: Desk) -> None:
    order = desk.opened(desk.refresh()[NORTH])
    longer = msgspec.structs.replace(order, lease_until_s=order.lease_until_s + 1)
    sealed = seal_order(longer, desk.gate_key.public_key().public_bytes_raw(), MAIN, SIGNER)
    with pytest.raises(FacesError, match="longer"):
        desk.opened(ScreenNotice(VERSION, MAIN, NORTH, sealed))


def test_the_lease_is_renewed_before_it_runs_out(desk: Desk) -> None:
    first = desk.opened(desk.refresh()[NORTH])
    desk.later(RENEW_EVERY_S - 1)
    assert desk.refresh() == {}
    desk.later(1)
    second = desk.opened(desk.refresh()[NORTH])
    assert second.number > first.number
    assert second.lease_until_s == first.lease_until_s + RENEW_EVERY_S
    assert second.secret == first.secret
    assert RENEW_EVERY_S < LEASE_S <= 12 * 3600


def test_only_whoever_is_fit_may_sign_in_and_a_withdrawal_tells_gates_at_once(desk: Desk) -> None:
    desk.refresh()
    account = desk.officer()
    account_of(desk.office, Role.GATE_OFFICER)
    operator = fit_account(desk.office, Role.OPERATOR)
    desk.office.accounts.set_password(operator, "$argon2id$of-nobody")
    without_password = fit_account(desk.office, Role.GATE_OFFICER)
    order = desk.opened(desk.refresh()[NORTH])
    assert [each.account for each in order.officers] == [account]
    name = desk.office.accounts.person(account)
    assert name is not None
    assert order.officer(name.sign_in_name) == order.officers[0]
    assert without_password not in {each.account for each in order.officers}
    authorizing = account_of(desk.office, Role.AUTHORIZING_OFFICER)
    assert desk.office.officers.withdraw(account, authorizing)
    assert desk.opened(desk.refresh()[NORTH]).officers == []


def test_an_authorization_that_expires_ends_the_right_to_sign_in(desk: Desk) -> None:
    desk.officer()
    assert desk.opened(desk.refresh()[NORTH]).officers
    desk.later(31 * 86400)
    assert desk.opened(desk.refresh()[NORTH]).officers == []


def test_new_faces_have_a_new_secret_and_are_not_made_all_the_time(desk: Desk) -> None:
    first = desk.opened(desk.refresh()[NORTH])
    desk.photos.put(desk.holder, PHOTO)
    assert desk.refresh() == {}
    desk.later(REMAKE_AFTER_S)
    second = desk.opened(desk.refresh()[NORTH])
    assert second.secret != first.secret
    assert desk.screens.faces(NORTH, first.faces_sha256) is None
    assert desk.face(second) == Face(NAME, "delegate", PHOTO)
    assert desk.photos.remove(desk.holder)
    assert not desk.photos.remove(desk.holder)
    desk.later(REMAKE_AFTER_S)
    assert desk.face(desk.opened(desk.refresh()[NORTH])) == Face(NAME, "delegate")


def test_too_many_photos_leave_names_and_too_many_names_are_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.photos.put(desk.holder, PHOTO)
    monkeypatch.setattr(screens_module, "FACES_AT_MOST_BYTES", 200)
    assert desk.face(desk.opened(desk.refresh()[NORTH])) == Face(NAME, "delegate")
    assert desk.screens.leaves_photos_out
    monkeypatch.setattr(screens_module, "FACES_AT_MOST_BYTES", 20)
    desk.reference.register([NewHolder("Al", "staff", [NewPass("UN-2", ["em4100:0f0184f07a"], "all")])])
    desk.later(REMAKE_AFTER_S)
    with pytest.raises(FacesError, match="a gate's screen can hold"):
        desk.refresh()


@pytest.mark.parametrize(
    ("photo", "word"),
    [
        (b"", "whole JPEG"),
        (b"GIF89a" + bytes(50), "whole JPEG"),
        (PHOTO[:-2], "whole JPEG"),
        (PHOTO.replace(b"\xff\xc0", b"\xff\xc7"), "every browser"),
        (b"\xff\xd8\xff\xd9", "every browser"),
        (PHOTO.replace(b"\x01\x40\x00\xf0", b"\x10\x00\x00\xf0"), "pixels"),
        (PHOTO.replace(b"\x01\x40\x00\xf0", b"\x00\x00\x00\xf0"), "pixels"),
        (PHOTO[:-2] + bytes(PHOTO_AT_MOST_BYTES) + b"\xff\xd9", "at most"),
    ],
)
def test_what_is_no_bearable_photo_is_refused_in_words(desk: Desk, photo: bytes, word: str) -> None:
    with pytest.raises(RefusedError, match=word):
        desk.photos.put(desk.holder, photo)
    assert desk.photos.photo(desk.holder) is None


def test_a_photo_belongs_to_a_holder_that_there_is(desk: Desk) -> None:
    assert not desk.photos.put(HolderId("f" * 24), PHOTO)
    assert desk.photos.put(desk.holder, PHOTO)
    assert desk.photos.photo(desk.holder) == PHOTO
