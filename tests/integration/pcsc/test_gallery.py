"""Simulated smart cards, right and wrong, through the real service to the gate: each wrong one for its own reason."""

import contextlib
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.pcsc.judge import CardJudge
from drivers.pcsc.trust_folder import TrustFolder
from drivers.ports import ReadRefusal
from simulators.cards.desfire import DesfireCard
from simulators.cards.piv_issuer import Algorithm, PivIssuer
from simulators.cards.smartcard import SmartCard
from simulators.cards.wrong_cards import WRONG_CARDS
from simulators.pcsc import PrivatePcscd
from tests.integration.pcsc.cards import Heard, pull, reading

APPLICATION, SITE_KEY = bytes.fromhex("3042f5"), bytes(range(16))
NAMES = [f"Simulated {letter}" for letter in "ABCDEFGH"]
REASONS = {
    "tampered-chuid": ReadRefusal.TAMPERED,
    "tampered-certificate": ReadRefusal.TAMPERED,
    "expired": ReadRefusal.EXPIRED,
    "not-yet-valid": ReadRefusal.NOT_YET_VALID,
    "revoked": ReadRefusal.REVOKED,
    "copied-chuid": ReadRefusal.COPIED,
    "copied-certificate": ReadRefusal.COPIED,
    "key-mismatch": ReadRefusal.KEY_MISMATCH,
    "untrusted": ReadRefusal.UNTRUSTED,
    "untrusted-signer": ReadRefusal.UNTRUSTED,
    "expired-signer": ReadRefusal.EXPIRED,
    "wrong-signer": ReadRefusal.UNTRUSTED,
    "wrong-purpose": ReadRefusal.UNTRUSTED,
    "expired-chuid": ReadRefusal.EXPIRED,
    "unsigned-chuid": ReadRefusal.MISSING_OBJECT,
    "no-certificate": ReadRefusal.MISSING_OBJECT,
    "no-chuid": ReadRefusal.MISSING_OBJECT,
    "no-key": ReadRefusal.KEY_MISMATCH,
    "garbled-certificate": ReadRefusal.TAMPERED,
    "replayed-answer": ReadRefusal.KEY_MISMATCH,
    "silent": ReadRefusal.KEY_MISMATCH,
    "pulled": ReadRefusal.CARD_REMOVED,
}


@pytest.fixture
def eight(pcsc_folder: Path) -> Iterator[PrivatePcscd]:
    with PrivatePcscd(pcsc_folder, NAMES) as service:
        yield service


async def shown(service: PrivatePcscd, judge: CardJudge, cards: dict[str, SmartCard]) -> dict[str, Heard]:
    """Show each card to a reader of its own, as many at a time as there are; return what was heard of each."""
    told: dict[str, Heard] = {}
    waiting = list(cards.items())
    while waiting:
        batch, waiting = waiting[: len(NAMES)], waiting[len(NAMES) :]
        async with contextlib.AsyncExitStack() as stack:
            for (name, card), reader in zip(batch, service.readers.values(), strict=False):
                told[name] = await stack.enter_async_context(reading(reader.name, judge))
                reader.insert(card)
            for name, _card in batch:
                await told[name].until(lambda heard: heard.cards > 0)
        for reader in service.readers.values():
            await pull(reader)
    return told


def judge_at(folder: Path, now: dt.datetime) -> CardJudge:
    return CardJudge(lambda: now, TrustFolder(folder), {APPLICATION.hex(): SITE_KEY.hex()})


async def test_every_wrong_card_is_refused_for_its_own_reason(eight: PrivatePcscd, tmp_path: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    issuer = PivIssuer.found(now)
    cards = {wrong.name: wrong.make(issuer) for wrong in WRONG_CARDS}
    cards["another site's DESFire"] = DesfireCard.of_site({APPLICATION: bytes(16)})
    issuer.write(tmp_path, now)
    told = await shown(eight, judge_at(tmp_path, now), cards)
    assert {name: heard.refused[0] for name, heard in told.items() if not heard.read} == {
        **REASONS,
        "another site's DESFire": ReadRefusal.KEY_MISMATCH,
    }


async def test_every_right_card_is_let_in(eight: PrivatePcscd, tmp_path: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    issuer = PivIssuer.found(now, algorithm=Algorithm.P384)
    cards: dict[str, SmartCard] = {str(algorithm): issuer.issue(algorithm) for algorithm in Algorithm}
    cards |= {
        "in parts": issuer.issue(Algorithm.RSA_2048, extended=False),
        "packed": issuer.issue(compressed=True),
        "long": issuer.issue(ballast_bytes=3000),
        "long in parts": issuer.issue(ballast_bytes=3000, extended=False),
        "DESFire": DesfireCard.of_site({APPLICATION: SITE_KEY}),
    }
    issuer.write(tmp_path, now)
    told = await shown(eight, judge_at(tmp_path, now), cards)
    assert {name: heard.refused for name, heard in told.items() if not heard.read} == {}
    assert len({heard.read[0] for heard in told.values()}) == len(cards)
