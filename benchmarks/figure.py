"""A measured figure beside its ceiling or peer, and how it is printed.

Belongs here: the shape of a result. Does not belong here: measuring.
"""

from dataclasses import dataclass
from typing import Final

_WIDTH: Final = 60


@dataclass(frozen=True)
class Figure:
    """One result. `ours` in `unit`, `beside` the ceiling or peer of the same run, `target` as in figures.md."""

    id: str
    what: str
    ours: float
    unit: str
    target: str
    met: bool | None
    beside: float | None = None
    beside_what: str = ""

    def __str__(self) -> str:
        """Give the line that is printed."""
        peer = ""
        if self.beside is not None:
            ratio = f", ratio {self.ours / self.beside:.2f}" if self.beside else ""
            peer = f"  beside {self.beside:,.4g} {self.unit} ({self.beside_what}){ratio}"
        verdict = {True: "met", False: "MISSED", None: "reported"}[self.met]
        ours = f"{self.ours:>12,.4g} {self.unit:<9}"
        return f"{self.id:<4} {self.what:<{_WIDTH}} {ours} [{verdict}: {self.target}]{peer}"


def percentile(values: list[float], share: float) -> float:
    """Return the value below which `share` (0 to 1) of `values` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
