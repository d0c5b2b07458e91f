"""What each enrolled gate last said of itself, and what follows from it: its state on the page, and the cut.

Belongs here: health and watermarks. Does not belong here: who is enrolled (enrolment.py), or the rule of the cut
(controller/domain/presence/watermark.py).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from contract.clock import NS_PER_S, Clock, to_datetime
from contract.ids import EdgeId, Epoch
from contract.messages import (
    CONTROLLERS_SILENT,
    RING_MADE_ROOM,
    RING_REFUSED,
    SCREEN_REFUSED,
    Health,
    Identity,
    RingExtent,
)
from contract.part_trouble import PartTrouble
from contract.periods import Kind, Retention
from contract.site import Site
from controller.domain.known import NumberSet
from controller.domain.presence.watermark import Watermark, Watermarks
from controller.domain.violations import Violation
from controller.live import BoardLine, GateLine, GateState, ReaderLine
from controller.service.alarms import Alarms
from controller.service.records.cameras import CameraWatch
from process.exposure import Exposure

SILENT_AFTER_S: Final = 10
"""Five health messages missed: a gate that nobody hears is shown as silent."""

NEVER_HEARD_AFTER_S: Final = 60
"""A gate that was silent before this program started is as silent as one that falls silent now."""

_GUESSES: Final = 5


class _Heard(NamedTuple):
    health: Health
    heard_ns: int


class GateWatch:
    """Keeps the newest health of every gate."""

    def __init__(
        self,
        clock: Clock,
        site: Site,
        known: Mapping[tuple[EdgeId, Epoch], NumberSet],
        alarms: Alarms,
        policies_wanted: Mapping[EdgeId, int],
        watermarks: Mapping[EdgeId, int] | None = None,
    ) -> None:
        """`watermarks`: those that counted before, in nanoseconds since 1970-01-01 UTC, as they were stored."""
        self._clock = clock
        self._site = site
        self._known = known
        self._alarms = alarms
        self._cameras = CameraWatch(alarms)
        self._policies_wanted = policies_wanted
        self._heard: dict[EdgeId, _Heard] = {}
        self._past: dict[EdgeId, set[Epoch]] = defaultdict(set)
        self._since_ns = clock.now_ns()
        self._watermarks = Watermarks(watermarks)
        self.twice_ns: Final[dict[EdgeId, int]] = {}
        """When each gate last was two machines that spoke at the same time (ns since 1970 UTC); none for most."""

    def hear(self, health: Health) -> None:
        """Take a gate's signed statement; whatever is not newer than the newest was heard before, and is passed over.

        A gate's stamps rise across restarts, so an epoch that was followed by another one never speaks again: if it
        does, there are two machines with this gate's keys.
        """
        last = self._heard.get(health.edge)
        if last is not None and health.at_ns <= last.health.at_ns:
            return
        if last is not None and health.epoch != last.health.epoch:
            self._past[health.edge].add(last.health.epoch)
            if health.epoch in self._past[health.edge]:
                self.twice_ns[health.edge] = self._clock.now_ns()
                self._alarms.of_violation(self._clock.now_ns(), Violation.GATE_TWICE, health.edge)
        before = last.health if last is not None and last.health.epoch == health.epoch else None
        self._watch_disk(health, before)
        self._watch_memory(health)
        self._watch_screen(health, before)
        self._watch_parts(health, before)
        for camera in health.cameras:
            self._cameras.hear(health.edge, camera, self._clock.now_ns())
        if health.counters.get(CONTROLLERS_SILENT):
            self._alarms.of_system(self._clock.now_ns(), "controller-silent", health.edge, health.edge)
        self._heard[health.edge] = _Heard(health, self._clock.now_ns())
        self._watermarks.state(health.edge, Watermark(health.at_ns, health.ring))
        self._alarms.settled("gate-silent", health.edge, health.edge)

    def cut_ns(self, retention: Retention) -> int:
        """Return the cut that the gates' statements allow now (rule 6)."""
        self._watermarks.settle(self._knows)
        return self._watermarks.cut_ns(self._in_service(), now_ns=self._clock.now_ns(), settle_s=retention.settle_s)

    def _in_service(self) -> list[EdgeId]:
        """Return the gates that are waited for: all but those that are declared out of service and not heard."""
        heard = {edge for edge, heard in self._heard.items() if not self._is_silent(heard)}
        return [gate.id for gate in self._site.gate if not gate.out_of_service or gate.id in heard]

    @property
    def counted(self) -> Mapping[EdgeId, int]:
        """The watermarks that count, in nanoseconds since 1970-01-01 UTC: to be stored (rule 9)."""
        return self._watermarks.counted

    @property
    def awaited(self) -> Mapping[EdgeId, int]:
        """Those of gates in service: up to when each has told all.

        No later than it was heard, for a gate whose clock is ahead has told nothing of what is to come.
        """
        in_service = self._in_service()
        return {edge: min(at_ns, self._heard_ns(edge)) for edge, at_ns in self.counted.items() if edge in in_service}

    def _heard_ns(self, edge: EdgeId) -> int:
        heard = self._heard.get(edge)
        return self._since_ns if heard is None else heard.heard_ns

    def journaled(self) -> int:
        """Return how many events all gates say they have journaled."""
        return sum(heard.health.journaled for heard in self._heard.values())

    def watch(self) -> None:
        """Raise an alarm for each gate that fell silent, whether anybody looks at a page or not."""
        now_ns = self._clock.now_ns()
        for gate in self._in_service():
            heard = self._heard.get(gate)
            never = heard is None and now_ns - self._since_ns > NEVER_HEARD_AFTER_S * NS_PER_S
            if never or (heard is not None and self._is_silent(heard)):
                self._alarms.of_system(now_ns, "gate-silent", gate, gate)

    def come_through(self) -> bool | None:
        """Return whether some gate is heard, and nothing that those say they have is lacking here; None: none ever."""
        if not self._heard:
            return None
        states = {self._state(heard) for heard in self._heard.values()} - {GateState.SILENT}
        return states == {GateState.ONLINE}

    def all_told(self) -> bool:
        """Return whether every gate of the site is heard, and nothing that it has is lacking here."""
        heard = [self._heard.get(gate) for gate in self._in_service()]
        return all(each is not None and self._state(each) is GateState.ONLINE for each in heard)

    def with_older_policy(self) -> list[EdgeId]:
        """Return the gates that are heard and say that they have an older policy than they shall."""
        return [
            edge
            for edge, heard in self._heard.items()
            if not self._is_silent(heard) and heard.health.policy_version < self._policies_wanted.get(edge, 0)
        ]

    def oldest(self) -> Iterator[tuple[EdgeId, Kind, int]]:
        """Yield when the oldest key dies of what each gate says it holds (seconds since 1970-01-01 UTC), by kind."""
        for edge, heard in self._heard.items():
            ring_s = heard.health.oldest_dies_s
            video_s = [heard.health.old_video_dies_s, *(camera.oldest_dies_s for camera in heard.health.cameras)]
            if ring_s:
                yield edge, Kind.MOVEMENT, ring_s
            if any(video_s):
                yield edge, Kind.VIDEO, min(filter(None, video_s))

    def video_of(self, edge: EdgeId) -> str | None:
        """Return where a gate serves its video, as `host:port`; empty where it does not, None while it is silent."""
        heard = self._heard.get(edge)
        return None if heard is None or self._is_silent(heard) else heard.health.video

    def lines(self) -> list[GateLine]:
        """Return a line for each gate of the site file, in its order."""
        return [self._line(gate.id, gate.name or gate.id) for gate in self._site.gate]

    def _watch_disk(self, health: Health, last: Health | None) -> None:
        if _no_room(health) > (0 if last is None else _no_room(last)):
            self._alarms.of_system(self._clock.now_ns(), "gate-store-failed", health.edge, health.edge)
        else:
            self._alarms.settled("gate-store-failed", health.edge, health.edge)

    def _watch_memory(self, health: Health) -> None:
        open_ways = [way for way in Exposure if health.counters.get(way)]
        self._alarms.of_states(Exposure, open_ways, self._clock.now_ns(), health.edge, health.edge)

    def _watch_screen(self, health: Health, last: Health | None) -> None:
        """Alarm each time that so many more sign-ins were refused: one or two are somebody who mistypes."""
        refused = health.counters.get(SCREEN_REFUSED, 0)
        before = 0 if last is None else last.counters.get(SCREEN_REFUSED, 0)
        if refused // _GUESSES > before // _GUESSES:
            self._alarms.of_system(self._clock.now_ns(), "screen-guessed", health.edge, health.edge)

    def _watch_parts(self, health: Health, last: Health | None) -> None:
        """Alarm when a part of a gate fails once more, and for as long as one lacks what it needs."""
        now_ns = self._clock.now_ns()
        for state in PartTrouble:
            count = health.counters.get(state, 0)
            before = 0 if last is None or state is PartTrouble.PLATES_NOT_SERVED else last.counters.get(state, 0)
            if count > before:
                self._alarms.of_system(now_ns, state.value, health.edge, health.edge)

    def _line(self, edge: EdgeId, name: str) -> GateLine:
        heard = self._heard.get(edge)
        wanted = self._policies_wanted.get(edge, 0)
        if heard is None:
            return GateLine(edge, name, GateState.NEVER_SEEN, None, 0, wanted, 0, [], 0, 0, 0)
        health = heard.health
        return GateLine(
            gate=edge,
            name=name,
            state=self._state(heard),
            last_heard_at=to_datetime(heard.heard_ns).isoformat(),
            policy_version=health.policy_version,
            policy_wanted=wanted,
            clock_offset_ms=health.clock_offset_ms,
            readers=[
                ReaderLine(r.reader, r.kind.value, r.online, r.secure, _words(r.identity)) for r in health.readers
            ],
            cameras_recording=sum(camera.recording for camera in health.cameras),
            cameras=len(health.cameras),
            segments=sum(camera.segments for camera in health.cameras),
            boards=[BoardLine(b.board, b.kind.value, b.online, _words(b.identity)) for b in health.boards],
        )

    def _state(self, heard: _Heard) -> GateState:
        edge = heard.health.edge
        if self._is_silent(heard):
            return GateState.SILENT
        if all(self._knows(edge, extent) for extent in heard.health.ring):
            return GateState.ONLINE
        return GateState.CATCHING_UP

    def _is_silent(self, heard: _Heard) -> bool:
        return self._clock.now_ns() - heard.heard_ns > SILENT_AFTER_S * NS_PER_S

    def _knows(self, edge: EdgeId, extent: RingExtent) -> bool:
        known = self._known.get((edge, extent.epoch))
        return extent.last < extent.first or (known is not None and known.covers(extent.first, extent.last))


def _words(identity: Identity | None) -> str:
    if identity is None:
        return ""
    return " ".join(part for part in (identity.vendor, identity.model, identity.firmware) if part)


def _no_room(health: Health) -> int:
    """How often a gate's disk had no room, in this run of the gate: a figure that only rises."""
    return health.counters.get(RING_REFUSED, 0) + health.counters.get(RING_MADE_ROOM, 0)
