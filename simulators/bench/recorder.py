"""Records what is done at the bench as a scene that can be saved and played again.

A decision or an alarm that follows an act while the recording runs is written down as an expectation: a recorded scene
is a test of what was seen. Not so alarms that depend on who was inside before: a replay begins with others inside. What
could not be done is no part of it.

Belongs here: that. Does not belong here: the file (scene.py).
"""

import math
from collections.abc import Callable

import msgspec

from simulators.bench.acts import AnyAct, Expect, Present, Reset, Wait, as_data, parse_act
from simulators.bench.expectable import BY_PRESENCE
from simulators.bench.journal import NOT_ACTS, NOT_DONE, Entry, Journal, Source
from simulators.bench.scene import BenchScene, Start, Step
from simulators.bench.state import BenchState

_LEAST_WITHIN_S = 5.0
_LEAST_HELD_S = 0.5
_SHARE = 3
"""A replay may take so many times as long as the recording did, before an expectation fails."""


class Recorder:
    """One recording, from its making until `scene`."""

    def __init__(self, journal: Journal, start: Start) -> None:
        self._start = start
        self._entries: list[Entry] = []
        self._end: Callable[[], None] = journal.listen(self._hear)

    def stop(self) -> None:
        """Record nothing from now on."""
        self._end()

    def scene(self, title: str) -> BenchScene:
        """Return what was recorded until now."""
        steps: list[Step] = []
        last = 0
        acted_s: float | None = None
        for entry in self._entries:
            at_s = entry.at.timestamp()
            if entry.source is Source.ACT:
                after_s = round(at_s - acted_s, 2) if acted_s is not None else 0.0
                if steps:
                    steps[last] = _over_within(steps[last], after_s)
                last = len(steps)
                steps.append(Step(parse_act({"act": entry.kind, **entry.facts}), after_s))
                acted_s = at_s
            elif acted_s is not None:
                within_s = max(_LEAST_WITHIN_S, math.ceil(_SHARE * (at_s - acted_s)))
                steps.append(Step(_expectation(entry, within_s)))
        return BenchScene(title, steps, sorted(_named([step.act for step in steps])), self._start)

    def _hear(self, entry: Entry) -> None:
        if entry.source is Source.ACT and entry.kind == NOT_DONE:
            self._forget(int(str(entry.facts["number"])))
        elif (entry.source is Source.ACT and entry.kind not in {"expect", "reset", *NOT_ACTS}) or _tells(entry):
            self._entries.append(entry)

    def _forget(self, number: int) -> None:
        self._entries = [entry for entry in self._entries if entry.number != number]


def start_of(state: BenchState) -> Start:
    """Return what is not as usual now, as the start of a scene."""
    return Start(
        held={reader.id: reader.held for reader in state.readers if reader.held is not None},
        unplugged=[line.name for line in state.lines if not line.is_plugged_in],
        off=[
            *(reader.id for reader in state.readers if not reader.is_powered),
            *(board.id for board in state.boards if not board.is_powered),
        ],
        wedged=[portal.id for portal in state.portals if portal.is_wedged],
        jammed=[portal.id for portal in state.portals if portal.is_jammed],
        burning=[portal.id for portal in state.portals if portal.is_burning],
        tampered=[reader.id for reader in state.readers if reader.is_tampered],
        cut={portal.id: portal.cut[0] for portal in state.portals if portal.cut},
        network=state.is_network_up,
    )


def _tells(entry: Entry) -> bool:
    if entry.source is Source.GATE:
        return entry.kind == "decision"
    return entry.source is Source.CONTROLLER and entry.kind == "alarm" and entry.facts["alarm"] not in BY_PRESENCE


def _over_within(step: Step, within_s: float) -> Step:
    """Let a card that was still held up when the next thing was done be taken away then, so that this comes in time."""
    for_s = max(within_s, _LEAST_HELD_S)
    if isinstance(step.act, Present) and step.act.for_s > for_s:
        return Step(msgspec.structs.replace(step.act, for_s=for_s), step.after_s)
    return step


def _expectation(entry: Entry, within_s: float) -> Expect:
    facts = {name: str(value) for name, value in entry.facts.items() if value is not None}
    if entry.kind == "alarm":
        return Expect(alarm=facts["alarm"], within_s=within_s)
    return Expect(decision=facts["outcome"], reason=facts.get("reason"), access_point=entry.place, within_s=within_s)


def _named(acts: list[AnyAct]) -> set[str]:
    """Return the readers, portals and boards that acts name."""
    names = {"reader", "portal", "device"}
    told = [as_data(act) for act in acts if not isinstance(act, Expect | Wait | Reset)]
    return {str(fields[name]) for fields in told for name in names if name in fields}
