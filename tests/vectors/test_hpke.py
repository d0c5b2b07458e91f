"""HPKE against the published vectors, so that what a gate seals is what RFC 9180 says, not what one library does.

Source: the test vectors that the CFRG published beside RFC 9180 (test-vectors.json), entry mode 0 (base), KEM 0x0020
DHKEM(X25519, HKDF-SHA256), KDF 0x0001 HKDF-SHA256, AEAD 0x0002 AES-256-GCM; its first encryption (sequence number 0).
The RFC's own appendix A.1 has the same KEM and KDF with AES-128-GCM.
"""

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contract.sealing import TruncatedRecordError, WrapRefusedError, open_sealed_to, seal_to

INFO = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
RECIPIENT = bytes.fromhex("497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d")
RECIPIENT_PUBLIC = bytes.fromhex("430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c")
ENCAPSULATED = bytes.fromhex("6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256")
KEY = bytes.fromhex("f50b0609186798729ed0564b36ef2ef8044f1f9d05636874d1f46c819c7a669f")
BASE_NONCE = bytes.fromhex("151d9929e2449747889bc923")
AAD = bytes.fromhex("436f756e742d30")
PLAINTEXT = bytes.fromhex("4265617574792069732074727574682c20747275746820626561757479")
CIPHERTEXT = bytes.fromhex("e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a")


def test_the_vector_is_copied_rightly() -> None:
    private = X25519PrivateKey.from_private_bytes(RECIPIENT)
    assert private.public_key().public_bytes_raw() == RECIPIENT_PUBLIC
    assert AESGCM(KEY).decrypt(BASE_NONCE, CIPHERTEXT, AAD) == PLAINTEXT


def test_decapsulation_and_key_schedule_are_those_of_the_standard() -> None:
    """The vectors use associated data and we use none, so the text is sealed again under the vector's own key."""
    without_aad = AESGCM(KEY).encrypt(BASE_NONCE, PLAINTEXT, b"")
    private = X25519PrivateKey.from_private_bytes(RECIPIENT)
    assert open_sealed_to(private, INFO, ENCAPSULATED + without_aad) == PLAINTEXT
    for wrong_info in (b"", INFO + b"\0", INFO[:-1]):
        with pytest.raises(WrapRefusedError):
            open_sealed_to(private, wrong_info, ENCAPSULATED + without_aad)
    with pytest.raises(WrapRefusedError):  # the vector's own ciphertext, whose associated data we do not have
        open_sealed_to(private, INFO, ENCAPSULATED + CIPHERTEXT)


def test_sealing_is_encapsulated_key_then_ciphertext_and_never_the_same_twice() -> None:
    private = X25519PrivateKey.from_private_bytes(RECIPIENT)
    first, second = (seal_to(RECIPIENT_PUBLIC, INFO, PLAINTEXT) for _ in range(2))
    assert len(first) == len(ENCAPSULATED) + len(PLAINTEXT) + 16
    assert first[:32] != second[:32]
    assert open_sealed_to(private, INFO, first) == PLAINTEXT


@pytest.mark.parametrize("length", [0, 1, 31, 32, 47, 48])
def test_whatever_is_too_short_or_of_low_order_is_refused_by_name(length: int) -> None:
    private = X25519PrivateKey.from_private_bytes(RECIPIENT)
    with pytest.raises((WrapRefusedError, TruncatedRecordError)):
        open_sealed_to(private, INFO, bytes(length))
