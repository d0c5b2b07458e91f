"""What was sealed opens only with that key, for that gate, epoch, period, camera and number."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st

from contract.ids import ControllerId, EdgeId, Epoch
from contract.periods import Kind, Period
from contract.sealing import (
    NONCE_BYTES,
    TAG_BYTES,
    ContentKey,
    KeyName,
    NotWrappedForError,
    RecordRefusedError,
    TruncatedRecordError,
    WrapRefusedError,
    decode_wraps,
    open_sealed_to,
    seal_to,
    unwrap,
    wraps_hash,
)
from contract.signing import BadSignatureError

KEY = bytes(range(32))
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
MAIN, SECOND = ControllerId("main"), ControllerId("second")
PRIVATE = {
    controller: X25519PrivateKey.from_private_bytes(hashlib.sha256(controller.encode()).digest())
    for controller in (MAIN, SECOND)
}
PUBLIC = {controller: key.public_key().public_bytes_raw() for controller, key in PRIVATE.items()}

periods = st.builds(Period, st.sampled_from(Kind), st.integers(0, 2**40), st.sampled_from([60, 3600, 86400]))
names = st.builds(
    KeyName,
    st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True).map(EdgeId),
    st.binary(min_size=16, max_size=16).map(Epoch),
    periods,
    st.text(max_size=20),
)
numbers = st.integers(0, 2**63 - 1)


@given(names, numbers, st.binary(max_size=300))
def test_a_record_opens_under_its_own_name_and_number(name: KeyName, number: int, plaintext: bytes) -> None:
    sealed = ContentKey(name, KEY).seal(number, plaintext)
    assert len(sealed) == NONCE_BYTES + len(plaintext) + TAG_BYTES
    assert ContentKey(name, KEY).open(number, sealed) == plaintext


@given(names, names, numbers)
def test_a_record_does_not_open_under_any_other_name(name: KeyName, other: KeyName, number: int) -> None:
    assume(name != other)
    sealed = ContentKey(name, KEY).seal(number, b"somebody passed")
    with pytest.raises(RecordRefusedError):
        ContentKey(other, KEY).open(number, sealed)


@given(names, st.data())
def test_one_changed_part_of_the_name_is_enough(name: KeyName, data: st.DataObject) -> None:
    other = data.draw(
        st.sampled_from(
            [
                KeyName(EdgeId(name.edge + "a"), name.epoch, name.period, name.camera),
                KeyName(name.edge, Epoch(bytes(reversed(name.epoch)) + b""), name.period, name.camera),
                KeyName(name.edge, name.epoch, name.period.next(), name.camera),
                KeyName(name.edge, name.epoch, name.period, name.camera + "a"),
                # Text moved over the border between two fields must not give the same bytes.
                KeyName(EdgeId(name.edge[:-1]), name.epoch, name.period, name.edge[-1] + name.camera),
            ]
        )
    )
    assume(other != name)
    assert other.encoded() != name.encoded()
    with pytest.raises(RecordRefusedError):
        ContentKey(other, KEY).open(7, ContentKey(name, KEY).seal(7, b"x"))


@given(names, numbers, numbers)
def test_a_record_replayed_under_another_number_is_refused(name: KeyName, number: int, other: int) -> None:
    assume(number != other)
    key = ContentKey(name, KEY)
    with pytest.raises(RecordRefusedError):
        key.open(other, key.seal(number, b"x"))


@given(names, numbers, st.binary(max_size=60), st.data())
def test_a_flipped_bit_anywhere_is_noticed(name: KeyName, number: int, plaintext: bytes, data: st.DataObject) -> None:
    key = ContentKey(name, KEY)
    sealed = bytearray(key.seal(number, plaintext))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(RecordRefusedError):
        key.open(number, bytes(sealed))


@given(names, st.binary(max_size=60), st.data())
def test_a_cut_record_is_named_cut_or_refused(name: KeyName, plaintext: bytes, data: st.DataObject) -> None:
    key = ContentKey(name, KEY)
    sealed = key.seal(1, plaintext)
    length = data.draw(st.integers(0, len(sealed) - 1))
    expected = TruncatedRecordError if length < NONCE_BYTES + TAG_BYTES else RecordRefusedError
    with pytest.raises(expected):
        key.open(1, sealed[:length])


@given(names)
def test_another_key_opens_nothing(name: KeyName) -> None:
    sealed = ContentKey.draw(name).seal(1, b"x")
    with pytest.raises(RecordRefusedError):
        ContentKey.draw(name).open(1, sealed)


@given(names)
def test_each_controller_unwraps_with_its_own_key_and_nothing_else_does(name: KeyName) -> None:
    key = ContentKey.draw(name)
    wraps = decode_wraps(key.wrap(PUBLIC, SIGNER))
    assert wraps.name == name
    wraps.check(SIGNER.public_key())
    sealed = key.seal(3, b"x")
    for controller, private in PRIVATE.items():
        assert unwrap(name, controller, wraps.wrap_for(controller), private).open(3, sealed) == b"x"
    for private in (PRIVATE[SECOND], X25519PrivateKey.generate()):
        with pytest.raises(WrapRefusedError):
            unwrap(name, MAIN, wraps.wrap_for(MAIN), private)
    with pytest.raises(WrapRefusedError):
        unwrap(name, SECOND, wraps.wrap_for(MAIN), PRIVATE[MAIN])
    with pytest.raises(NotWrappedForError):
        wraps.wrap_for(ControllerId("third"))


@given(names, names)
def test_a_wrap_belongs_to_one_source_and_period(name: KeyName, other: KeyName) -> None:
    assume(name != other)
    wrap = decode_wraps(ContentKey.draw(name).wrap(PUBLIC, SIGNER)).wrap_for(MAIN)
    with pytest.raises(WrapRefusedError):
        unwrap(other, MAIN, wrap, PRIVATE[MAIN])


@given(names, names)
def test_wraps_signed_by_another_or_altered_are_refused(name: KeyName, other: KeyName) -> None:
    assume(name != other)
    wraps = decode_wraps(ContentKey(name, KEY).wrap(PUBLIC, SIGNER))
    with pytest.raises(BadSignatureError):
        wraps.check(Ed25519PrivateKey.generate().public_key())
    fewer = {MAIN: wraps.wraps[MAIN]}
    swapped = {MAIN: wraps.wraps[SECOND], SECOND: wraps.wraps[MAIN]}
    for altered in (
        type(wraps)(other, wraps.wraps, wraps.signature),
        type(wraps)(name, fewer, wraps.signature),
        type(wraps)(name, swapped, wraps.signature),
    ):
        with pytest.raises(BadSignatureError):
            altered.check(SIGNER.public_key())


def test_the_signature_does_not_depend_on_the_order_of_the_controllers() -> None:
    name = KeyName(EdgeId("e"), Epoch(bytes(16)), Period(Kind.MOVEMENT, 0, 3600))
    wraps = decode_wraps(ContentKey(name, KEY).wrap(PUBLIC, SIGNER))
    turned = type(wraps)(name, dict(reversed(wraps.wraps.items())), wraps.signature)
    turned.check(SIGNER.public_key())


def test_wraps_are_remembered_by_their_bytes() -> None:
    name = KeyName(EdgeId("e"), Epoch(bytes(16)), Period(Kind.MOVEMENT, 0, 3600))
    data = ContentKey(name, KEY).wrap(PUBLIC, SIGNER)
    assert wraps_hash(data) == hashlib.sha256(data).digest()
    assert KEY not in data


@pytest.mark.parametrize(("key_bytes", "epoch_bytes"), [(31, 16), (33, 16), (0, 16), (32, 15), (32, 17), (32, 0)])
def test_a_key_or_epoch_of_another_length_is_no_content_key(key_bytes: int, epoch_bytes: int) -> None:
    name = KeyName(EdgeId("e"), Epoch(bytes(epoch_bytes)), Period(Kind.MOVEMENT, 0, 3600))
    with pytest.raises(ValueError, match="32 bytes"):
        ContentKey(name, bytes(key_bytes))


@given(st.binary(max_size=100), st.binary(max_size=20), st.binary(max_size=20))
def test_what_is_sealed_to_a_key_opens_for_its_purpose_only(plaintext: bytes, info: bytes, other: bytes) -> None:
    assume(info != other)
    sealed = seal_to(PUBLIC[MAIN], info, plaintext)
    assert open_sealed_to(PRIVATE[MAIN], info, sealed) == plaintext
    with pytest.raises(WrapRefusedError):
        open_sealed_to(PRIVATE[MAIN], other, sealed)
    with pytest.raises(WrapRefusedError):
        open_sealed_to(PRIVATE[SECOND], info, sealed)
