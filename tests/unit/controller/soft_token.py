"""A token for tests: SoftHSM with its files in a folder of their own."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pkcs11
import pytest

from controller.vault import TokenSettings

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "493817"


@dataclass
class SoftToken:
    """One token. `settings`: how a controller finds it."""

    folder: Path
    settings: TokenSettings

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to see this token."""
        return {"SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}

    def unplug(self) -> None:
        """Take the token out of the machine."""
        (self.folder / "tokens").rename(self.folder / "in a pocket")

    def plug_in(self) -> None:
        """Put it back."""
        (self.folder / "in a pocket").rename(self.folder / "tokens")

    def copy(self, folder: Path) -> None:
        """Copy all that a thief of the disk gets of it: of a real token that would be nothing."""
        shutil.copytree(self.folder, folder)


def soft_token(folder: Path, patch: pytest.MonkeyPatch) -> SoftToken:
    """Make a token, and let this process see it and no other."""
    (folder / "tokens").mkdir(parents=True)
    made = SoftToken(folder, TokenSettings(MODULE, "sacs", PIN))
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    for name, value in made.environment.items():
        patch.setenv(name, value)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "sacs", "--pin", PIN, "--so-pin", "77889911"],
        check=True,
        capture_output=True,
    )
    pkcs11.lib(str(MODULE)).reinitialize()
    return made
