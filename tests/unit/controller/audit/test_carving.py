"""Wrapped keys are found wherever they lie, tried on the vault, and sealed rows are told from readable ones."""

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from contract.clock import NS_PER_S
from contract.events import encode_event
from contract.ids import ControllerId, EdgeId, Epoch
from contract.periods import Kind, Period, Retention
from contract.sealing import ContentKey, KeyName
from controller.audit import plants
from controller.audit.carving import carve, open_what_opens, readable_without_key
from controller.store.changes import Group
from controller.store.records import RecordStore
from controller.vault import FileVault
from tests.contract.test_topics import EVENT_EXAMPLES
from tests.unit.controller.sources import MAIN, Source, signer_of

START_S = 1_800_000_000
RETENTION = Retention()
NORTH = EdgeId("north")


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    vault = FileVault(tmp_path / "vault", MAIN)
    vault.ensure(RETENTION, START_S * NS_PER_S)
    return vault


def name_of(at: int, edge: str = "north", camera: str = "") -> KeyName:
    kind = Kind.VIDEO if camera else Kind.MOVEMENT
    return KeyName(EdgeId(edge), Epoch(Random(at).randbytes(16)), RETENTION.period_at(kind, START_S * NS_PER_S), camera)


def wraps_of(vault: FileVault, name: KeyName, controllers: int = 1) -> bytes:
    public = {ControllerId(f"spare-{at}"): vault.public_key(name.period) for at in range(controllers - 1)}
    public[MAIN] = vault.public_key(name.period)
    return ContentKey.draw(name).wrap(public, signer_of(name.edge))


@pytest.mark.parametrize(
    ("edge", "camera", "controllers"),
    [("n", "", 1), ("north", "", 2), ("x" * 31, "", 1), ("x" * 32, "", 1), ("x" * 63, "", 3), ("north", "c" * 120, 20)],
)
def test_wraps_are_found_whatever_stands_around_them(
    vault: FileVault, edge: str, camera: str, controllers: int
) -> None:
    chance = Random(5)
    wraps = wraps_of(vault, name_of(1, edge, camera), controllers)
    for around in range(0, 200, 13):
        blob = chance.randbytes(around) + wraps + chance.randbytes(around)
        assert [found.name for found in carve(blob)] == [name_of(1, edge, camera)]


def test_wraps_side_by_side_in_messages_are_all_found(vault: FileVault) -> None:
    """As a broker keeps them: message after message, with headers between."""
    messages = []
    for at in range(50):
        source = Source(NORTH, Epoch(Random(at).randbytes(16)), vault, RETENTION)
        period = RETENTION.period_at(Kind.MOVEMENT, START_S * NS_PER_S)
        messages.append(b"MQTT \x93\x94\xa3 \xc4\x40" + source.batch(dict(enumerate(EVENT_EXAMPLES)), period))
    assert len({found.signature for found in carve(b"".join(messages))}) == 50


def test_wraps_in_a_store_and_its_log_are_found_and_open_until_their_key_dies(vault: FileVault, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with closing(RecordStore(folder / "records.db")) as store:
        for at in range(40):
            wraps = wraps_of(vault, name_of(at))
            store.commit(Group({wraps: name_of(at)}, [(wraps, n, bytes(3000)) for n in range(5)], {}, {}, 0))
            if at == 20:
                store.clean()  # half of them in the file, half in the log
        (folder / "copy.mp4").write_bytes(wraps_of(vault, name_of(1, "north", "camera")) + bytes(100))
        seen: list[int] = []
        opened = open_what_opens([folder], vault, RETENTION, START_S * NS_PER_S, seen.append)
        assert (opened.found, opened.opened, opened.past_limit) == (41, 41, 0)
        assert seen
        vault.destroy([name_of(1).period])
        opened = open_what_opens([folder], vault, RETENTION, START_S * NS_PER_S)
        assert (opened.found, opened.opened, opened.past_limit) == (41, 1, 0)


def test_what_still_opens_past_its_limit_is_counted(vault: FileVault, tmp_path: Path) -> None:
    (tmp_path / "copy").write_bytes(wraps_of(vault, name_of(1)))
    dies_at_ns = RETENTION.dies_at_s(name_of(1).period) * NS_PER_S
    assert open_what_opens([tmp_path / "copy"], vault, RETENTION, dies_at_ns - 1).past_limit == 0
    assert open_what_opens([tmp_path / "copy"], vault, RETENTION, dies_at_ns).past_limit == 1


@pytest.mark.parametrize("at", range(0, 700, 23))
def test_wraps_at_the_border_of_two_chunks_are_found(
    vault: FileVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr(plants, "_CHUNK_BYTES", 16_384)
    (tmp_path / "copy").write_bytes(bytes(16_384 - at) + wraps_of(vault, name_of(1)) + bytes(20_000))
    assert open_what_opens([tmp_path / "copy"], vault, RETENTION, 0).found == 1


def test_nothing_is_found_in_chance_and_zeros() -> None:
    assert not list(carve(Random(1).randbytes(2_000_000)))
    assert not list(carve(bytes(100_000)))
    assert not list(carve(b"\x93\x94\xa1" * 3000 + b"\xc4\x40" + bytes(64)))


def test_rows_that_anybody_could_read_are_counted(vault: FileVault, tmp_path: Path) -> None:
    source = Source(NORTH, Epoch(bytes(16)), vault, RETENTION)
    wraps, key = source.key_of(Period(Kind.MOVEMENT, START_S, 3600))
    events = [encode_event(event) for event in EVENT_EXAMPLES]
    with closing(RecordStore(tmp_path / "records.db")) as store:
        rows = [(wraps, number, key.seal(number, body)) for number, body in enumerate(events)]
        store.commit(Group({wraps: key.name}, rows, {}, {}, 0))
        assert readable_without_key(tmp_path / "records.db") == 0
        plain = [(wraps, 100 + number, body) for number, body in enumerate(events)]
        framed = [(wraps, 200 + number, bytes(12) + body + bytes(16)) for number, body in enumerate(events)]
        store.commit(Group({wraps: key.name}, plain + framed, {}, {}, 0))
        assert readable_without_key(tmp_path / "records.db") == 2 * len(events)


def test_looking_at_a_store_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        readable_without_key(tmp_path / "records.db")
