"""The sealed roll: who is inside, on a tablet that reads it with a commander's consent alone, and until a limit only.

A part holds those whose last records are of one period. Its content key is drawn from two halves: one is sealed to the
tablet's key of that period, which the tablet destroys at the period's limit, the other to each commander's key. Whoever
lacks either half has noise: a stolen tablet without a commander, a commander without the tablet, both after the limit.

Construction (ADR 0034). Halves: 32 random bytes each, sealed with HPKE (RFC 9180, base mode, DHKEM X25519, HKDF-SHA256,
AES-256-GCM). Content key: HKDF-SHA256 (RFC 5869) over device half and commander half, without salt, info the part's
name. Content: AES-256-GCM under a random 96-bit nonce, associated data the part's name. All of it is in WebCrypto.

A handed list is sealed to the tablet's keys alone: a warden has no key, and got it as a numbered copy.

Belongs here: pure cryptography and its format. Does not belong here: who is on a roll (controller/service/tablets), or
opening one, which tablets do (controller/console/static/assembly).
"""

import secrets
from collections.abc import Mapping
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contract.ids import AccountId, ControllerId, SiteId
from contract.sealing import NONCE_BYTES, seal_to

KEY_BYTES: Final = 32
"""Of every public key, private key and half."""
_BLOCK_BYTES: Final = 4096
"""A part is filled up to a multiple of this: its length must not tell how many are in it."""


class PartName(msgspec.Struct, frozen=True):
    """What one part is: of which site, by which controller, of which period, made when (seconds since 1970 UTC)."""

    site: SiteId
    controller: ControllerId
    period_s: int
    made_s: int

    def encoded(self, purpose: str, *more: str) -> bytes:
        """Return the name as bytes for one purpose; no part of it holds a zero byte."""
        parts = ("sacs/1", purpose, self.site, self.controller, str(self.period_s), str(self.made_s), *more)
        return "\0".join(parts).encode()


class RollPart(msgspec.Struct, frozen=True):
    """One part, sealed, with the commanders' halves. `device_half` never leaves the controller in clear."""

    name: PartName
    sealed: bytes
    commanders: Mapping[AccountId, bytes]
    device_half: bytes

    def __repr__(self) -> str:
        """Without the half."""
        return f"<part of {self.name.period_s}>"

    def half_for(self, tablet: str, key: bytes) -> bytes:
        """Return the tablet's half, sealed to its key of the period (32 bytes, X25519). Raises ValueError."""
        return seal_to(key, self.name.encoded("roll-half/tablet", tablet), self.device_half)


def seal_part(name: PartName, content: bytes, commanders: Mapping[AccountId, bytes]) -> RollPart:
    """Seal `content` (JSON, which spaces may follow) for any tablet that gets a half, and these commanders' keys."""
    device_half, commander_half = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES)
    info = name.encoded("roll-part")
    key = HKDF(SHA256(), KEY_BYTES, None, info).derive(device_half + commander_half)
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, _filled(content), info)
    wraps = {
        account: seal_to(public, name.encoded("roll-half/commander", account), commander_half)
        for account, public in commanders.items()
    }
    return RollPart(name, sealed, wraps, device_half)


def seal_list(name: PartName, copy: int, tablet: str, key: bytes, content: bytes) -> bytes:
    """Seal those of copy number `copy` who are of one period to the tablet's key of it. Raises ValueError."""
    return seal_to(key, name.encoded("handed-list", tablet, str(copy)), _filled(content))


def is_signed(purpose: str, parts: tuple[str, ...], signature: bytes, key: bytes) -> bool:
    """Tell whether these texts, none with a zero byte, were signed for that purpose (Ed25519, RFC 8032)."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, "\0".join(("sacs/1", purpose, *parts)).encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _filled(content: bytes) -> bytes:
    return content + b" " * (-len(content) % _BLOCK_BYTES)
