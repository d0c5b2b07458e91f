"""A scene: what is wired and held at the start, acts with their times, and what is expected of gate and controller.

A scene is a TOML file, so that it can be kept, sent with a report, and run as a test:

    title = "An unknown card is refused"
    titles = { ar = "..." }        # the same in other languages, if you like
    needs = ["entry", "door"]      # readers, boards and portals of the gate without which it can not be played

    [start]                        # what is not as usual; everything else is wired, powered, shut and in its place
    held = { entry = "staff" }

    [[step]]
    act = "present"                # acts.py lists them all; `after_s`: not before so long after the act before began
    reader = "entry"
    card = "unknown"
    after_s = 0.5

    [[step]]
    act = "expect"
    decision = "denied"
    reason = "unknown-credential"
    within_s = 5

Belongs here: the file, read and written. Does not belong here: playing it (player.py).
"""

import json
import re
from pathlib import Path
from typing import Annotated, Final

import msgspec

from simulators.bench.acts import (
    AnyAct,
    BadActError,
    CutWire,
    Fire,
    Hold,
    HoldDoor,
    Jam,
    NetworkDown,
    PowerOff,
    Tamper,
    Unplug,
    as_data,
    parse_act,
)

Seconds = Annotated[float, msgspec.Meta(ge=0, le=3600)]
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_PAUSE: Final = "after_s"


class SceneFileError(ValueError):
    """A scene file that can not be played; the message says where and what would do."""


class Start(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is not as usual when a scene begins. `held`: reader -> card; `cut`: portal -> wire."""

    held: dict[str, str] = {}
    unplugged: list[str] = []
    off: list[str] = []
    wedged: list[str] = []
    jammed: list[str] = []
    burning: list[str] = []
    tampered: list[str] = []
    cut: dict[str, str] = {}
    network: bool = True

    def acts(self) -> list[AnyAct]:
        """Return the acts that make it so. Raises BadActError."""
        return [
            *(Unplug(line) for line in self.unplugged),
            *(PowerOff(device) for device in self.off),
            *(HoldDoor(portal) for portal in self.wedged),
            *(Jam(portal) for portal in self.jammed),
            *(Fire(portal) for portal in self.burning),
            *(Tamper(reader) for reader in self.tampered),
            *(parse_act({"act": CutWire.__struct_config__.tag, "portal": p, "wire": w}) for p, w in self.cut.items()),
            *(() if self.network else (NetworkDown(),)),
            *(Hold(reader, card) for reader, card in self.held.items()),
        ]


class Step(msgspec.Struct, frozen=True):
    """One act: `after_s` after the act before began, or as soon as that has been done where it takes longer.

    Expectations are no acts here: what waits for them in between takes none of that time.
    """

    act: AnyAct
    after_s: Seconds = 0.0


class BenchScene(msgspec.Struct, frozen=True):
    """A scene as it is played."""

    title: str
    steps: list[Step]
    needs: list[str] = []
    start: Start = Start()
    titles: dict[str, str] = {}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    step: Annotated[list[dict[str, object]], msgspec.Meta(min_length=1)]
    needs: list[str] = []
    start: Start = Start()
    titles: dict[str, str] = {}


def parse_bench_scene(text: str) -> BenchScene:
    """Return the scene in a TOML text. Raises SceneFileError."""
    try:
        file = msgspec.toml.decode(text, type=_File)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise SceneFileError(f"scene: {error}; it has `title`, `titles`, `needs`, [start] and [[step]]") from error
    try:
        file.start.acts()
    except BadActError as error:
        raise SceneFileError(f"scene, start: {error}") from error
    steps = [_step(number, raw) for number, raw in enumerate(file.step, 1)]
    return BenchScene(file.title, steps, file.needs, file.start, file.titles)


def format_bench_scene(scene: BenchScene) -> str:
    """Return the TOML text of a scene, which `parse_bench_scene` reads back."""
    lines = [f"title = {_toml(scene.title)}"]
    if scene.titles:
        lines.append(f"titles = {_toml(scene.titles)}")
    if scene.needs:
        lines.append(f"needs = {_toml(scene.needs)}")
    start = {name: value for name, value in msgspec.to_builtins(scene.start).items() if value != _USUAL[name]}
    if start:
        lines += ["", "[start]", *(f"{name} = {_toml(value)}" for name, value in start.items())]
    for step in scene.steps:
        fields = as_data(step.act)
        if step.after_s:
            fields[_PAUSE] = round(step.after_s, 2)
        lines += ["", "[[step]]", *(f"{name} = {_toml(value)}" for name, value in fields.items())]
    return "\n".join(lines) + "\n"


def scenes_in(*folders: Path) -> dict[str, Path]:
    """Return the scene files of some folders by name; a later folder's goes before an earlier one's."""
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def scene_name(text: str) -> str:
    """Return `text` if it can name a scene and its file. Raises SceneFileError."""
    if not _NAME.fullmatch(text):
        raise SceneFileError(f"{text!r} can not name a scene: use a-z, 0-9 and hyphens")
    return text


def _step(number: int, raw: dict[str, object]) -> Step:
    fields = dict(raw)
    try:
        after_s = msgspec.convert(fields.pop(_PAUSE, 0.0), Seconds)
        return Step(parse_act(fields), after_s)
    except (BadActError, msgspec.ValidationError) as error:
        raise SceneFileError(f"scene, step {number}: {error}") from error


def _toml(value: object) -> str:
    """Return a TOML value; its strings, numbers and lists are written as in JSON."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(str(name))} = {_toml(each)}" for name, each in value.items()) + " }"
    # JSON may leave DEL as it is, TOML may not.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


_USUAL: Final[dict[str, object]] = msgspec.to_builtins(Start())
