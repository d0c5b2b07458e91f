"""Faces open by their card and their document's secret alone, and orders for their gate alone."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.ids import AccountId, ControllerId, EdgeId
from contract.policy import open_policy
from contract.screen import (
    Face,
    Faces,
    FacesError,
    ScreenOfficer,
    ScreenOrder,
    name_digest,
    new_secret,
    open_order,
    pack_faces,
    seal_order,
)
from contract.sealing import WrapRefusedError
from contract.signing import SignatureError

SECRET = new_secret()
ADA = Face("Ada Quartermaine", "delegate", b"\xff\xd8picture")
CARDS = {"h10301:13:4567": ADA, **{f"h10301:13:{number}": Face(f"N {number}", "staff") for number in range(50)}}
NORTH, MAIN = EdgeId("north"), ControllerId("main")


def test_each_card_opens_its_face_and_no_other_does() -> None:
    document = pack_faces(SECRET, CARDS.items())
    faces = Faces(SECRET, document)
    assert len(faces) == len(CARDS)
    assert {card: faces.find(card) for card in CARDS} == CARDS
    assert faces.find("h10301:13:9999") is None
    assert Faces(new_secret(), document).find("h10301:13:4567") is None
    for plant in (b"Quartermaine", b"delegate", b"picture", b"4567"):
        assert plant not in document
    assert "Ada" not in repr(ADA)


def test_a_damaged_row_opens_nothing_and_a_cut_document_is_refused() -> None:
    document = pack_faces(SECRET, [("h10301:13:4567", ADA)])
    assert Faces(SECRET, document[:-1] + bytes([document[-1] ^ 1])).find("h10301:13:4567") is None
    assert Faces(SECRET, document[:-5]).find("h10301:13:4567") is None
    with pytest.raises(FacesError, match="cut off"):
        Faces(SECRET, document[:10])
    assert Faces(SECRET, pack_faces(SECRET, [])).find("h10301:13:4567") is None
    with pytest.raises(FacesError, match="two faces"):
        pack_faces(SECRET, [("a:1", ADA), ("a:1", ADA)])


def test_an_order_opens_at_its_gate_if_a_controller_signed_it() -> None:
    signer, gate, other = Ed25519PrivateKey.generate(), X25519PrivateKey.generate(), X25519PrivateKey.generate()
    officer = ScreenOfficer(AccountId("a" * 24), name_digest(SECRET, "mira"), "$argon2id$...")
    order = ScreenOrder(NORTH, 1_800_000_000 * 10**9, 1_800_000_000, SECRET, bytes(32), 4096, [officer])
    sealed = seal_order(order, gate.public_key().public_bytes_raw(), MAIN, signer)
    signers = {str(MAIN): signer.public_key()}
    assert open_order(sealed, NORTH, gate, signers) == order
    assert order.officer(" Mira ") == officer
    assert order.officer("miro") is None
    assert SECRET not in sealed
    assert "argon2" not in repr(order)
    assert "argon2" not in repr(officer)
    for edge, key, who, error in (
        (NORTH, other, signers, WrapRefusedError),
        (EdgeId("south"), gate, signers, WrapRefusedError),
        (NORTH, gate, {}, SignatureError),
        (NORTH, gate, {str(MAIN): Ed25519PrivateKey.generate().public_key()}, SignatureError),
    ):
        with pytest.raises(error):
            open_order(sealed, edge, key, who)
    with pytest.raises(WrapRefusedError):
        open_policy(sealed, NORTH, gate, signers)
