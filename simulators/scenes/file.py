"""A scene file (TOML): what happens, with which seed, what is assumed of unobserved flow, and what is demanded.

    [scene]
    title = "..."
    site = "campus"               # a file in sites/
    days = 2
    start = 2026-03-02
    moment_every_min = 20         # how often figures are looked at
    controllers = 2               # one, where nothing could set two apart
    [scene.assumes]               # what the site declares of what no reader sees, and why it is so
    [scene.demands]
    [[scene.mishap]]              # mishaps.py
    [simulation]                  # who comes and goes: simulators/scene.py

Belongs here: that shape, its checks, and the files that come with the package. Does not belong here: enacting it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Annotated, Final

import msgspec

from contract.site import Site, SiteFileError, parse_site
from simulators.people import Person, people
from simulators.scene import Scene, SceneError, Simulation, parse_scene
from simulators.scenes.mishaps import AnyMishap, Cut, Dead

_FOLDER: Final = "scenes"
_Positive = Annotated[float, msgspec.Meta(gt=0)]
_Share = Annotated[float, msgspec.Meta(ge=0)]


class Assumes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the site declares, and so what the system is told beforehand; `why` says where it comes from.

    `clock_error_ms`: by how much each gate's clock may be wrong. `exits_per_day`, `entries_per_day`: how many are read
    on a busy day. `named`: by how many persons more the bounds may lie apart, for what the scene does beside unread
    exits and entries; `named_why` says who they are.
    """

    why: str
    missed_exit_rate: _Share = 0.0
    missed_entry_rate: _Share = 0.0
    longest_stay_h: int = 72
    clock_error_ms: int = 100
    exits_per_day: int = 0
    entries_per_day: int = 0
    named: int = 0
    named_why: str = ""


class Demands(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the scene demands beside bounds that hold the truth, within their width.

    `exact`: the best figure is the truth at every moment. `drift`: the root mean square error of the last day is at
    most so many times that of the first. `unknown`: share of moments at which the site's figure may be called unknown.
    `accounted_90_min`, `accounted_100_min`: from the opening of the operation.
    """

    exact: bool = False
    unknown: _Share = 0.0
    drift: _Positive | None = None
    accounted_90_min: _Positive | None = None
    accounted_100_min: _Positive | None = None


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `[scene]` table; see the module. `judged_from_h`: before that, nobody can know what the scene is about."""

    title: str
    site: str
    days: Annotated[int, msgspec.Meta(ge=1, le=60)]
    start: date
    moment_every_min: _Positive
    assumes: Assumes
    demands: Demands = Demands()
    mishap: list[AnyMishap] = []
    controllers: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1
    judged_from_h: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scene: About
    simulation: Simulation


@dataclass(frozen=True)
class ScoredScene:
    """A scene file with its site, whose declarations are those that the scene assumes."""

    name: str
    about: About
    scene: Scene

    @property
    def site(self) -> Site:
        """The site on which it plays."""
        return self.scene.site

    @cached_property
    def persons(self) -> list[Person]:
        """Who holds a pass: the same with every seed, for a seed is to draw days and not names."""
        return people(self.scene)


def scene_names() -> list[str]:
    """Return the scenes that come with the package, in order."""
    return sorted(_names())


def _names() -> Iterator[str]:
    for file in files("simulators").joinpath(_FOLDER).iterdir():
        if file.name.endswith(".toml"):
            yield file.name.removesuffix(".toml")


@lru_cache(maxsize=1)
def read_scene(name: str) -> ScoredScene:
    """Return the scene with that name. Raises SceneError."""
    if name not in (known := scene_names()):
        raise SceneError(f"no scene {name!r}; there are: {', '.join(known)}")
    text = files("simulators").joinpath(_FOLDER, f"{name}.toml").read_text(encoding="utf-8")
    return parse_scored_scene(name, text)


def parse_scored_scene(name: str, text: str) -> ScoredScene:
    """Return the scene of a file's text. Raises SceneError, which names the place."""
    try:
        file = msgspec.toml.decode(text, type=_File)
        site_text = _site_text(file.scene.site)
        site = parse_site(site_text)
    except (msgspec.ValidationError, msgspec.DecodeError, SiteFileError) as error:
        raise SceneError(f"scene {name}: {error}") from error
    assumes = file.scene.assumes
    site = msgspec.structs.replace(
        site,
        site=msgspec.structs.replace(
            site.site,
            longest_stay_h=assumes.longest_stay_h,
            missed_exit_rate=assumes.missed_exit_rate,
            missed_entry_rate=assumes.missed_entry_rate,
        ),
        gate=[msgspec.structs.replace(gate, clock_error_ms=assumes.clock_error_ms) for gate in site.gate],
    )
    _check_gates(name, file.scene, site)
    # The simulation is checked as that of any site file is.
    simulated = parse_scene(f"{site_text}\n{_simulation_text(text)}").simulation
    return ScoredScene(name, file.scene, Scene(site, simulated))


def _site_text(name: str) -> str:
    try:
        return files("simulators").joinpath(_FOLDER, "sites", f"{name}.toml").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SiteFileError(f"no site {name!r} in sites/") from error


def _simulation_text(text: str) -> str:
    return text[text.index("[simulation]") :]


def _check_gates(name: str, about: About, site: Site) -> None:
    known = {gate.id for gate in site.gate}
    for mishap in about.mishap:
        if isinstance(mishap, Cut | Dead) and (unknown := set(mishap.gates) - known):
            raise SceneError(f"scene {name}: {mishap!r} names {', '.join(sorted(unknown))}, which the site lacks")
