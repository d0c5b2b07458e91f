"""What of an altered ledger is still vouched for, and the sound ledger that it makes.

A signature vouches for its own line and, through the hash that each line names, for all lines before it: so the lines
behind an altered one are as authentic as those in front of it, and only what was altered is lost. Each entry keeps its
number, for others name it; in place of a lost one stands an entry that says so. Belongs here: telling authentic lines
from others, and chaining them anew. Does not belong here: files (opening.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contract.ids import ControllerId
from controller.ledger.entry import FIRST, Entry, decode_line, encode_line, hash_of, is_signed

LOST: Final = "entry-lost"
_Line = tuple[Entry, bytes]


@dataclass(frozen=True)
class Rescued:
    """`lines` of a sound chain without their ends; `kept`: how many say what the altered one said.

    `last`: the last entry, or None if nothing is vouched for.
    """

    lines: list[bytes]
    kept: int
    last: Entry | None


def vouched_for(lines: Iterable[bytes], controller: ControllerId, key: Ed25519PublicKey) -> list[_Line]:
    """Return the lines that this controller wrote as they stand, in the order of their numbers, each number once.

    Looked at from the end: a line is authentic if the next one names its hash, or, where the next one is lost, if its
    own signature holds. One that the next contradicts is out, though it may be signed: it is from elsewhere.
    """
    read = sorted((each for line in lines if (each := _read(line)) is not None), key=lambda each: each[0].number)
    kept: list[_Line] = []
    for entry, line in reversed(read):
        after = kept[-1][0] if kept else None
        if after is not None and entry.number == after.number - 1:
            authentic = hash_of(line) == after.before
        else:
            authentic = (after is None or entry.number < after.number) and is_signed(line, controller, key)
        if authentic:
            kept.append((entry, line))
    return kept[::-1]


def rescued(lines: Iterable[bytes], controller: ControllerId, signer: Ed25519PrivateKey) -> Rescued:
    """Return a sound chain of what is vouched for in `lines`: unchanged up to the first loss, signed anew behind it."""
    authentic = vouched_for(lines, controller, signer.public_key())
    chain: list[bytes] = []
    before, last = FIRST, None
    for entry, line in authentic:
        while len(chain) + 1 < entry.number:
            lost = Entry(len(chain) + 1, last.at if last else entry.at, before, LOST, {})
            chain.append(encode_line(lost, controller, signer))
            before = hash_of(chain[-1])
        last = entry if entry.before == before else msgspec.structs.replace(entry, before=before)
        chain.append(line if last is entry else encode_line(last, controller, signer))
        before = hash_of(chain[-1])
    return Rescued(chain, len(authentic), last)


def _read(line: bytes) -> _Line | None:
    try:
        return decode_line(line), line
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
