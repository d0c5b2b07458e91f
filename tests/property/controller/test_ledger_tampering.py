"""Whatever is done to a copy of the ledger by somebody without the key: what a witness has seen can not be changed."""

from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from contract.ids import ControllerId
from controller.ledger import Entry
from controller.ledger.entry import FIRST, encode_line, hash_of
from controller.ledger.report import SeenEnd, report_on

MAIN = ControllerId("main")
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
THIEF = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))


def chain(count: int, text: str, signer: Ed25519PrivateKey = SIGNER, upon: tuple[bytes, ...] = ()) -> tuple[bytes, ...]:
    """Lines of a ledger, going on behind those of another."""
    lines = list(upon)
    for number in range(len(upon) + 1, count + 1):
        before = hash_of(lines[-1]) if lines else FIRST
        lines.append(encode_line(Entry(number, "2027-01-15", before, "canary-found", {"form": text}), MAIN, signer))
    return tuple(lines)


LEDGER = chain(8, "true")
OTHER = chain(8, "false", upon=LEDGER[:3])  # of a controller that was set back to its third entry, and went on
FORGED = chain(8, "forged", THIEF, upon=LEDGER[:5])

lines_of_all = st.sampled_from([*LEDGER, *OTHER, *FORGED])
ledgers = st.sampled_from([LEDGER, OTHER, FORGED])


@st.composite
def tampered(draw: st.DrawFn) -> bytes:
    """A ledger cut, with lines moved, doubled, mixed with another's, and bytes changed; or left alone."""
    lines = list(draw(ledgers))
    for act in draw(st.lists(st.sampled_from(["cut", "remove", "insert", "swap"]), max_size=3)):
        at = draw(st.integers(0, max(0, len(lines) - 1)))
        if act == "cut":
            del lines[at:]
        elif act == "remove":
            del lines[at : at + 1]
        elif act == "insert":
            lines.insert(at, draw(lines_of_all))
        elif lines:
            lines[0], lines[at] = lines[at], lines[0]
    data = bytearray(b"".join(line + b"\n" for line in lines))
    for at in draw(st.lists(st.integers(0, max(0, len(data) - 1)), max_size=2)):
        if data:
            data[at] ^= draw(st.sampled_from([1, 2, 32, 128]))
    return bytes(data)


@given(data=tampered(), seen=st.integers(0, 8))
def test_a_ledger_that_passes_has_all_that_a_witness_saw(data: bytes, seen: int) -> None:
    end = [SeenEnd("gate", seen, hash_of(LEDGER[seen - 1]))] if seen else []
    with TemporaryDirectory() as folder:
        path = Path(folder, "ledger.jsonl")
        path.write_bytes(data)
        report = report_on(path, MAIN, SIGNER.public_key(), end)
    whole_lines = data[: data.rfind(b"\n") + 1].splitlines()
    if report.is_whole:
        assert tuple(whole_lines[:seen]) == LEDGER[:seen]
        assert any(tuple(whole_lines) == known[: len(whole_lines)] for known in (LEDGER, OTHER)) or not whole_lines
    assert report.entries == sum(report.counts.values())
    for known in (LEDGER, OTHER):
        if tuple(whole_lines) == known[: len(whole_lines)]:
            assert not report.altered
