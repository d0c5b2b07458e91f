"""Bad input in bulk for every decoder of the contract: a named error or a good value, never anything else."""

import random
from collections import Counter
from collections.abc import Callable, Iterator

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.events import BadEventError, decode_event, encode_event
from contract.ids import AccessPointId, ControllerId, EdgeId, Epoch, HolderId, PassId
from contract.messages import BadBatchError, Have, Health, SealedBatch, decode_batch, encode
from contract.periods import Kind, Period
from contract.policy import VERSION as POLICY_VERSION
from contract.policy import AccessLevel, Policy, PolicyError, PolicyHeader, PolicyRow, Window, pack
from contract.sealing import BadWrapsError, ContentKey, KeyName, SealingError, decode_wraps, unwrap
from contract.signing import SignatureError, sign, signature_of, verify
from contract.site import AntiPassback
from contract.topics import HAVE, HEALTH
from tests.contract.test_topics import EVENT_EXAMPLES

SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
SIGNERS = {"main": SIGNER.public_key(), "north": SIGNER.public_key()}
PRIVATE = X25519PrivateKey.from_private_bytes(bytes(range(32)))
MAIN, EDGE = ControllerId("main"), EdgeId("north")
NAME = KeyName(EDGE, Epoch(bytes(16)), Period(Kind.MOVEMENT, 1_800_000_000, 3600))
WRAPS = ContentKey(NAME, bytes(32)).wrap({MAIN: PRIVATE.public_key().public_bytes_raw()}, SIGNER)
ODD_VALUES: tuple[object, ...] = (
    0, -1, 2**63, 2**64 - 1, -(2**63), 1.5, True, None, "", "x" * 300, "a\0b", b"", bytes(17), bytes(70_000), [], [[]],
    {}, {1: 2}, ["granted"], {"main": b""},
)  # fmt: skip


def mutations(good: list[bytes], count: int) -> Iterator[bytes]:
    """Yield random bytes, and good ones with flipped, cut, doubled and inserted bytes and with odd values inside."""
    chance = random.Random(20261121)
    for _ in range(count):
        data = bytearray(chance.choice(good))
        match chance.randrange(6):
            case 0:
                yield chance.randbytes(chance.randrange(64))
            case 1:
                for _ in range(chance.randrange(1, 4)):
                    data[chance.randrange(len(data))] = chance.randrange(256)
                yield bytes(data)
            case 2:
                yield bytes(data[: chance.randrange(len(data))])
            case 3:
                at = chance.randrange(len(data))
                yield bytes(data[:at] + chance.randbytes(chance.randrange(1, 5)) + data[at:])
            case 4:
                yield bytes(data) * 2
            case _:
                yield _with_odd_value(bytes(data), chance)


def _with_odd_value(data: bytes, chance: random.Random) -> bytes:
    """Replace one value somewhere in a MessagePack array by one of another type or size."""
    value = msgspec.msgpack.decode(data)
    place = value
    while isinstance(place, list) and place:
        at = chance.randrange(len(place))
        if not isinstance(place[at], list) or not place[at] or chance.random() < 0.3:
            place[at] = chance.choice(ODD_VALUES)
            break
        place = place[at]
    return msgspec.msgpack.encode(value)


def outcomes(
    decode: Callable[[bytes], object], named: tuple[type[Exception], ...], inputs: Iterator[bytes]
) -> Counter[str]:
    """Feed all inputs; any exception that is not named ends the test."""
    seen: Counter[str] = Counter()
    for data in inputs:
        try:
            decode(data)
        except named as error:
            seen[type(error).__name__] += 1
        else:
            seen["taken"] += 1
    return seen


@pytest.mark.fuzz
def test_events(fuzz_count: int) -> None:
    good = [encode_event(event) for event in EVENT_EXAMPLES]
    seen = outcomes(decode_event, (BadEventError,), mutations(good, fuzz_count))
    assert seen["BadEventError"] > seen["taken"] / 2


@pytest.mark.fuzz
def test_batches_and_what_is_done_with_them(fuzz_count: int) -> None:
    key = ContentKey(NAME, bytes(32))
    good = [
        encode(SealedBatch(1, WRAPS, [(number, key.seal(number, bytes(number))) for number in range(count)]))
        for count in (1, 3, 64)
    ]

    def take(data: bytes) -> None:
        batch = decode_batch(data)
        for number, sealed in batch.records:
            key.open(number, sealed)

    seen = outcomes(take, (BadBatchError, SealingError), mutations(good, fuzz_count))
    assert {"BadBatchError", "RecordRefusedError"} <= set(seen)


@pytest.mark.fuzz
def test_wraps_even_if_the_gate_signs_what_is_wrong(fuzz_count: int) -> None:
    """A gate that somebody took over signs whatever it likes."""

    def take(data: bytes) -> None:
        wraps = decode_wraps(data)
        name = wraps.name
        body = msgspec.msgpack.encode((name, sorted(wraps.wraps.items())))
        signature = signature_of("Wraps", name.edge, body, SIGNER)
        msgspec.structs.replace(wraps, signature=signature).check(SIGNER.public_key())
        unwrap(name, MAIN, wraps.wrap_for(MAIN), PRIVATE)

    seen = outcomes(take, (BadWrapsError, SealingError, SignatureError), mutations([WRAPS], fuzz_count))
    assert {"BadWrapsError", "WrapRefusedError"} <= set(seen)


@pytest.mark.fuzz
def test_signed_messages(fuzz_count: int) -> None:
    good = [sign(HEALTH.example, "north", SIGNER), sign(HAVE.example, "main", SIGNER)]

    def take(data: bytes) -> None:
        verify(data, Health if data[2:7] == b"north" else Have, SIGNERS)

    seen = outcomes(take, (SignatureError,), mutations(good, fuzz_count))
    assert {"BadMessageError", "BadSignatureError", "UnknownSignerError"} <= set(seen)


@pytest.mark.fuzz
def test_bodies_that_the_signer_himself_made_wrong(fuzz_count: int) -> None:
    def take(data: bytes) -> None:
        signature = signature_of("Health", "north", data, SIGNER)
        verify(msgspec.msgpack.encode(["north", data, signature]), Health, SIGNERS)

    seen = outcomes(take, (SignatureError,), mutations([encode(HEALTH.example)], fuzz_count))
    assert set(seen) <= {"BadMessageError", "taken"}


@pytest.mark.fuzz
def test_policies(fuzz_count: int) -> None:
    levels = [AccessLevel(frozenset({AccessPointId("in")}), [Window(0, 1, 2)])]
    header = PolicyHeader(POLICY_VERSION, EDGE, 1, 0, 1, "UTC", AntiPassback.OFF, levels, bytes(32))
    row = PolicyRow(HolderId("0" * 24), PassId("1" * 24), 0)
    document = pack(header, [(f"card-{at}", row) for at in range(5)])
    chance = random.Random(20261121)

    def take(data: bytes) -> None:
        policy = Policy(data)
        assert len(policy) < 64
        policy.find("card-1")

    def inputs() -> Iterator[bytes]:
        for _ in range(fuzz_count):
            data = bytearray(document)
            for _ in range(chance.randrange(3)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            yield bytes(data[: chance.choice([len(data), len(data), chance.randrange(len(data))])])

    seen = outcomes(take, (PolicyError,), inputs())
    assert {"taken", "PolicyError"} == set(seen)
