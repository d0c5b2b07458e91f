"""A gate as a witness: it keeps the highest head of each controller, over restarts, and lets nobody lower it."""

import errno
from pathlib import Path

import pytest

from contract.ids import ControllerId
from contract.messages import VERSION, LedgerHead
from contract.signing import BadMessageError, BadSignatureError, UnknownSignerError, sign
from edge import ledger_heads
from edge.ledger_heads import BEHIND, LedgerHeads
from tests.unit.edge.parts import PlayedController, enrol

ONE, TWO = bytes(32), bytes([1] * 32)


@pytest.fixture
def main() -> PlayedController:
    return PlayedController()


def heads(folder: Path, *controllers: PlayedController) -> LedgerHeads:
    return LedgerHeads(folder, enrol([each.card() for each in controllers]).controller_keys())


def head(of: PlayedController, number: int, line_hash: bytes = ONE, at_ns: int = 0) -> bytes:
    return sign(LedgerHead(VERSION, of.name, number, line_hash, at_ns), of.name, of.signer)


async def test_the_highest_is_kept_of_each_controller_and_over_a_restart(
    tmp_path: Path, main: PlayedController
) -> None:
    other = PlayedController(ControllerId("other"))
    kept = heads(tmp_path, main, other)
    for data in (head(main, 3), head(other, 1), head(main, 7, TWO)):
        await kept.take(data)
    assert sorted(kept.kept()) == sorted([head(main, 7, TWO), head(other, 1)])
    assert sorted(heads(tmp_path, main, other).kept()) == sorted(kept.kept())
    assert kept.counters[BEHIND] == 0


@pytest.mark.parametrize("lower", [(6, ONE), (7, ONE), (0, ONE)])
async def test_a_shorter_or_other_ledger_is_counted_and_changes_nothing(
    tmp_path: Path, main: PlayedController, lower: tuple[int, bytes]
) -> None:
    kept = heads(tmp_path, main)
    await kept.take(head(main, 7, TWO))
    await kept.take(head(main, *lower))
    assert kept.counters[BEHIND] == 1
    assert kept.kept() == [head(main, 7, TWO)] == heads(tmp_path, main).kept()


async def test_the_same_end_signed_again_is_no_news(tmp_path: Path, main: PlayedController) -> None:
    kept = heads(tmp_path, main)
    await kept.take(head(main, 7, TWO))
    file = tmp_path / f"{main.name}.head"
    file.unlink()
    await kept.take(head(main, 7, TWO, at_ns=60))
    assert not file.exists()
    assert kept.counters[BEHIND] == 0


async def test_what_no_enrolled_controller_signed_is_refused(tmp_path: Path, main: PlayedController) -> None:
    other = PlayedController(ControllerId("other"))
    kept = heads(tmp_path, main)
    with pytest.raises(UnknownSignerError):
        await kept.take(head(other, 1))
    with pytest.raises(BadSignatureError):
        await kept.take(head(PlayedController(), 1))
    with pytest.raises(BadMessageError):
        await kept.take(sign(LedgerHead(VERSION, other.name, 1, ONE, 0), main.name, main.signer))
    assert kept.kept() == []


async def test_a_damaged_file_is_passed_over(tmp_path: Path, main: PlayedController) -> None:
    await heads(tmp_path, main).take(head(main, 7))
    file = tmp_path / f"{main.name}.head"
    file.write_bytes(b"damaged")
    again = heads(tmp_path, main)
    assert again.kept() == []
    await again.take(head(main, 8))
    assert again.kept() == [head(main, 8)]


async def test_a_head_counts_though_the_disk_refuses_it(
    tmp_path: Path, main: PlayedController, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ledger_heads, "write_atomically", refuse)
    kept = heads(tmp_path, main)
    await kept.take(head(main, 7))
    assert kept.kept() == [head(main, 7)]
