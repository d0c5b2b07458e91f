"""Who belongs to a site is what its root signed last: a forged, older or foreign list changes nothing."""

from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.controllers import fingerprint, open_list, sign_list
from contract.ids import ControllerId, SiteId
from contract.signing import BadMessageError, BadSignatureError, sign
from controller.pki.listed import Listed, ListRefusedError, NotEnrolledError, install
from controller.pki.request import make_request, read_request
from controller.pki.root import LIST, PUBLIC_FILE, Root, RootError, read_public
from tests.unit.controller.pki.site_root import SITE, Named, carry

FIRST, SECOND = ControllerId("first"), ControllerId("second")


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root.make(tmp_path / "root", SITE)


def test_the_root_is_made_once_and_its_keys_lie_on_its_medium_alone(root: Root, tmp_path: Path) -> None:
    assert (root.folder / "root.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(RootError, match="already"):
        Root.make(root.folder, SITE)
    again = Root.load(root.folder)
    assert again.public == root.public == read_public((root.folder / PUBLIC_FILE).read_bytes())
    with pytest.raises(RootError, match="mounted"):
        Root.load(tmp_path / "not-mounted")
    first = Named(FIRST)
    root.enrol([first.card])
    first.believe(root, tmp_path / "state")
    secret = root.signer.private_bytes_raw()
    assert not [path for path in (tmp_path / "state").rglob("*") if secret in path.read_bytes()]


def test_each_list_has_a_higher_number_and_names_all_who_are_left(root: Root) -> None:
    first, second = Named(FIRST), Named(SECOND)
    assert root.enrol([first.card]).number == 1
    both = root.enrol([second.card])
    assert (both.number, both.controllers) == (2, [first.card, second.card])
    assert root.put_first(SECOND).controllers == [second.card, first.card]
    with pytest.raises(RootError, match="another name"):
        root.enrol([Named(FIRST).card])
    moved = msgspec.structs.replace(first.card, broker_host="192.0.2.9")
    assert root.enrol([moved]).controllers == [second.card, moved]
    assert root.remove(FIRST).controllers == [second.card]
    for wrong in (FIRST, SECOND):  # not listed; the last one
        with pytest.raises(RootError, match="at least one"):
            root.remove(wrong)
    last = root.revoke_gate(bytes(32))
    assert (last.number, last.revoked_gates) == (6, [bytes(32)])
    assert root.revoke_gate(bytes(32)).revoked_gates == [bytes(32)]


def test_a_request_proves_that_whoever_asks_has_the_key(root: Root) -> None:
    first, impostor = Named(FIRST), Named(FIRST)
    asked = make_request(first.card, first.identity)
    assert read_request(asked) == first.card
    for forged in (
        make_request(first.card, impostor.identity),
        sign(first.card, SECOND, first.identity.signer),
        asked[:-1],
        b"",
    ):
        with pytest.raises(RootError):
            read_request(forged)


def test_a_list_is_only_the_roots_own(root: Root) -> None:
    listed = root.enrol([Named(FIRST).card])
    data = (root.folder / LIST).read_bytes()
    assert open_list(data, root.public.verify_key, SITE) == listed
    with pytest.raises(BadSignatureError):
        open_list(sign_list(listed, Ed25519PrivateKey.generate()), root.public.verify_key, SITE)
    with pytest.raises(BadMessageError):
        open_list(data, root.public.verify_key, SiteId("other"))
    wrongs: list[dict[str, object]] = [{"version": 2}, {"controllers": []}, {"controllers": listed.controllers * 2}]
    for wrong in wrongs:
        with pytest.raises(BadMessageError):
            open_list(sign_list(msgspec.structs.replace(listed, **wrong), root.signer), root.public.verify_key, SITE)


def test_a_controller_that_no_root_enrolled_does_not_start(root: Root, tmp_path: Path) -> None:
    first, second = Named(FIRST), Named(SECOND)
    with pytest.raises(NotEnrolledError, match="sacs root"):
        Listed(tmp_path / "state", SITE, first.card)
    root.enrol([first.card])
    carry(root, tmp_path / "state")
    assert Listed(tmp_path / "state", SITE, first.card).is_keeper
    with pytest.raises(ListRefusedError, match="not on list"):
        Listed(tmp_path / "state", SITE, second.card)
    with pytest.raises(ListRefusedError, match="other keys"):
        Listed(tmp_path / "state", SITE, Named(FIRST).card)


def test_a_newer_list_is_taken_up_and_an_older_one_never(root: Root, tmp_path: Path) -> None:
    first, second, state = Named(FIRST), Named(SECOND), tmp_path / "state"
    root.enrol([first.card])
    old = (root.folder / LIST).read_bytes()
    listed = first.believe(root, state)
    assert not listed.look(), "nothing new"
    root.enrol([second.card])
    carry(root, state)
    assert listed.look()
    assert not listed.look(), "each is taken up once"
    assert [card.controller for card in listed.peers] == [SECOND]
    with pytest.raises(ListRefusedError, match="older"):
        install(state, old, None, SITE)
    (state / LIST).write_bytes(old)
    with pytest.raises(ListRefusedError, match="not newer"):
        listed.look()
    assert (state / LIST).read_bytes() == listed.signed, "the one in force is put back"
    assert not listed.take(listed.signed)
    with pytest.raises(ListRefusedError):
        listed.take(old)
    assert Listed(state, SITE, first.card).now.number == 2


def test_a_controller_believes_the_root_that_it_was_told_first(root: Root, tmp_path: Path) -> None:
    first = Named(FIRST)
    root.enrol([first.card])
    with pytest.raises(RootError, match="public file"):
        install(tmp_path / "state", (root.folder / LIST).read_bytes(), None, SITE)
    listed = first.believe(root, tmp_path / "state")
    other = Root.make(tmp_path / "other-root", SITE)
    for _ in range(3):
        other.enrol([first.card])
    with pytest.raises(RootError, match="another root"):
        carry(other, tmp_path / "state")
    forged = (other.folder / LIST).read_bytes()
    with pytest.raises(ListRefusedError):
        install(tmp_path / "state", forged, None, SITE)
    with pytest.raises(ListRefusedError):
        listed.take(forged)
    assert listed.now.number == 1


def test_two_people_can_compare_a_key() -> None:
    assert fingerprint(bytes(32)) == fingerprint(bytes(32)) != fingerprint(bytes(31) + b"\1")
    assert len(fingerprint(b"").split()) == 8
