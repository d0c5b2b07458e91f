"""The sealed roll: both halves are needed, and nothing else opens it. Chromium opens what this seals, too (browser)."""

import json

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contract.ids import AccountId, ControllerId, SiteId
from contract.sealed_roll import PartName, RollPart, is_signed, seal_list, seal_part
from contract.sealing import WrapRefusedError, open_sealed_to

NAME = PartName(SiteId("here"), ControllerId("main"), 1_800_000_000, 1_800_000_030)
COMMANDER = AccountId("c" * 24)
TABLET = "north-1"
CONTENT = b'{"persons":[]}'


def public(key: X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def opened(
    part: RollPart,
    tablet: X25519PrivateKey,
    commander: X25519PrivateKey,
    name: PartName = NAME,
    account: AccountId = COMMANDER,
) -> bytes:
    """As a tablet does it: written from the description, not with the code that seals."""
    half = open_sealed_to(tablet, name.encoded("roll-half/tablet", TABLET), part.half_for(TABLET, public(tablet)))
    other = open_sealed_to(commander, name.encoded("roll-half/commander", account), part.commanders[account])
    info = name.encoded("roll-part")
    key = HKDF(SHA256(), 32, None, info).derive(half + other)
    return AESGCM(key).decrypt(part.sealed[:12], part.sealed[12:], info)


def test_both_halves_open_it_and_its_length_tells_little() -> None:
    tablet, commander = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    part = seal_part(NAME, CONTENT, {COMMANDER: public(commander)})
    assert json.loads(opened(part, tablet, commander)) == {"persons": []}
    longer = seal_part(NAME, CONTENT + b" " * 3000, {COMMANDER: public(commander)})
    assert len(longer.sealed) == len(part.sealed)
    assert part.device_half.hex() not in repr(part)


def test_neither_half_alone_another_name_or_another_key_opens_it() -> None:
    tablet, commander, stranger = (X25519PrivateKey.generate() for _ in range(3))
    part = seal_part(NAME, CONTENT, {COMMANDER: public(commander)})
    with pytest.raises(WrapRefusedError):
        opened(part, tablet, stranger)
    for halves in (part.device_half + bytes(32), bytes(32) + part.device_half):
        key = HKDF(SHA256(), 32, None, NAME.encoded("roll-part")).derive(halves)
        with pytest.raises(InvalidTag):
            AESGCM(key).decrypt(part.sealed[:12], part.sealed[12:], NAME.encoded("roll-part"))
    half = part.half_for(TABLET, public(tablet))
    with pytest.raises(WrapRefusedError):
        open_sealed_to(stranger, NAME.encoded("roll-half/tablet", TABLET), half)
    with pytest.raises(WrapRefusedError):
        open_sealed_to(tablet, NAME.encoded("roll-half/tablet", "north-2"), half)
    with pytest.raises(WrapRefusedError):
        opened(part, tablet, commander, PartName(NAME.site, NAME.controller, NAME.period_s, NAME.made_s + 1))


def test_a_handed_list_opens_with_the_tablets_key_of_the_period_and_as_that_copy_alone() -> None:
    tablet = X25519PrivateKey.generate()
    sealed = seal_list(NAME, 7, TABLET, public(tablet), CONTENT)
    assert open_sealed_to(tablet, NAME.encoded("handed-list", TABLET, "7"), sealed).strip() == CONTENT
    with pytest.raises(WrapRefusedError):
        open_sealed_to(tablet, NAME.encoded("handed-list", TABLET, "8"), sealed)


def test_a_signature_is_for_one_purpose_and_these_texts() -> None:
    key = Ed25519PrivateKey.generate()
    verify = key.public_key().public_bytes_raw()
    signature = key.sign(b"sacs/1\0tablet-request\0north-1\x001")
    assert is_signed("tablet-request", ("north-1", "1"), signature, verify)
    assert not is_signed("sealed-roll-opened", ("north-1", "1"), signature, verify)
    assert not is_signed("tablet-request", ("north-1", "2"), signature, verify)
    assert not is_signed("tablet-request", ("north-1", "1"), signature[:-1], verify)
    assert not is_signed("tablet-request", ("north-1", "1"), signature, b"short")
