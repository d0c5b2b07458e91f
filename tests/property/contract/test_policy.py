"""A gate's policy document against a plain dictionary, and the ways in which it must not open."""

import struct

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from contract.ids import AccessPointId, ControllerId, EdgeId, HolderId, PassId
from contract.policy import (
    FOREVER_S,
    PIN_DIGEST_BYTES,
    VERSION,
    AccessLevel,
    Policy,
    PolicyError,
    PolicyHeader,
    PolicyRow,
    Window,
    credential_digest,
    new_digest_key,
    open_policy,
    pack,
    pin_digest,
    seal_policy,
)
from contract.sealing import WrapRefusedError, seal_to
from contract.signing import BadMessageError, BadSignatureError, UnknownSignerError
from contract.site import AntiPassback

EDGE, OTHER, MAIN = EdgeId("north"), EdgeId("south"), ControllerId("main")
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
SIGNERS = {"main": SIGNER.public_key()}
GATE = X25519PrivateKey.from_private_bytes(bytes(range(32)))
GATE_PUBLIC = GATE.public_key().public_bytes_raw()

hex_ids = st.binary(min_size=12, max_size=12).map(bytes.hex)
times = st.integers(0, FOREVER_S)
pins = st.none() | st.binary(min_size=PIN_DIGEST_BYTES, max_size=PIN_DIGEST_BYTES)
rows = st.builds(
    PolicyRow, hex_ids.map(HolderId), hex_ids.map(PassId), st.integers(0, 65535), times, times, st.booleans(),
    st.booleans(), pins, pins,
)  # fmt: skip
credentials = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def header(edge: EdgeId = EDGE, digest_key: bytes = bytes(32)) -> PolicyHeader:
    levels = [AccessLevel(frozenset({AccessPointId("in")}), [Window(0, 480, 1080)])]
    return PolicyHeader(
        VERSION, edge, 3, 1_800_000_000, 1_800_259_200, "Europe/Vienna", AntiPassback.SOFT, levels, digest_key
    )


@given(st.dictionaries(credentials, rows, max_size=30), credentials)
def test_it_answers_like_a_dictionary(known: dict[str, PolicyRow], stranger: str) -> None:
    policy = Policy(pack(header(digest_key=new_digest_key()), known.items()))
    assert len(policy) == len(known)
    assert all(policy.find(credential) == row for credential, row in known.items())
    assert policy.find(stranger) == known.get(stranger)


def test_many_credentials_are_each_found_and_their_neighbours_are_not() -> None:
    known = {
        f"h10301:{at // 100}:{at}": PolicyRow(HolderId(f"{at:024x}"), PassId("0" * 24), at % 7) for at in range(5000)
    }
    policy = Policy(pack(header(), known.items()))
    assert all(policy.find(credential) == row for credential, row in known.items())
    assert not any(policy.find(f"{credential} ") for credential in known)
    assert policy.header == header()


@given(credentials, rows, rows)
def test_a_credential_of_two_passes_is_refused_without_being_repeated(
    credential: str, first: PolicyRow, second: PolicyRow
) -> None:
    with pytest.raises(PolicyError) as refused:
        pack(header(), [(f"secret-{credential}", first), (f"secret-{credential}", second)])
    assert "secret" not in str(refused.value)


def test_ids_of_another_length_are_refused_and_not_cut() -> None:
    for holder, pass_id in (("00", "1" * 24), ("0" * 26, "1" * 24), ("0" * 24, "1" * 22), ("ann", "1" * 24)):
        with pytest.raises(PolicyError):
            pack(header(), [("card", PolicyRow(HolderId(holder), PassId(pass_id), 0))])


@pytest.mark.parametrize(("level", "from_s", "until_s"), [(-1, 0, 0), (65536, 0, 0), (0, -1, 0), (0, 0, FOREVER_S + 1)])
def test_what_a_row_can_not_hold_is_refused_by_name(level: int, from_s: int, until_s: int) -> None:
    with pytest.raises(PolicyError):
        pack(header(), [("card", PolicyRow(HolderId("0" * 24), PassId("1" * 24), level, from_s, until_s))])


@pytest.mark.parametrize("digest", [b"", bytes(3), bytes(16)])
def test_a_pins_digest_of_another_length_is_refused_and_not_cut(digest: bytes) -> None:
    row = PolicyRow(HolderId("0" * 24), PassId("1" * 24), 0)
    for odd in (msgspec.structs.replace(row, pin=digest), msgspec.structs.replace(row, duress_pin=digest)):
        with pytest.raises(PolicyError):
            pack(header(), [("card", odd)])


def test_the_digest_of_a_pin_depends_on_document_and_pass() -> None:
    first, second = PassId("1" * 24), PassId("2" * 24)
    digests = {pin_digest(bytes(32), first, "5739"), pin_digest(bytes(32), second, "5739")}
    digests |= {pin_digest(bytes([1]) * 32, first, "5739"), pin_digest(bytes(32), first, "5793")}
    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {PIN_DIGEST_BYTES}


def test_a_document_of_version_1_is_refused() -> None:
    with pytest.raises(PolicyError, match="version"):
        Policy(pack(msgspec.structs.replace(header(), version=1), []))


@given(st.lists(credentials.map("h10301:{}".format), min_size=1, max_size=5, unique=True))
def test_a_document_names_no_credential(known: list[str]) -> None:
    row = PolicyRow(HolderId("a" * 24), PassId("b" * 24), 0)
    document = pack(header(), [(credential, row) for credential in known])
    assert not any(credential.encode() in document for credential in known)


def test_the_digest_depends_on_the_key_of_the_document() -> None:
    assert credential_digest(bytes(32), "card") != credential_digest(bytes([1]) * 32, "card")
    assert len(credential_digest(bytes(32), "card")) == 16


def test_a_sealed_policy_opens_at_its_gate() -> None:
    row = PolicyRow(HolderId("a" * 24), PassId("b" * 24), 0, blocked=True)
    sealed = seal_policy(pack(header(), [("card", row)]), EDGE, GATE_PUBLIC, MAIN, SIGNER)
    policy = open_policy(sealed, EDGE, GATE, SIGNERS)
    assert policy.find("card") == row
    assert b"card" not in sealed


def test_a_policy_sealed_to_another_gate_is_refused() -> None:
    sealed = seal_policy(pack(header(), []), EDGE, GATE_PUBLIC, MAIN, SIGNER)
    with pytest.raises(WrapRefusedError):
        open_policy(sealed, EDGE, X25519PrivateKey.generate(), SIGNERS)
    with pytest.raises(WrapRefusedError):
        open_policy(sealed, OTHER, GATE, SIGNERS)
    with pytest.raises(WrapRefusedError):
        open_policy(sealed[:-1], EDGE, GATE, SIGNERS)


def test_a_policy_made_for_another_gate_is_refused_even_if_sealed_to_this_one() -> None:
    sealed = seal_policy(pack(header(OTHER), []), EDGE, GATE_PUBLIC, MAIN, SIGNER)
    with pytest.raises(PolicyError, match="south"):
        open_policy(sealed, EDGE, GATE, SIGNERS)


def test_a_policy_of_nobody_or_with_a_forged_signature_is_refused() -> None:
    sealed = seal_policy(pack(header(), []), EDGE, GATE_PUBLIC, MAIN, SIGNER)
    with pytest.raises(UnknownSignerError):
        open_policy(sealed, EDGE, GATE, {})
    with pytest.raises(BadSignatureError):
        open_policy(sealed, EDGE, GATE, {"main": Ed25519PrivateKey.generate().public_key()})


@given(st.binary(max_size=100))
def test_sealed_rubbish_raises_a_named_error(content: bytes) -> None:
    """Anybody knows the gate's public key, so anything may come out of the seal."""
    sealed = seal_to(GATE_PUBLIC, b"sacs/1/policy\0" + EDGE.encode(), content)
    with pytest.raises((BadMessageError, UnknownSignerError, BadSignatureError)):
        open_policy(sealed, EDGE, GATE, SIGNERS)


def test_a_cut_document_is_refused() -> None:
    document = pack(header(), [("card", PolicyRow(HolderId("a" * 24), PassId("b" * 24), 0))])
    for length in range(len(document)):
        if length == len(document) - struct.calcsize(">16s12s12sHIIB4s4s"):
            continue  # a whole row is missing: only the signature can tell
        with pytest.raises(PolicyError):
            Policy(document[:length])
