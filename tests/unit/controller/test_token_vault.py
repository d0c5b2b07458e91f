"""The vault under a token: what must live does, and a copy of before opens nothing, wherever the machine stops."""

import json
import shutil
from pathlib import Path

import pytest

from contract.clock import NS_PER_S
from contract.ids import EdgeId, Epoch
from contract.periods import HOUR_S, Kind, Period, Retention
from contract.sealing import ContentKey, KeyName, Wraps, decode_wraps
from controller.identity import IdentityError, load_identity
from controller.vault import (
    FileVault,
    KeyGoneError,
    TokenGoneError,
    TokenSettings,
    Vault,
    VaultError,
    VaultFault,
    open_token,
    open_vault,
)
from controller.vault.token import NotOpenedError, Token
from controller.vault.token_vault import TokenVault
from tests.unit.controller.disk import Stopped, bytes_below, failing
from tests.unit.controller.soft_token import PIN, SoftToken, soft_token
from tests.unit.controller.sources import GATE_SIGNER, MAIN

NOW_S = 1_800_000_000
NOW_NS = NOW_S * NS_PER_S
RETENTION = Retention()
FIRST = RETENTION.period_at(Kind.MOVEMENT, NOW_NS)
TOKEN_ACTS = ((Token, "make_key"), (Token, "destroy_keys"))


@pytest.fixture
def soft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    return soft_token(tmp_path / "soft", monkeypatch)


@pytest.fixture
def token(soft: SoftToken) -> Token:
    return open_token(soft.settings)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vault"


def filled(folder: Path, token: Token) -> TokenVault:
    vault = TokenVault(folder, MAIN, token)
    assert vault.ensure(RETENTION, NOW_NS)
    return vault


def sealed_to(vault: Vault, period: Period = FIRST) -> Wraps:
    key = ContentKey.draw(KeyName(EdgeId("north"), Epoch(bytes(16)), period))
    return decode_wraps(key.wrap({MAIN: vault.public_key(period)}, GATE_SIGNER))


def fault_of(vault: Vault) -> VaultFault | None:
    return vault.fault


def test_keys_outlive_a_restart_and_stand_nowhere_in_clear(folder: Path, token: Token) -> None:
    vault = filled(folder, token)
    again = open_vault(folder, MAIN, token)
    assert again._keys == vault._keys
    assert not again.ensure(RETENTION, NOW_NS)
    everything = bytes_below(folder)
    assert not any(key in everything for key in vault._keys.values())
    assert b"movement" not in everything


def test_a_copy_of_before_opens_nothing_after_a_destroy_and_a_plain_one_does(
    folder: Path, token: Token, tmp_path: Path
) -> None:
    plain = FileVault(tmp_path / "plain", MAIN)
    plain.ensure(RETENTION, NOW_NS)
    vault = filled(folder, token)
    of_plain, of_token = sealed_to(plain), sealed_to(vault)
    for kept in (tmp_path / "plain", folder):
        shutil.copytree(kept, tmp_path / "copies" / kept.name)
    copy = TokenVault(tmp_path / "copies" / "vault", MAIN, token, look_only=True)
    assert copy.open(of_token).name.period == FIRST, "as long as the token has the key"
    for each in (plain, vault):
        each.destroy([FIRST])
    assert FileVault(tmp_path / "copies" / "plain", MAIN).open(of_plain).name.period == FIRST, "the file's weakness"
    for look_only in (True, False):
        with pytest.raises(VaultError, match="copy from before a change"):
            TokenVault(tmp_path / "copies" / "vault", MAIN, token, look_only=look_only)
    with pytest.raises(KeyGoneError):
        vault.open(of_token)
    assert TokenVault(folder, MAIN, token).periods() == vault.periods(), "the copy did the vault no harm"
    for path in (tmp_path / "copies" / "vault").glob("keys.*"):
        with pytest.raises(NotOpenedError):
            token.open(path.read_bytes(), f"sacs/1/vault\0{MAIN}".encode())


@pytest.mark.parametrize("after", [False, True], ids=["instead", "after"])
def test_a_machine_that_stops_at_any_step_of_destroying_keeps_what_must_live(
    tmp_path: Path, token: Token, after: bool
) -> None:
    at, outcomes, stopped = 0, set(), True
    while stopped:
        folder = tmp_path / str(at)
        vault = filled(folder, token)
        before = dict(vault._keys)
        shutil.copytree(folder, folder.with_suffix(".copy"))
        with failing(at, Stopped(), after=after, also=TOKEN_ACTS):
            try:
                vault.destroy([FIRST])
                stopped = False
            except Stopped:
                pass
        again = TokenVault(folder, MAIN, token)
        alive = dict(again._keys)
        doomed = before.pop(FIRST)
        assert {period: key for period, key in alive.items() if period != FIRST} == before
        assert alive.get(FIRST, doomed) == doomed
        assert len(token.key_ids(again._label)) == 1, "what a crash left over is gone from the token"
        outcomes.add(FIRST in alive)
        again.destroy([FIRST])
        with pytest.raises(VaultError):
            TokenVault(folder.with_suffix(".copy"), MAIN, token, look_only=True)
        assert TokenVault(folder, MAIN, token)._keys == before
        at += 1
    assert at >= 5, "the steps were not all met"
    assert outcomes == {True, False}


def test_a_machine_that_stops_at_any_step_of_beginning_begins(tmp_path: Path, token: Token) -> None:
    at, stopped = 0, True
    while stopped:
        folder = tmp_path / str(at)
        with failing(at, Stopped(), also=TOKEN_ACTS):
            try:
                filled(folder, token)
                stopped = False
            except Stopped:
                pass
        again = TokenVault(folder, MAIN, token)
        again.ensure(RETENTION, NOW_NS)
        assert len(again.periods()) == 336 + 32
        assert len(token.key_ids(again._label)) == 1
        at += 1
    assert at > 8


def test_a_full_disk_keeps_no_key_alive(folder: Path, token: Token) -> None:
    """Written over where it stands; and where the disk takes nothing at all, the token's key dies all the same."""
    vault = filled(folder, token)
    vault.destroy([])
    before, copies = dict(vault._keys), folder.with_name("copy")
    shutil.copytree(folder, copies)
    second = FIRST.next()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.mkstemp", refuse)
        vault.destroy([FIRST])
        assert fault_of(vault) is None, "needs no room"
        patch.setattr("os.fsync", refuse)
        vault.destroy([second])
        assert fault_of(vault) is VaultFault.NOT_REWRITTEN
        assert second not in vault.periods()
        assert not token.key_ids(vault._label), "nothing opens either file"
        with pytest.raises(OSError, match="No space"):
            vault.ensure(RETENTION, NOW_NS + HOUR_S * NS_PER_S)
        with pytest.raises(OSError, match="No space"):
            vault.replace(second.next())
    vault.destroy([])
    assert fault_of(vault) is None
    left = {period: key for period, key in before.items() if period not in {FIRST, second}}
    assert vault._keys == TokenVault(folder, MAIN, token)._keys == left
    with pytest.raises(VaultError):
        TokenVault(copies, MAIN, token, look_only=True)


def refuse(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def test_without_its_token_keys_die_in_memory_and_on_the_token_when_it_is_back(
    folder: Path, token: Token, soft: SoftToken
) -> None:
    vault = filled(folder, token)
    wraps = sealed_to(vault)
    soft.unplug()
    vault.destroy([FIRST])
    assert fault_of(vault) is VaultFault.TOKEN_GONE
    assert (vault.periods()[0], vault.outliving()[0]) == (FIRST.next(), FIRST), "nobody may say that it is dead"
    with pytest.raises(KeyGoneError):
        vault.open(wraps)
    with pytest.raises(TokenGoneError):
        vault.replace(FIRST.next())
    with pytest.raises(TokenGoneError):
        vault.ensure(RETENTION, NOW_NS + HOUR_S * NS_PER_S)
    vault.destroy([])
    assert fault_of(vault) is VaultFault.TOKEN_GONE
    soft.plug_in()
    assert FIRST in TokenVault(folder, MAIN, token, look_only=True).periods(), "owed until it is back"
    vault.destroy([])
    assert fault_of(vault) is None
    assert vault.outliving() == vault.periods()
    assert FIRST not in TokenVault(folder, MAIN, token).periods()


def test_a_token_that_nobody_needs_is_missed_all_the_same(
    folder: Path, token: Token, soft: SoftToken, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = filled(folder, token)
    soft.unplug()
    vault.destroy([])
    assert fault_of(vault) is None
    monkeypatch.setattr("controller.vault.token_vault.LOOK_EVERY_S", 0.0)
    vault.destroy([])
    assert fault_of(vault) is VaultFault.TOKEN_GONE
    soft.plug_in()
    vault.destroy([])
    assert fault_of(vault) is None


def test_a_token_that_is_absent_or_refuses_its_pin_is_said_in_words(soft: SoftToken) -> None:
    right = soft.settings
    with pytest.raises(TokenGoneError, match="may lock the token"):
        open_token(TokenSettings(right.module, right.label, "0000"))
    with pytest.raises(TokenGoneError, match="is its label right"):
        open_token(TokenSettings(right.module, "another", PIN))
    with pytest.raises(TokenGoneError, match="does the module"):
        open_token(TokenSettings(Path("/nowhere/module.so"), right.label, PIN))
    soft.unplug()
    with pytest.raises(TokenGoneError, match="is it plugged in"):
        open_token(right)
    assert PIN not in repr(right)


def test_a_refused_pin_is_not_tried_again(folder: Path, token: Token, soft: SoftToken) -> None:
    """Each try could be the one that locks the token for good."""
    vault = filled(folder, token)
    token._settings = TokenSettings(soft.settings.module, soft.settings.label, "0000")
    vault.destroy([FIRST])
    token._settings = soft.settings
    vault.destroy([])
    assert fault_of(vault) is VaultFault.TOKEN_GONE


def test_a_plain_vault_moves_under_the_token_wherever_the_machine_stops(tmp_path: Path, token: Token) -> None:
    at, stopped = 0, True
    while stopped:
        folder = tmp_path / str(at)
        plain = FileVault(folder, MAIN)
        plain.ensure(RETENTION, NOW_NS)
        before = plain.keys()
        with failing(at, Stopped(), also=TOKEN_ACTS):
            try:
                TokenVault(folder, MAIN, token)
                stopped = False
            except Stopped:
                pass
        assert TokenVault(folder, MAIN, token)._keys == before
        assert {path.name for path in folder.iterdir()} <= {"keys.a", "keys.b", "token.json"}
        everything = bytes_below(folder)
        assert not any(key in everything for key in before.values())
        at += 1
    assert at > 8


def test_a_vault_under_a_token_is_not_taken_for_a_new_plain_one(folder: Path, token: Token) -> None:
    filled(folder, token)
    with pytest.raises(VaultError, match="--vault-token"):
        open_vault(folder, MAIN, None)


def test_another_folder_never_touches_this_vaults_keys(folder: Path, token: Token, tmp_path: Path) -> None:
    vault = filled(folder, token)
    filled(tmp_path / "another", token).destroy([FIRST])
    assert TokenVault(folder, MAIN, token)._keys == vault._keys


def test_a_lost_or_damaged_mark_is_named(folder: Path, token: Token) -> None:
    filled(folder, token)
    (folder / "token.json").write_text("{")
    with pytest.raises(VaultError, match="is damaged"):
        TokenVault(folder, MAIN, token)
    (folder / "token.json").unlink()
    with pytest.raises(VaultError, match="put it back"):
        TokenVault(folder, MAIN, token)
    assert not TokenVault(folder.with_name("none"), MAIN, token, look_only=True).periods()
    assert not folder.with_name("none").exists()


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda _: b"", lambda data: b"\xff" + data])
def test_damaged_files_are_named_and_left_alone(folder: Path, token: Token, damage: object) -> None:
    vault = filled(folder, token)
    assert callable(damage)
    for path in folder.glob("keys.*"):
        path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(VaultError, match="files are damaged"):
        TokenVault(folder, MAIN, token)
    assert token.key_ids(vault._label) == {vault._key_id}


def test_identity_and_reference_key_lie_under_the_token_and_plain_ones_move(tmp_path: Path, token: Token) -> None:
    state, vault = tmp_path / "state", tmp_path / "vault"
    plain = load_identity(state, vault)
    signing = plain.signer.private_bytes_raw()
    under = load_identity(state, vault, token)
    assert under.signer.private_bytes_raw() == signing
    assert under.reference_key == plain.reference_key
    everything = bytes_below(state) + bytes_below(vault)
    assert signing not in everything
    assert plain.reference_key not in everything
    assert load_identity(state, vault, token).reference_key == plain.reference_key
    with pytest.raises(IdentityError, match="--vault-token"):
        load_identity(state, vault)
    assert repr(under) == "Identity(...)"
    token.destroy_keys("sacs own")
    with pytest.raises(IdentityError, match="plug in the token"):
        load_identity(state, vault, token)


def test_what_each_vault_is_worth_is_said_plainly(folder: Path, token: Token, tmp_path: Path) -> None:
    plain = FileVault(tmp_path / "plain", MAIN).protection
    under = TokenVault(folder, MAIN, token).protection
    assert not plain.complies
    assert any("A copy of this vault" in sentence for sentence in plain.leaves_open)
    assert under.kind == "token"
    assert "SoftHSM" in under.device
    assert not under.complies, "SoftHSM is a program: its keys lie in files"
    assert any("is a program" in sentence for sentence in under.leaves_open)
    assert json.loads((folder / "token.json").read_text()).keys() == {"vault"}
