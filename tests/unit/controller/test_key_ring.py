"""Wraps are opened for the gate that signed and sent them, once, and forgotten with their period."""

from pathlib import Path

import pytest

from contract.events import DoorForced
from contract.ids import ControllerId, EdgeId, Epoch, PortalId
from contract.messages import decode_batch
from contract.periods import Kind, Retention
from contract.sealing import BadWrapsError, ContentKey, KeyName, NotWrappedForError, WrapRefusedError
from contract.signing import BadSignatureError, UnknownSignerError
from controller.service.key_ring import ClockAheadError, ExpiredError, ForeignSourceError, KeyRing
from controller.vault import FileVault
from tests.unit.controller.sources import MAIN, Source, at_ns, signer_of, verify_keys

NORTH, SOUTH, EPOCH = EdgeId("north"), EdgeId("south"), Epoch(bytes(16))
NOW_NS = at_ns(1_800_000_000)
RETENTION = Retention()
PERIOD = RETENTION.period_at(Kind.MOVEMENT, NOW_NS)


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    vault = FileVault(tmp_path, MAIN)
    vault.ensure(RETENTION, NOW_NS)
    return vault


@pytest.fixture
def ring(vault: FileVault) -> KeyRing:
    return KeyRing(vault, verify_keys(NORTH, SOUTH))


def wraps_by(edge: EdgeId, vault: FileVault, kind: Kind = Kind.MOVEMENT, *, signer: str | None = None) -> bytes:
    period = RETENTION.period_at(kind, NOW_NS)
    key = ContentKey.draw(KeyName(edge, EPOCH, period, "camera" if kind is Kind.VIDEO else ""))
    return key.wrap({MAIN: vault.public_key(period)}, signer_of(signer or edge))


def test_wraps_open_and_are_opened_once(ring: KeyRing, vault: FileVault) -> None:
    source = Source(NORTH, EPOCH, vault, RETENTION)
    batch = decode_batch(source.batch({7: DoorForced(NOW_NS, PortalId("door"))}))
    key = ring.open(batch.key, NORTH)
    [(number, sealed)] = batch.records
    assert number == 7
    assert key.open(7, sealed)
    assert ring.open(batch.key, NORTH) is key
    assert ring.wraps_of(NORTH, EPOCH, PERIOD.start_s) == (batch.key, key)


def test_a_gate_can_not_send_records_of_another(ring: KeyRing, vault: FileVault) -> None:
    wraps = wraps_by(NORTH, vault)
    with pytest.raises(ForeignSourceError):
        ring.open(wraps, SOUTH)
    ring.open(wraps, NORTH)
    with pytest.raises(ForeignSourceError):
        ring.open(wraps, SOUTH)


def test_video_is_no_event(ring: KeyRing, vault: FileVault) -> None:
    wraps = wraps_by(NORTH, vault, Kind.VIDEO)
    for _ in range(2):
        with pytest.raises(ForeignSourceError):
            ring.open(wraps, NORTH)


def test_a_foreign_signature_an_unknown_gate_and_rubbish_are_refused(ring: KeyRing, vault: FileVault) -> None:
    with pytest.raises(BadSignatureError):
        ring.open(wraps_by(NORTH, vault, signer="south"), NORTH)
    with pytest.raises(UnknownSignerError):
        ring.open(wraps_by(EdgeId("stranger"), vault), "stranger")
    with pytest.raises(BadWrapsError):
        ring.open(b"rubbish", NORTH)


def test_what_is_not_for_us_or_not_for_this_key_is_refused(ring: KeyRing, vault: FileVault) -> None:
    key = ContentKey.draw(KeyName(NORTH, EPOCH, PERIOD))
    public = vault.public_key(PERIOD)
    with pytest.raises(NotWrappedForError):
        ring.open(key.wrap({ControllerId("second"): public}, signer_of(NORTH)), NORTH)
    with pytest.raises(WrapRefusedError):
        ring.open(key.wrap({MAIN: vault.public_key(PERIOD.next())}, signer_of(NORTH)), NORTH)


def test_a_dropped_period_opens_no_more_and_others_do(ring: KeyRing, vault: FileVault) -> None:
    wraps = wraps_by(NORTH, vault)
    later = Source(NORTH, EPOCH, vault, RETENTION).key_of(PERIOD.next())[0]
    kept = ring.open(later, NORTH)
    ring.open(wraps, NORTH)
    vault.destroy([PERIOD])
    ring.drop({PERIOD})
    with pytest.raises(ExpiredError) as expired:
        ring.open(wraps, NORTH)
    assert expired.value.name.period == PERIOD
    assert ring.open(later, NORTH) is kept
    with pytest.raises(KeyError):
        ring.wraps_of(NORTH, EPOCH, PERIOD.start_s)


def test_a_period_that_has_not_begun_opens_nothing_and_its_pair_can_be_replaced(
    ring: KeyRing, vault: FileVault
) -> None:
    wraps = wraps_by(NORTH, vault)
    with pytest.raises(ClockAheadError) as ahead:
        ring.open(wraps, NORTH, PERIOD.start_s - 1)
    assert (ahead.value.name.period, ahead.value.opens) == (PERIOD, True)
    with pytest.raises(BadSignatureError):
        ring.open(wraps_by(NORTH, vault, signer="south"), NORTH, PERIOD.start_s - 1)
    assert ring.open(wraps, NORTH, PERIOD.start_s).name.period == PERIOD
    ring.renew(PERIOD)
    with pytest.raises(ClockAheadError) as again:
        ring.open(wraps, NORTH, PERIOD.start_s - 1)
    assert not again.value.opens
    with pytest.raises(WrapRefusedError):
        ring.open(wraps, NORTH)
