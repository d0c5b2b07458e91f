"""The ceremony on the command line: made, asked, signed, installed, shown, removed, rescued; and refused in words."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from controller.composition.membership import keep_copy_for_root
from controller.identity import load_identity
from controller.pki.listed import Listed
from controller.pki.request import read_request
from sacs.main import app

RUNNER = CliRunner()
SITE = 'site = {id = "here"}\narea = [{id = "hall"}]\naccess_point = [{id = "in", from = "outside", to = "hall"}]\n'


class Ceremony:
    """Folders of a root and of two controllers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = folder / "site.toml"
        self.site.write_text(SITE)
        self.root, self.list = folder / "medium", folder / "list"

    def run(self, *words: object, status: int = 0) -> str:
        done = RUNNER.invoke(app, ["root", *(str(word) for word in words)])
        assert done.exit_code == status, done.output
        return done.output

    def request(self, name: str) -> Path:
        out = self.folder / f"{name}.request"
        self.run("request", "--site", self.site, *self.folders(name), "--name", name, "--out", out)
        return out

    def folders(self, name: str) -> tuple[object, ...]:
        return "--state", self.folder / name / "state", "--vault", self.folder / name / "vault"

    def sign(self, *requests: Path) -> str:
        return self.run("sign", *requests, "--root", self.root, "--out", self.list, "--yes")

    def install(self, name: str, *more: object, status: int = 0) -> str:
        state = self.folder / name / "state"
        return self.run("install", self.list, "--site", self.site, "--state", state, *more, status=status)


@pytest.fixture
def ceremony(tmp_path: Path) -> Ceremony:
    made = Ceremony(tmp_path)
    made.run("make", "--site", made.site, "--root", made.root)
    return made


def test_both_sides_show_the_same_digits_and_the_list_is_carried(ceremony: Ceremony) -> None:
    public = ceremony.root / "root.public"
    requests = [ceremony.request(name) for name in ("main", "second")]
    shown = ceremony.run("request", "--site", ceremony.site, *ceremony.folders("main"), "--out", requests[0])
    (digits,) = re.findall(r"(?:[0-9a-f]{4} ){7}[0-9a-f]{4}", shown)
    assert digits in ceremony.sign(*requests)
    for name in ("main", "second"):
        assert "second" in ceremony.install(name, "--root-public", public)
    listed = Listed(ceremony.folder / "main" / "state", "here", read_request(requests[0].read_bytes()))  # type: ignore[arg-type]
    assert listed.now.number == 1
    assert digits in ceremony.run("show", ceremony.list, "--root-public", public)
    assert "second" not in ceremony.run("remove", "second", "--root", ceremony.root, "--out", ceremony.list)
    ceremony.install("main")
    assert listed.look()
    assert "not on list" not in ceremony.install("second")  # it learns there that it is removed
    revoked = ceremony.run("revoke-gate", bytes(32).hex(), "--root", ceremony.root, "--out", ceremony.list)
    assert f"revoked gate {bytes(32).hex()}" in revoked


def test_what_can_not_be_is_said_in_words(ceremony: Ceremony, tmp_path: Path) -> None:
    request = ceremony.request("main")
    public = ceremony.root / "root.public"
    assert "already" in ceremony.run("make", "--site", ceremony.site, "--root", ceremony.root, status=1)
    old = ceremony.sign(request)
    assert "List 1" in old
    assert "public file" in ceremony.install("main", status=1)
    kept = ceremony.list.read_bytes()
    ceremony.run("first", "main", "--root", ceremony.root, "--out", ceremony.list)
    ceremony.install("main", "--root-public", public)
    ceremony.list.write_bytes(kept)
    assert "older" in ceremony.install("main", status=1)
    ceremony.list.write_bytes(b"forged")
    assert "refused" in ceremony.install("main", status=1)
    (tmp_path / "no.request").write_bytes(b"nothing")
    words = ("sign", tmp_path / "no.request", "--root", ceremony.root, "--out", ceremony.list, "--yes")
    assert "request" in ceremony.run(*words, status=1)
    assert "mounted" in ceremony.run("remove", "main", "--root", tmp_path, "--out", ceremony.list, status=1)
    assert "at least one" in ceremony.run("remove", "main", "--root", ceremony.root, "--out", ceremony.list, status=1)
    assert "no controller's state" in ceremony.run("gates", "--state", tmp_path, status=1)


def test_nothing_is_signed_without_comparing(ceremony: Ceremony) -> None:
    request = ceremony.request("main")
    words = ["root", "sign", str(request), "--root", str(ceremony.root), "--out", str(ceremony.list)]
    assert RUNNER.invoke(app, words, input="n\n").exit_code == 1
    assert not ceremony.list.exists()


def test_the_reference_key_is_rescued_when_every_vault_is_lost(ceremony: Ceremony, tmp_path: Path) -> None:
    ceremony.sign(ceremony.request("main"))
    ceremony.install("main", "--root-public", ceremony.root / "root.public")
    state, lost = tmp_path / "main" / "state", tmp_path / "main" / "vault"
    key = load_identity(state, lost).reference_key
    listed = Listed(state, "here", read_request((tmp_path / "main.request").read_bytes()))  # type: ignore[arg-type]
    keep_copy_for_root(state, listed, key)
    (copy,) = state.glob("reference-key.for-root.*")
    assert key not in copy.read_bytes()

    ceremony.sign(ceremony.request("new"))
    for name, status in (("new", 0), ("stranger", 1)):
        ceremony.run("rescue", copy, name, "--root", ceremony.root, "--out", tmp_path / "key", status=status)
    assert load_identity(tmp_path / "new" / "state", tmp_path / "new" / "vault").reference_key != key
    ceremony.run("bring-key", tmp_path / "key", *ceremony.folders("new"))
    assert load_identity(tmp_path / "new" / "state", tmp_path / "new" / "vault").reference_key == key
    assert "not sealed" in ceremony.run("bring-key", tmp_path / "key", *ceremony.folders("main"), status=1)
