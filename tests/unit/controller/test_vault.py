"""The vault: keys that must live do, those that were destroyed are nowhere, wherever the machine stops."""

import os
from pathlib import Path

import pytest

from contract.clock import NS_PER_S
from contract.ids import ControllerId, EdgeId, Epoch
from contract.periods import DAY_S, HOUR_S, Kind, Period, Retention
from contract.sealing import ContentKey, KeyName, NotWrappedForError, WrapRefusedError, decode_wraps
from controller.vault import FileVault, KeyGoneError, VaultError, VaultFault
from tests.unit.controller.disk import Stopped, bytes_below, failing
from tests.unit.controller.sources import GATE_SIGNER

MAIN = ControllerId("main")
NOW_S = 1_800_000_000
NOW_NS = NOW_S * NS_PER_S
RETENTION = Retention()
FIRST = RETENTION.period_at(Kind.MOVEMENT, NOW_NS)


def keys_of(vault: FileVault) -> dict[Period, bytes]:
    """The private halves, by what the vault itself holds in memory."""
    return dict(vault._keys)


def filled(folder: Path) -> FileVault:
    vault = FileVault(folder, MAIN)
    assert vault.ensure(RETENTION, NOW_NS)
    return vault


def test_a_new_vault_makes_pairs_for_now_and_for_336_hours_and_32_days(tmp_path: Path) -> None:
    vault = filled(tmp_path)
    hours = [Period(Kind.MOVEMENT, NOW_S // HOUR_S * HOUR_S + at * HOUR_S, HOUR_S) for at in range(336)]
    days = [Period(Kind.VIDEO, NOW_S // DAY_S * DAY_S + at * DAY_S, DAY_S) for at in range(32)]
    assert vault.periods() == hours + days
    assert len({vault.public_key(period) for period in vault.periods()}) == 336 + 32
    assert not vault.ensure(RETENTION, NOW_NS)
    assert vault.ensure(RETENTION, NOW_NS + HOUR_S * NS_PER_S)


def test_its_file_is_private_and_alone(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    vault = filled(folder)
    vault.destroy([FIRST])
    assert [path.name for path in folder.iterdir()] == ["keys"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "keys").stat().st_mode & 0o777 == 0o600


def test_keys_outlive_a_restart_and_never_change(tmp_path: Path) -> None:
    before = keys_of(filled(tmp_path))
    again = FileVault(tmp_path, MAIN)
    assert not again.ensure(RETENTION, NOW_NS)
    assert keys_of(again) == before


def test_a_destroyed_key_is_gone_from_memory_and_from_every_file(tmp_path: Path) -> None:
    vault = filled(tmp_path)
    name = KeyName(EdgeId("north"), Epoch(bytes(16)), FIRST)
    content_key = ContentKey.draw(name)
    wraps = decode_wraps(content_key.wrap({MAIN: vault.public_key(FIRST)}, GATE_SIGNER))
    assert vault.open(wraps).open(1, content_key.seal(1, b"x")) == b"x"
    doomed = keys_of(vault)[FIRST]
    vault.destroy([FIRST, Period(Kind.MOVEMENT, 0, HOUR_S)])
    for of in (vault, FileVault(tmp_path, MAIN)):
        assert FIRST not in of.periods()
        assert len(of.periods()) == 336 + 32 - 1
        with pytest.raises(KeyGoneError):
            of.open(wraps)
        with pytest.raises(KeyGoneError):
            of.public_key(FIRST)
    assert doomed not in bytes_below(tmp_path)


def test_wraps_for_another_controller_or_another_pair_do_not_open(tmp_path: Path) -> None:
    vault = filled(tmp_path)
    name = KeyName(EdgeId("north"), Epoch(bytes(16)), FIRST)
    key = ContentKey.draw(name)
    with pytest.raises(NotWrappedForError):
        vault.open(decode_wraps(key.wrap({ControllerId("second"): vault.public_key(FIRST)}, GATE_SIGNER)))
    with pytest.raises(WrapRefusedError):
        vault.open(decode_wraps(key.wrap({MAIN: vault.public_key(FIRST.next())}, GATE_SIGNER)))


@pytest.mark.parametrize("after", [False, True], ids=["instead", "after"])
def test_a_machine_that_stops_at_any_step_of_destroying_keeps_what_must_live(tmp_path: Path, after: bool) -> None:
    at = 0
    outcomes = set()
    while True:
        folder = tmp_path / str(at)
        vault = filled(folder)
        before = keys_of(vault)
        stopped = True
        with failing(at, Stopped(), after=after):
            try:
                vault.destroy([FIRST])
                stopped = False
            except Stopped:
                pass
        again = FileVault(folder, MAIN)
        alive = keys_of(again)
        assert [path.name for path in folder.iterdir()] == ["keys"]
        assert {p: key for p, key in alive.items() if p != FIRST} == {p: k for p, k in before.items() if p != FIRST}
        assert alive.get(FIRST, before[FIRST]) == before[FIRST]
        assert (before[FIRST] in bytes_below(folder)) == (FIRST in alive)
        outcomes.add(FIRST in alive)
        again.destroy([FIRST])
        assert before[FIRST] not in bytes_below(folder)
        if not stopped:
            break
        at += 1
    assert at >= 8, "the steps were not all met"
    assert outcomes == {True, False}


@pytest.mark.parametrize("after", [False, True], ids=["instead", "after"])
def test_a_disk_that_refuses_at_any_step_is_tried_again_by_the_same_vault(tmp_path: Path, after: bool) -> None:
    """A key must die on time; so what a full disk left behind must not stand in the way of the next try."""
    at, refused = 0, True
    while refused:
        folder = tmp_path / str(at)
        vault = filled(folder)
        before = keys_of(vault)
        with failing(at, OSError(28, "No space left on device"), after=after) as calls:
            vault.destroy([FIRST])
            refused = len(calls) > at
        assert (vault.fault is VaultFault.NOT_REWRITTEN) == refused
        assert FIRST not in vault.periods()
        assert before.pop(FIRST) not in bytes_below(folder)
        assert keys_of(FileVault(folder, MAIN, look_only=True)) == before
        vault.destroy([])
        assert vault.fault is None
        assert keys_of(vault) == keys_of(FileVault(folder, MAIN)) == before
        assert [path.name for path in folder.iterdir()] == ["keys"]
        at += 1
    assert at > 8


def full_disk(path: str | Path, flags: int, mode: int = 0o777) -> int:
    """Stand in for os.open on a disk without room for another file."""
    if flags & os.O_CREAT:
        raise OSError(28, "No space left on device")
    return open_file(path, flags, mode)


open_file = os.open


def test_a_full_disk_keeps_no_key_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = filled(tmp_path)
    before = keys_of(vault)
    size_bytes = (tmp_path / "keys").stat().st_size
    second, third = FIRST.next(), FIRST.next().next()
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", full_disk)
        vault.destroy([FIRST])
        vault.replace(third)
        vault.destroy([second])
    assert (tmp_path / "keys").stat().st_size == size_bytes, "overwritten where they stood"
    everything = bytes_below(tmp_path)
    assert not any(before.pop(period) in everything for period in (FIRST, second, third))
    alive = keys_of(vault)
    assert set(alive) == {*before, third}
    assert {period: key for period, key in alive.items() if period != third} == before
    assert keys_of(FileVault(tmp_path, MAIN)) == alive
    vault.destroy([])
    assert vault.fault is None
    assert (tmp_path / "keys").stat().st_size < size_bytes
    assert keys_of(FileVault(tmp_path, MAIN)) == alive


def test_a_replaced_pair_opens_nothing_that_was_sealed_to_the_one_before(tmp_path: Path) -> None:
    vault = filled(tmp_path)
    content_key = ContentKey.draw(KeyName(EdgeId("north"), Epoch(bytes(16)), FIRST))
    wraps = decode_wraps(content_key.wrap({MAIN: vault.public_key(FIRST)}, GATE_SIGNER))
    before, periods = keys_of(vault)[FIRST], vault.periods()
    vault.replace(FIRST)
    vault.replace(Period(Kind.MOVEMENT, 0, HOUR_S))
    assert vault.periods() == periods
    assert before not in bytes_below(tmp_path)
    for of in (vault, FileVault(tmp_path, MAIN)):
        with pytest.raises(WrapRefusedError):
            of.open(wraps)


def test_a_second_name_of_the_present_file_is_removed_and_not_overwritten(tmp_path: Path) -> None:
    """Stopped between steps 2 and 3: overwriting `keys.old` would destroy every key that lives."""
    before = keys_of(filled(tmp_path))
    os.link(tmp_path / "keys", tmp_path / "keys.old")
    (tmp_path / "keys.new").write_bytes(b"half of a fi")
    assert keys_of(FileVault(tmp_path, MAIN)) == before
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_looking_changes_nothing(tmp_path: Path) -> None:
    vault = filled(tmp_path)
    os.link(tmp_path / "keys", tmp_path / "keys.old")
    (tmp_path / "keys.new").write_bytes(b"half of a fi")
    before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()}
    looking = FileVault(tmp_path, MAIN, look_only=True)
    assert looking.periods() == vault.periods()
    assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in tmp_path.iterdir()} == before
    assert not FileVault(tmp_path / "elsewhere", MAIN, look_only=True).periods()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: b"",
        lambda data: b"\xff" + data,
        lambda data: data.replace(b"movement", b"mov\xff\xfe\xfdnt", 1),
        lambda data: data.replace(b"movement", b"movemend", 1),
        lambda data: b"\x91\x92\x93\xa8movement\x00\x3c\xc4\x01x",
    ],
    ids=["cut", "empty", "rubbish", "no text", "no kind", "short key"],
)
def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path, damage: object) -> None:
    filled(tmp_path)
    assert callable(damage)
    data = damage((tmp_path / "keys").read_bytes())
    (tmp_path / "keys").write_bytes(data)
    with pytest.raises(VaultError, match="away to begin a new vault"):
        FileVault(tmp_path, MAIN)
    assert (tmp_path / "keys").read_bytes() == data


@pytest.mark.parametrize("found", [{}, None], ids=["other", "unreadable"])
def test_a_disk_that_does_not_keep_what_is_written_keeps_no_key_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: dict[Period, bytes] | None
) -> None:
    def read(_: FileVault) -> dict[Period, bytes]:
        if found is None:
            raise VaultError("can not be read")
        return found

    vault = filled(tmp_path)
    doomed = keys_of(vault)[FIRST]
    with monkeypatch.context() as patch:
        patch.setattr(FileVault, "_read", read)
        vault.destroy([FIRST])
        assert {vault.fault} == {VaultFault.NOT_REWRITTEN}
        with pytest.raises(OSError, match="does not read back"):
            vault.ensure(RETENTION, NOW_NS + HOUR_S * NS_PER_S)
    assert FIRST not in vault.periods()
    assert doomed not in bytes_below(tmp_path)
    vault.destroy([])
    assert vault.fault is None
    assert keys_of(FileVault(tmp_path, MAIN)) == keys_of(vault)


def test_a_disk_that_takes_nothing_at_all_keeps_no_key_in_memory_and_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system that an error made read-only: what stands there can not be overwritten, but nothing opens here."""

    def refused(path: str | Path, flags: int, mode: int = 0o777) -> int:
        if flags & (os.O_CREAT | os.O_WRONLY | os.O_RDWR):
            raise OSError(30, "Read-only file system")
        return open_file(path, flags, mode)

    def blot_refused(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    vault = filled(tmp_path)
    before = keys_of(vault)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refused)
        patch.setattr("controller.vault.file._blot", blot_refused)
        for _ in range(2):
            with pytest.raises(OSError, match="Read-only"):
                vault.destroy([FIRST])
            assert FIRST not in vault.periods()
            assert FIRST in vault.outliving()
            assert vault.fault is VaultFault.NOT_REWRITTEN
    assert before[FIRST] in bytes_below(tmp_path), "else this test shows nothing"
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", full_disk)
        vault.destroy([])
    assert before[FIRST] not in bytes_below(tmp_path), "overwritten where it stood, as soon as that can be"
    assert FIRST not in vault.outliving()
    vault.destroy([])
    assert vault.fault is None
    del before[FIRST]
    assert keys_of(FileVault(tmp_path, MAIN)) == before


def test_a_new_file_that_was_left_over_keeps_no_key_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = filled(tmp_path)
    doomed = keys_of(vault)[FIRST]

    def refused(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "link", refused)
        with pytest.raises(OSError, match="No space"):
            vault.ensure(RETENTION, NOW_NS + HOUR_S * NS_PER_S)
        patch.setattr(FileVault, "_finish_change", refused)
        vault.destroy([FIRST])
    assert (tmp_path / "keys.new").exists()
    assert doomed not in bytes_below(tmp_path)
