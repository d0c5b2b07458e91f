"""Whose signature counts under a recording: the gate's own, and the one that it had when it recorded."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlmodel import Session

from contract.clock import NS_PER_S
from contract.ids import CameraId, ControllerId, EdgeId, Epoch
from contract.periods import DAY_S, Kind, Period, Retention
from contract.recordings import RecordedSegment, SealedSegment
from contract.sealing import ContentKey, KeyName
from contract.segments import SegmentWriter, read_header
from controller.domain.video.viewing import CameraOf, VideoError
from controller.service.site.replaced_keys import ReplacedKeys
from controller.service.video.opening import SegmentKeys
from controller.store.reference import ReplacedGateKeyRow, open_reference
from controller.vault import FileVault

MAIN, GATE, CAMERA = ControllerId("main"), EdgeId("north"), CameraId("door")
RETENTION = Retention()
TODAY = RETENTION.period_at(Kind.VIDEO, 1_800_000_000 * NS_PER_S)
REPLACED_S = TODAY.start_s + DAY_S // 2
OLD, NEW, FOREIGN = (Ed25519PrivateKey.generate() for _ in range(3))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_reference(tmp_path / "reference.db")
    with Session(engine) as session:
        key = OLD.public_key().public_bytes_raw()
        session.add(ReplacedGateKeyRow(verify_key=key, gate=GATE, until_s=REPLACED_S))
        session.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    vault = FileVault(tmp_path / "vault", MAIN)
    vault.ensure(RETENTION, (TODAY.start_s - 2 * DAY_S) * NS_PER_S)
    return vault


def refused(vault: FileVault, replaced: ReplacedKeys, period: Period, signer: Ed25519PrivateKey) -> str:
    """Why a recording of that day does not open that was signed with that key; empty if it does."""
    out = io.BytesIO()
    key = ContentKey.draw(KeyName(GATE, Epoch(bytes(16)), period, CAMERA))
    wraps = key.wrap({MAIN: vault.public_key(period)}, signer)
    SegmentWriter(out, 1, key, wraps, period.start_s * NS_PER_S).finish()
    out.seek(0)
    sealed = SealedSegment(read_header(out).encoded, [1])
    keys = SegmentKeys(vault, MAIN, {GATE: NEW.public_key()}, replaced)
    try:
        keys.open(CameraOf(GATE, CAMERA), RecordedSegment(1, 0, 1, 1, is_complete=True), sealed)
    except VideoError as error:
        return error.code
    return ""


def test_what_a_gate_recorded_before_it_was_enrolled_again_opens_and_nothing_later_does(
    vault: FileVault, engine: Engine
) -> None:
    replaced = ReplacedKeys(engine, RETENTION)
    yesterday = Period(Kind.VIDEO, TODAY.start_s - DAY_S, DAY_S)
    for period in (yesterday, TODAY, TODAY.next()):
        assert refused(vault, replaced, period, NEW) == ""
        assert refused(vault, replaced, period, OLD) == ("" if period < TODAY.next() else "altered")
        assert refused(vault, replaced, period, FOREIGN) == "altered"


def test_a_replaced_key_lives_as_long_as_what_it_signed_and_no_longer(vault: FileVault, engine: Engine) -> None:
    replaced = ReplacedKeys(engine, RETENTION)
    limit_ns = (REPLACED_S + 30 * DAY_S) * NS_PER_S
    assert replaced.forget(limit_ns - 1) == 0
    assert refused(vault, replaced, TODAY, OLD) == ""
    assert replaced.forget(limit_ns) == 1
    assert refused(vault, replaced, TODAY, OLD) == "altered"
    assert replaced.forget(limit_ns) == 0
