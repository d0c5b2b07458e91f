"""A PIV card: the card application of NIST SP 800-73-4 as far as a door needs it, on either interface.

Reads of data objects, the discovery object, and proof of a private key without a PIN (GENERAL AUTHENTICATE with RSA
2048 and 3072, P-256, P-384; SP 800-78-4 table 6-2).

Belongs here: what the application answers. Does not belong here: what is written on the card (piv_issuer.py), lengths
and chains (apdu.py). Not simulated: PINs (VERIFY is answered as for a blocked one), writing, fingerprints and whatever
else a PIN protects, and secure messaging.
"""

from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from simulators.cards.apdu import (
    NO_SUCH_INSTRUCTION,
    NOT_FOUND,
    OK,
    WRONG_DATA,
    WRONG_PARAMETERS,
    Command,
    Conversation,
    Reply,
)
from simulators.cards.ber import BerError, elements, tlv

PivKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

AID: Final = bytes.fromhex("a000000308000010000100")
"""PIV card application 1.0 (SP 800-73-4 part 1, 2.2)."""
CHUID: Final = 0x5FC102
CARD_AUTHENTICATION_CERTIFICATE: Final = 0x5FC101
DISCOVERY: Final = 0x7E
CARD_AUTHENTICATION_KEY: Final = 0x9E

_SELECT: Final = 0xA4
_VERIFY: Final = 0x20
_GENERAL_AUTHENTICATE: Final = 0x87
_GET_DATA: Final = 0xCB
_RID_BYTES: Final = 5
_BLOCKED: Final = 0x6983
_ATR: Final = bytes.fromhex("3b80800101")
"""A card that speaks T=0 and T=1 and says nothing else about itself."""
_RSA_ALGORITHMS: Final = {2048: 0x07, 3072: 0x05}
_EC_ALGORITHMS: Final = {"secp256r1": 0x11, "secp384r1": 0x14}
_HASHES: Final[dict[int, hashes.HashAlgorithm]] = {0x11: hashes.SHA256(), 0x14: hashes.SHA384()}
_SHA256_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")
"""What stands before a SHA-256 value inside an RSA signature (RFC 8017, 9.2, note 1)."""


@dataclass(slots=True)
class PivCard:
    """One card. `objects`: by tag, what stands inside tag 53. `keys`: by key reference.

    `uid`: its serial number before a contactless reader; PIV cards draw a new one each time, so it names nobody.
    `extended`: whether it takes long lengths; without, long things come in parts.
    """

    objects: dict[int, bytes]
    keys: dict[int, PivKey]
    uid: bytes = b"\x08\x12\x34\x56"
    extended: bool = True
    _selected: bool = field(default=False, init=False)
    _conversation: Conversation = field(init=False)

    def __post_init__(self) -> None:
        """Begin."""
        self._conversation = Conversation(self._answer, extended=self.extended)

    def __repr__(self) -> str:
        """Without what is on it."""
        return f"PivCard({len(self.objects)} objects, {len(self.keys)} keys)"

    def power_on(self) -> bytes:
        """Forget the selection; return the answer to reset."""
        self._selected = False
        self._conversation.reset()
        return _ATR

    def transmit(self, command: bytes) -> bytes:
        """Answer a command APDU."""
        return self._conversation.transmit(command)

    def _answer(self, command: Command) -> Reply:
        if command.ins == _SELECT:
            return self._select(command)
        if not self._selected:
            return Reply(b"", NO_SUCH_INSTRUCTION)
        if command.ins == _GET_DATA:
            return self._get_data(command)
        if command.ins == _GENERAL_AUTHENTICATE:
            return self._authenticate(command)
        return Reply(b"", _BLOCKED if command.ins == _VERIFY else NO_SUCH_INSTRUCTION)

    def _select(self, command: Command) -> Reply:
        """Select by name, right-truncated if wanted; a name that is not ours changes nothing (part 2, 3.1.1)."""
        if (command.p1, command.p2) != (0x04, 0x00):
            return Reply(b"", WRONG_PARAMETERS)
        if len(command.data) < _RID_BYTES or not AID.startswith(command.data):
            return Reply(b"", NOT_FOUND)
        self._selected = True
        pix = AID[_RID_BYTES:]
        algorithms = [tlv(0x80, bytes([algorithm_of(key)])) for key in self.keys.values()]
        template = tlv(0x4F, pix) + tlv(0x79, tlv(0x4F, AID[:_RID_BYTES])) + tlv(0x50, b"PIV")
        template += tlv(0xAC, *algorithms, tlv(0x06, b"\x00"))
        return Reply(tlv(0x61, template), OK)

    def _get_data(self, command: Command) -> Reply:
        """Tell a data object, named by a tag list of one (part 2, 3.1.2)."""
        if (command.p1, command.p2) != (0x3F, 0xFF):
            return Reply(b"", WRONG_PARAMETERS)
        try:
            ((kind, name),) = elements(command.data)
        except ValueError:
            return Reply(b"", WRONG_DATA)
        if kind != 0x5C or not 1 <= len(name) <= 3:
            return Reply(b"", WRONG_DATA)
        tag = int.from_bytes(name, "big")
        if tag == DISCOVERY:
            return Reply(tlv(DISCOVERY, tlv(0x4F, AID), tlv(0x5F2F, b"\x40\x00")), OK)
        content = self.objects.get(tag)
        return Reply(b"", NOT_FOUND) if content is None else Reply(tlv(0x53, content), OK)

    def _authenticate(self, command: Command) -> Reply:
        """Prove a private key by signing a challenge (part 2, 3.2.4 and appendix A.4)."""
        key = self.keys.get(command.p2)
        if key is None or command.p1 != algorithm_of(key):
            return Reply(b"", WRONG_PARAMETERS)
        try:
            ((kind, template),) = elements(command.data)
            wanted = dict(elements(template))
        except (BerError, ValueError):
            return Reply(b"", WRONG_DATA)
        challenge = wanted.get(0x81, b"")
        if kind != 0x7C or wanted.get(0x82) != b"" or len(challenge) != challenge_bytes(key):
            return Reply(b"", WRONG_DATA)
        return Reply(tlv(0x7C, tlv(0x82, _signed(key, challenge))), OK)


def algorithm_of(key: PivKey) -> int:
    """Return the algorithm identifier of a key (SP 800-78-4 table 6-2). Raises KeyError for a key that PIV lacks."""
    return _RSA_ALGORITHMS[key.key_size] if isinstance(key, rsa.RSAPrivateKey) else _EC_ALGORITHMS[key.curve.name]


def challenge_bytes(key: PivKey) -> int:
    """Return how long a challenge to this key is: a padded block as long as the modulus, or a hash value."""
    return key.key_size // 8


def _signed(key: PivKey, challenge: bytes) -> bytes:
    if not isinstance(key, rsa.RSAPrivateKey):
        return key.sign(challenge, ec.ECDSA(Prehashed(_HASHES[algorithm_of(key)])))
    usual = b"\x00\x01".ljust(len(challenge) - len(_SHA256_INFO) - 33, b"\xff") + b"\x00" + _SHA256_INFO
    if challenge.startswith(usual):
        # What nearly every reader sends. OpenSSL makes the same signature of it in a tenth of the time.
        return key.sign(challenge[len(usual) :], padding.PKCS1v15(), Prehashed(hashes.SHA256()))
    numbers = key.private_numbers()
    block = int.from_bytes(challenge, "big") % numbers.public_numbers.n
    p_part, q_part = (pow(block, d, prime) for d, prime in ((numbers.dmp1, numbers.p), (numbers.dmq1, numbers.q)))
    signature = q_part + numbers.iqmp * (p_part - q_part) % numbers.p * numbers.q
    return signature.to_bytes(len(challenge), "big")
