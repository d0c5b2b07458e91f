"""Which gate is put on the bench: one of a site file, or the bench's own with as many kinds of device as can be had.

Belongs here: choosing. Does not belong here: what the bench does with it (running.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Self

from contract.ids import EdgeId
from contract.site import Gate, ReaderKind, Site, SiteFileError, parse_site


@dataclass(frozen=True)
class BenchSite:
    """A site file and the gate of it that is put on the bench."""

    text: str
    site: Site
    gate: Gate

    @classmethod
    def of(cls, text: str, gate: EdgeId | None) -> Self:
        """Return the site of a site file's text. `gate`: which one, else the first. Raises SiteFileError."""
        site = parse_site(text)
        if gate is None and not site.gate:
            raise SiteFileError("the site file has no gate: a bench needs one")
        return cls(text, site, site.gate_of(gate) if gate is not None else site.gate[0])

    @property
    def smart_card_readers(self) -> Sequence[str]:
        """The device names of the gate's smart card readers."""
        return list(dict.fromkeys(reader.device for reader in self.gate.reader if reader.kind is ReaderKind.PCSC))


def bench_sites(path: Path | None, gate: EdgeId | None) -> Sequence[BenchSite]:
    """Return what may be put on the bench, the best first: of a site file that alone, else the bench's own.

    The bench's own goes without its smart card reader where there can be none. Raises OSError, UnicodeDecodeError,
    SiteFileError.
    """
    if path is not None:
        return [BenchSite.of(path.read_text(encoding="utf-8"), gate)]
    folder = files("simulators").joinpath("sites")
    own, smart_card = (folder.joinpath(f"{name}.toml").read_text("utf-8") for name in ("bench", "bench-smart-card"))
    return [BenchSite.of(own + smart_card, gate), BenchSite.of(own, gate)]
