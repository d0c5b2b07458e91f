"""What a technician can do at the bench: one struct an act, told apart by its name in `act`.

The names are those of the page, the command, the API and scene files alike, and stay what they are.

Belongs here: what an act is called and what it needs. Does not belong here: how it is done (doing.py), or when
(player.py).
"""

import enum
from collections.abc import Set as AbstractSet
from typing import Annotated, Final, cast

import msgspec

from simulators.bench.expectable import KNOWN, reasons, shown_by

Seconds = Annotated[float, msgspec.Meta(ge=0, le=3600)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class BadActError(ValueError):
    """An act that nobody knows, or that lacks what it needs; the message says what would do."""


class Act(msgspec.Struct, frozen=True, tag_field="act", forbid_unknown_fields=True, omit_defaults=True):
    """What all acts have: a name, in `act`."""

    @property
    def name(self) -> str:
        """The act's name."""
        return str(self.__struct_config__.tag)


class Wire(enum.StrEnum):
    """The wire of a portal's contact."""

    DPS = "dps"
    REX = "rex"
    FIRE = "fire"
    PASSED = "passed"


class NewKey(enum.StrEnum):
    """Which key a reader is given behind the gate's back."""

    RIGHT = "right"
    """The one that stands in the gate's device file."""
    RANDOM = "random"
    DEFAULT = "default"
    """The default key of the standard, which everybody knows."""


class Outage(enum.StrEnum):
    """How a network is down."""

    REFUSED = "refused"
    """Connections are reset, new ones refused."""
    SILENT = "silent"
    """Nobody is told anything: what is sent vanishes."""


class Present(Act, frozen=True, tag="present"):
    """Hold a card before a reader for `for_s` and take it away again."""

    reader: str
    card: str
    for_s: Seconds = 1.5


class Hold(Act, frozen=True, tag="hold"):
    """Hold a card before a reader, or put it in, and leave it there."""

    reader: str
    card: str


class Pull(Act, frozen=True, tag="pull"):
    """Take away the card that is held before a reader."""

    reader: str


class Pin(Act, frozen=True, tag="pin"):
    """Type keys at a reader's keypad. `#` ends a PIN, `*` clears it; where neither stands there, `#` follows."""

    reader: str
    keys: Annotated[str, msgspec.Meta(pattern="^[0-9*#]{1,16}$")]


class Walk(Act, frozen=True, tag="walk"):
    """Walk through an access point's portal as soon as it lets somebody through, waiting `within_s` at most."""

    access_point: str
    within_s: Seconds = 3.0


class Force(Act, frozen=True, tag="force"):
    """Break a door open, or break past the arm of a turnstile, which turns in its first direction."""

    portal: str


class HoldDoor(Act, frozen=True, tag="hold-door"):
    """Put a wedge under the leaf: open it if it can be opened, and keep it open."""

    portal: str


class Shut(Act, frozen=True, tag="shut"):
    """Take the wedge away and shut the leaf."""

    portal: str


class Jam(Act, frozen=True, tag="jam"):
    """Jam a door: the strike releases and the leaf does not move. `jammed = false` frees it."""

    portal: str
    jammed: bool = True


class Rex(Act, frozen=True, tag="rex"):
    """Press the request-to-exit button and leave."""

    portal: str


class CutWire(Act, frozen=True, tag="cut-wire"):
    """Cut the wire of a portal's contact, so that its input reads open; or short it, so that it reads closed."""

    portal: str
    wire: Wire = Wire.DPS
    short: bool = False


class MendWire(Act, frozen=True, tag="mend-wire"):
    """Mend the wire of a portal's contact."""

    portal: str
    wire: Wire = Wire.DPS


class Fire(Act, frozen=True, tag="fire"):
    """Let the hard-wired fire release open a portal, or reset it at the door with `active = false`."""

    portal: str
    active: bool = True


class Tamper(Act, frozen=True, tag="tamper"):
    """Open a reader's housing, or shut it with `open = false`."""

    reader: str
    open: bool = True


class PowerOff(Act, frozen=True, tag="power-off"):
    """Kill a reader or board: cut its power."""

    device: str


class PowerOn(Act, frozen=True, tag="power-on"):
    """Give a reader or board its power back."""

    device: str


class PowerFail(Act, frozen=True, tag="power-fail"):
    """Let a reader run on its standby supply, or on mains again with `failed = false`."""

    reader: str
    failed: bool = True


class Unplug(Act, frozen=True, tag="unplug"):
    """Pull the adapter of a line, or a smart card reader."""

    line: str


class PlugIn(Act, frozen=True, tag="plug-in"):
    """Put the adapter of a line, or a smart card reader, back in."""

    line: str


class Faults(Act, frozen=True, tag="line-faults"):
    """Corrupt what passes on a line; without any fault the line is good again.

    `loss`, `corruption` and `noise` are shares of bytes: vanish, have a bit flipped, have a byte of chance before them.
    `split`: every byte arrives by itself. `delay_ms`: everything arrives later. `paced`: bytes take their time.
    """

    line: str
    loss: Share = 0.0
    corruption: Share = 0.0
    noise: Share = 0.0
    split: bool = False
    delay_ms: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    paced: bool = False


class ChangeKey(Act, frozen=True, tag="change-key"):
    """Give an OSDP reader another secure channel key than the gate knows, or the right one again."""

    reader: str
    key: NewKey = NewKey.RANDOM


class Misbehave(Act, frozen=True, tag="misbehave"):
    """Let an OSDP reader behave as a known attack wants; `how = "well"` ends that."""

    reader: str
    how: str


class NetworkDown(Act, frozen=True, tag="network-down"):
    """Pull the cable between gate and controller: connections break, or (`how = "silent"`) packets vanish."""

    how: Outage = Outage.REFUSED


class NetworkUp(Act, frozen=True, tag="network-up"):
    """Put the cable between gate and controller back in."""


class GateStop(Act, frozen=True, tag="gate-stop"):
    """Stop the gate's program in an orderly way: `sacs doctor` can then have its lines."""


class GateKill(Act, frozen=True, tag="gate-kill"):
    """Kill the gate's program as a power cut would."""


class GateStart(Act, frozen=True, tag="gate-start"):
    """Start the gate's program again."""


class KillPcscd(Act, frozen=True, tag="kill-pcscd"):
    """Kill the smart card service (kill -9); `back_after_s` later it starts by itself, as systemd would see to."""

    back_after_s: Seconds = 5.0


class StartPcscd(Act, frozen=True, tag="start-pcscd"):
    """Start the smart card service that was killed, without waiting for it to come back by itself."""


class SaveState(Act, frozen=True, tag="save-state"):
    """Save how the gate stands (faults, wires, keys, held cards) as `file`, in the bench's folder `states`."""

    file: str


class LoadState(Act, frozen=True, tag="load-state"):
    """Bring the gate into a state that was saved."""

    file: str


class Reset(Act, frozen=True, tag="reset"):
    """Mend, shut, plug in and power up everything, and wait until every device is back."""


class Wait(Act, frozen=True, tag="wait"):
    """Let time pass."""

    seconds: Seconds


class Expect(Act, frozen=True, tag="expect"):
    """Wait until something has happened since the last act, or fail after `within_s`; with `never`, the reverse.

    Exactly one of these says what: `decision`, or `event` (what the gate noticed), each with its `reason` if that
    matters; `received` (an event that the controller took from the gate); `alarm` (at the controller); or `shows`: how
    `portal` stands (open, shut, released, locked), or the light that `reader` shows, or whether its channel is `secure`
    or `not-secure`. `reader`, `portal` and `access_point` narrow the others.
    """

    decision: str | None = None
    reason: str | None = None
    event: str | None = None
    received: str | None = None
    alarm: str | None = None
    shows: str | None = None
    reader: str | None = None
    portal: str | None = None
    access_point: str | None = None
    within_s: Seconds = 10.0
    never: bool = False


AnyAct = (
    Present | Hold | Pull | Pin
    | Walk | Force | HoldDoor | Shut | Jam | Rex | CutWire | MendWire | Fire
    | Tamper | PowerOff | PowerOn | PowerFail | Unplug | PlugIn | Faults | ChangeKey | Misbehave
    | NetworkDown | NetworkUp | GateStop | GateKill | GateStart
    | KillPcscd | StartPcscd | SaveState | LoadState | Reset | Wait | Expect
)  # fmt: skip
AtPortal = Force | HoldDoor | Shut | Jam | Rex | CutWire | MendWire | Fire
AtOsdpReader = Pin | Tamper | PowerFail | ChangeKey | Misbehave
ACTS: Final[dict[str, type[Act]]] = {str(each.__struct_config__.tag): each for each in AnyAct.__args__}
"""All acts by name, in the order in which they are shown."""
_SUBJECTS: Final = ("decision", "event", "received", "alarm", "shows")


def parse_act(data: object) -> AnyAct:
    """Return the act that decoded JSON or TOML describes. Raises BadActError."""
    try:
        act: AnyAct = msgspec.convert(data, AnyAct)
    except msgspec.ValidationError as error:
        name = data.get("act") if isinstance(data, dict) else None
        if name not in ACTS:
            raise BadActError(f"no act {name!r}; there are: {', '.join(ACTS)}") from error
        raise BadActError(f"{name}: {error}; it takes {signature(str(name))}") from error
    if isinstance(act, Expect):
        _check_expectation(act)
    return act


def act_of_words(name: str, words: dict[str, str]) -> AnyAct:
    """Return the act `name` with arguments as a person types them (`key=value`). Raises BadActError."""
    if name not in ACTS:
        raise BadActError(f"no act {name!r}; there are: {', '.join(ACTS)}")
    try:
        arguments = {key: _value(text) for key, text in words.items()}
        act = cast("AnyAct", msgspec.convert(arguments, ACTS[name], strict=False))
    except msgspec.ValidationError as error:
        raise BadActError(f"{name}: {error}; it takes {signature(name)}") from error
    if isinstance(act, Expect):
        _check_expectation(act)
    return act


def signature(name: str) -> str:
    """Return what an act takes, in words: `reader, card, for_s=1.5`."""
    fields = msgspec.structs.fields(ACTS[name])
    said = [each.name if each.required else f"{each.name}={_shown(each.default)}" for each in fields]
    return ", ".join(said) or "nothing"


def as_data(act: AnyAct) -> dict[str, object]:
    """Return an act as plain data, its name first, without what it leaves to the defaults."""
    data: dict[str, object] = msgspec.to_builtins(act)
    return {"act": data.pop("act"), **data}


def _check_expectation(act: Expect) -> None:
    if sum(getattr(act, subject) is not None for subject in _SUBJECTS) != 1:
        raise BadActError(f"expect: exactly one of {', '.join(_SUBJECTS)} says what is expected")
    if act.reason is not None and act.decision is None and act.event is None:
        raise BadActError("expect: a reason belongs to a decision or an event")
    if act.shows is not None and (act.portal is None) == (act.reader is None):
        raise BadActError("expect: `shows` needs either a portal or a reader")
    for field, known in KNOWN.items():
        _check_word(field, getattr(act, field), known)
    _check_word("reason", act.reason, reasons("decision" if act.decision is not None else "event"))
    _check_word("shows", act.shows, shown_by("portal" if act.portal is not None else "reader"))


def _check_word(field: str, said: str | None, known: AbstractSet[str]) -> None:
    if said is not None and said not in known:
        raise BadActError(f"expect: no {field} {said!r}; there are: {', '.join(sorted(known))}")


def _value(text: str) -> object:
    return {"true": True, "false": False, "yes": True, "no": False}.get(text.lower(), text)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
