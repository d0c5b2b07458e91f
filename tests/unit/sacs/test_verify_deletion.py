"""`sacs verify-deletion` on small folders: what it finds, what it can not read, and what it says."""

import asyncio
import base64
import os
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from contract.ids import ControllerId, EdgeId, Epoch
from contract.periods import Kind, Retention
from contract.sealing import ContentKey, KeyName
from controller.audit.plants import PlantSearch
from controller.service.proof.canaries import Canaries
from controller.service.site.reference import ReferenceKey
from controller.vault import FileVault
from sacs.main import app
from tests.unit.controller.sources import signer_of

_PLANTS = ("Zoë Quartermain", "UN-12345678", "h10301:113:45678")
_SITE = """
[[area]]
id = "hall"
[[access_point]]
id = "door"
from = "outside"
to = "hall"
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    (folder / "broker" / "store").mkdir(parents=True)
    (folder / "broker" / "store" / "noise").write_bytes(os.urandom(100_000))
    return folder


@pytest.fixture
def plants(tmp_path: Path) -> Path:
    path = tmp_path / "plants.txt"
    path.write_text("\n".join(_PLANTS) + "\n\n", encoding="utf-8")
    return path


def verify(*words: object) -> Result:
    return CliRunner().invoke(app, ["verify-deletion", *map(str, words)])


def test_noise_is_clean(state: Path, plants: Path) -> None:
    result = verify("--state", state, "--plants", plants)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "Clean."
    assert "100,000 bytes in 1 files" in result.stdout


@pytest.mark.parametrize(
    "written",
    [
        _PLANTS[0].encode(),
        _PLANTS[0].encode("utf-16-le"),
        msgspec.json.encode({"name": _PLANTS[0]}),
        b"Zo\\u00eb Quartermain",
        b"Zo%C3%AB%20Quartermain",
        base64.b64encode(b"name=" + _PLANTS[0].encode() + b";"),
        _PLANTS[2].encode().hex().encode(),
        _PLANTS[1].lower().encode(),
    ],
    ids=["utf-8", "utf-16", "json", "json escaped", "url", "base64", "hex", "lower case"],
)
def test_a_plant_in_any_usual_form_is_found_and_never_printed(state: Path, plants: Path, written: bytes) -> None:
    file = state / "broker" / "store" / "noise"
    file.write_bytes(os.urandom(777) + written + os.urandom(99))
    result = verify("--state", state, "--plants", plants)
    assert result.exit_code == 2
    assert str(file) in result.stdout
    assert result.stdout.splitlines()[-1] == "NOT CLEAN."
    assert not [plant for plant in _PLANTS if plant in result.output]


def test_a_plant_across_two_pieces_of_reading_is_found(state: Path) -> None:
    (state / "large").write_bytes(bytes(16 * 1024 * 1024 - 5) + _PLANTS[0].encode() + bytes(10))
    assert {hit.plant for hit in PlantSearch(_PLANTS).scan([state]).hits} == {1}


@pytest.mark.parametrize("name", ["UN-12345678", "UN-12345678.txt"])
def test_a_plant_in_a_name_is_found_even_of_an_empty_folder(state: Path, plants: Path, name: str) -> None:
    (state / name).mkdir()
    result = verify("--state", state, "--plants", plants)
    assert result.exit_code == 2
    assert "(its name)" in result.stdout


def test_what_is_no_file_is_named_and_links_are_not_followed(state: Path, plants: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(_PLANTS[0])
    (state / "link").symlink_to(tmp_path / "elsewhere")
    (state / "loop").symlink_to(state)
    os.mkfifo(state / "pipe")
    result = verify("--state", state, "--plants", plants)
    assert result.exit_code == 3
    for name in ("link", "loop", "pipe"):
        assert f"not read, for it is no file: {state / name}" in result.stdout


def test_a_folder_that_can_not_be_listed_ends_the_check(
    state: Path, plants: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)  # root, who may run these tests, could list any folder
    result = verify("--state", state, "--plants", plants)
    assert result.exit_code == 1
    assert "Permission denied" in result.stderr


def test_the_json_stands_alone_on_standard_output(state: Path, plants: Path) -> None:
    (state / "log").write_text(f"granted to {_PLANTS[2]}")
    result = verify("--state", state, "--plants", plants, "--json")
    (line,) = result.stdout.splitlines()
    report = msgspec.json.decode(line)
    assert report["clean"] is False
    assert report["opened"] is None
    assert [(hit["plant"], hit["offset_bytes"]) for hit in report["scan"]["hits"]] == [(3, 11)]


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "no plants given"), ("abc\n", "fewer than 6"), (None, "can not be read")],
    ids=["empty", "short", "missing"],
)
def test_plants_that_prove_nothing_are_refused(state: Path, plants: Path, text: str | None, words: str) -> None:
    plants.unlink() if text is None else plants.write_text(text)
    result = verify("--state", state, "--plants", plants)
    assert result.exit_code == 1
    assert words in result.stderr


def test_a_folder_that_is_not_there_is_no_clean_folder(state: Path, plants: Path) -> None:
    result = verify("--state", state, "--state", state / "nowhere", "--plants", plants)
    assert result.exit_code == 1
    assert "nothing was checked" in result.stderr


def test_folders_without_any_file_prove_nothing(plants: Path, tmp_path: Path) -> None:
    (tmp_path / "empty" / "deep").mkdir(parents=True)
    result = verify("--state", tmp_path / "empty", "--plants", plants)
    assert result.exit_code == 1
    assert "nothing was checked" in result.stderr
    assert "Clean" not in result.stdout


def test_a_vault_needs_the_site_and_has_to_be_one(state: Path, plants: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(_SITE)
    words = ("--state", state, "--plants", plants, "--vault", tmp_path)
    assert "--site" in verify(*words).stderr
    assert "holds no vault" in verify(*words, "--site", site).stderr
    (tmp_path / "keys").write_bytes(b"no vault")
    damaged = verify(*words, "--site", site)
    assert damaged.exit_code == 1
    assert "can not be read" in damaged.stderr


def test_where_nothing_sealed_is_found_it_asks_about_the_folder(state: Path, plants: Path, tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(_SITE)
    vault = FileVault(tmp_path / "vault", ControllerId("main"))
    vault.ensure(Retention(), 1_700_000_000 * 10**9)
    result = verify("--state", state, "--plants", plants, "--vault", tmp_path / "vault", "--site", site)
    assert result.exit_code == 0
    assert "are these the right folders?" in result.stdout


def test_files_that_no_place_covers_are_named_and_not_passed_over(state: Path, plants: Path) -> None:
    (state / "dump.sql").write_bytes(b"what is this")
    result = verify("--state", state, "--plants", plants)
    assert result.exit_code == 3
    assert "Places:  broker store\n" in result.stdout
    assert f"not in the register of places: {state / 'dump.sql'}" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("Clean, but 1 of the files lie in no registered place")


def test_a_file_that_is_named_itself_is_no_stranger(tmp_path: Path, plants: Path) -> None:
    (tmp_path / "disk.img").write_bytes(os.urandom(1000))
    assert verify("--state", tmp_path / "disk.img", "--plants", plants).exit_code == 0


def test_files_without_a_byte_prove_nothing(tmp_path: Path, plants: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "records.db").touch()
    result = verify("--state", tmp_path / "state", "--plants", plants)
    assert result.exit_code == 1
    assert "nothing was checked" in result.stderr


@pytest.mark.parametrize("copy", ["old/vault/keys", "broker/store/keys", "old/keys.old", "records.db"])
def test_a_copied_vault_in_what_is_searched_is_a_finding_and_tried(state: Path, plants: Path, copy: str) -> None:
    folder = state.parent / "vault"
    vault = FileVault(folder, ControllerId("main"))
    now_ns = 1_700_000_000 * 10**9
    vault.ensure(Retention(), now_ns)
    name = KeyName(EdgeId("north"), Epoch(bytes(16)), Retention().period_at(Kind.MOVEMENT, now_ns), "")
    wraps = ContentKey.draw(name).wrap({ControllerId("main"): vault.public_key(name.period)}, signer_of(name.edge))
    (state / "broker" / "store" / "1.blk").write_bytes(wraps)
    (state / copy).parent.mkdir(parents=True, exist_ok=True)
    (state / copy).write_bytes((folder / "keys").read_bytes())
    vault.destroy(vault.periods())
    site = state.parent / "site.toml"
    site.write_text(_SITE)
    for words in ((), ("--vault", folder, "--site", site)):
        result = verify("--state", state, "--plants", plants, *words)
        assert result.exit_code == 2
        assert f"keys outside of it: {state / copy}: opens 1 of the sealed keys" in result.stdout
        assert result.stdout.splitlines()[-1] == "NOT CLEAN."


@pytest.mark.parametrize("copy", ["vault/reference.key", "exchange.key", "keys.a", "enrolments/north.enrolment"])
def test_each_file_of_a_vault_that_has_keys_is_a_finding_outside_of_it_alone(
    state: Path, plants: Path, tmp_path: Path, copy: str
) -> None:
    site, folder = tmp_path / "site.toml", state / "vault"
    site.write_text(_SITE)
    FileVault(folder, ControllerId("main")).ensure(Retention(), 1_700_000_000 * 10**9)
    named = ("--state", state, "--plants", plants, "--vault", folder, "--site", site)
    assert verify(*named).exit_code == 0
    stray = state / "copy" / copy
    stray.parent.mkdir(parents=True)
    stray.write_bytes(os.urandom(32))
    result = verify(*named)
    assert result.exit_code == 2
    assert f"keys outside of it: {stray}" in result.stdout


def test_the_canaries_of_a_vault_are_looked_for_without_any_other_plant(state: Path, tmp_path: Path) -> None:
    site, folder = tmp_path / "site.toml", tmp_path / "vault"
    site.write_text(_SITE)
    FileVault(folder, ControllerId("main")).ensure(Retention(), 1_700_000_000 * 10**9)
    (folder / "reference.key").write_bytes(bytes(32))
    words = ("--state", state, "--vault", folder, "--site", site)
    assert "no plants given" in verify(*words).stderr
    canaries = Canaries(folder / "canaries.sealed", ReferenceKey(bytes(32)))

    async def nowhere(_: str) -> None:
        pass

    asyncio.run(canaries.plant_note(nowhere))
    clean = verify(*words)
    assert clean.exit_code == 0
    assert "0 plants and 1 canaries" in clean.stdout
    (state / "records.db").write_bytes(os.urandom(99) + canaries.texts[0].encode())
    leaked = verify(*words)
    assert leaked.exit_code == 2
    assert "number 1, as utf-8, in" in leaked.stdout
    (folder / "canaries.sealed").write_bytes(b"damaged")
    assert verify(*words).exit_code == 1
