"""Wraps are opened for the gate that signed and sent them, once, and forgotten with their period."""

from pathlib import Path

import pytest

from contract.events import DoorForced
from contract.ids import ControllerId, EdgeId, Epoch, PortalId
from contract.messages import decode_batch
from contract.periods import Kind, Retention
from contract.sealing import BadWrapsError, ContentKey, KeyName, NotWrappedForError, WrapRefusedError
from contract.signing import BadSignatureError, UnknownSignerError
from controller.service.records.key_ring import ExpiredError, ForeignSourceError, KeyRing, PairReplacedError
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
    return KeyRing(vault, verify_keys(NORTH, SOUTH), MAIN, signer_of("controller"))


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


def test_what_was_sealed_to_a_pair_that_was_replaced_is_told_from_what_never_opened(
    ring: KeyRing, vault: FileVault
) -> None:
    wraps = wraps_by(NORTH, vault)
    assert ring.open(wraps, NORTH).name.period == PERIOD
    ring.replace(PERIOD)
    with pytest.raises(PairReplacedError) as replaced:
        ring.open(wraps, NORTH)
    assert replaced.value.name.period == PERIOD
    again = KeyRing(vault, verify_keys(NORTH), MAIN, signer_of("controller"), [PERIOD])
    with pytest.raises(PairReplacedError):
        again.open(wraps, NORTH)
    again.forget(PERIOD.start_s)
    with pytest.raises(WrapRefusedError):
        again.open(wraps, NORTH)
    assert ring.open(wraps_by(NORTH, vault), NORTH).name.period == PERIOD


def test_what_the_controller_sealed_itself_opens_from_its_store_alone(ring: KeyRing, vault: FileVault) -> None:
    wraps, key = ring.own(NORTH, EPOCH, PERIOD)
    assert ring.own(NORTH, EPOCH, PERIOD) == (wraps, key)
    assert ring.is_own(wraps)
    theirs = wraps_by(NORTH, vault)
    ring.open(theirs)
    assert not ring.is_own(theirs)
    with pytest.raises(ForeignSourceError):
        ring.open(wraps, NORTH)
    again = KeyRing(vault, verify_keys(NORTH), MAIN, signer_of("controller"))
    with pytest.raises(BadSignatureError):
        again.open(wraps, NORTH)
    assert again.open(wraps).open(7, key.seal(7, b"event")) == b"event"
    assert again.is_own(wraps)
    assert again.own(NORTH, EPOCH, PERIOD)[0] == wraps
    with pytest.raises(BadSignatureError):
        KeyRing(vault, verify_keys(NORTH), MAIN, signer_of("another")).open(wraps)
    vault.destroy([PERIOD])
    ring.drop({PERIOD})
    with pytest.raises(ExpiredError):
        ring.own(NORTH, EPOCH, PERIOD)
    with pytest.raises(ExpiredError):
        ring.open(wraps)
