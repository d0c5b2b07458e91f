"""The options of a vault's token: its PIN comes from a file that nobody else may read, or from systemd."""

from pathlib import Path

import pytest
import typer

from sacs.vault_token import token_settings

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


def written(path: Path, text: str = "493817\n", mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_the_pin_comes_from_its_file(tmp_path: Path) -> None:
    assert token_settings(MODULE, "sacs", written(tmp_path / "pin")).pin == "493817"


def test_the_pin_comes_from_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "vault-pin", mode=0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert token_settings(MODULE, "sacs", None).pin == "493817"


def test_what_is_wrong_with_the_pin_is_said_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path, word in (
        (None, "--vault-pin-file"),
        (tmp_path / "none", "No such file"),
        (written(tmp_path / "open", mode=0o644), "chmod 600"),
        (written(tmp_path / "empty", " \n"), "is empty"),
    ):
        with pytest.raises(typer.Exit):
            token_settings(MODULE, "sacs", path)
        said = capsys.readouterr().err
        assert word in said
        assert "493817" not in said
