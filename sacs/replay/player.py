"""Playing: the clock moves from one moment to the next, and only when all that was journaled before is committed.

Moments are the rows of the log, the starts of periods, the deaths of keys, and the times that somebody asked about; at
one instant they come in this order: sweep, rows in the order of the file, answer. Rows of one instant are played a
microsecond apart, so that stamps keep their order across gates. Belongs here: that order, and what is noted on the way.
Does not belong here: the parts that are played into (system.py).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from contract.clock import NS_PER_S, to_datetime
from contract.events import AccessGranted
from contract.ids import OUTSIDE, AreaId
from contract.periods import Kind as KeyKind
from contract.periods import Retention
from controller.audit.carving import readable_without_key
from controller.domain.presence.bounds import Headcount
from controller.domain.presence.layout import WHOLE_SITE
from controller.domain.presence.passback import Contradiction
from controller.service.records.ingest import STORED
from sacs.replay.anomalies import Anomaly, Audit, Found, by_kind
from sacs.replay.bookkeeping import Bookkeeping
from sacs.replay.carving import Carver
from sacs.replay.holders import Holders
from sacs.replay.passage_log import RecordedPassage, Recording
from sacs.replay.report import (
    Figure,
    Kind,
    LeftOut,
    Miss,
    NeverBadgedOut,
    Peak,
    ReplacedUse,
    Report,
    Row,
    Violation,
)
from sacs.replay.system import PlayedSystem

_APART_NS: Final = 1000
_HEALTH_EVERY: Final = 24
"""Gates state their watermarks once in so many periods of the log's time, beside every two seconds of ours."""


@dataclass(frozen=True)
class Question:
    """A time about which somebody asked: as it was written, and in ns since 1970-01-01 UTC."""

    text: str
    at_ns: int


@dataclass
class _Notes:
    at: dict[str, dict[str, Figure]] = field(default_factory=dict)
    peaks: dict[AreaId, Peak] = field(default_factory=dict)
    alarms: Counter[str] = field(default_factory=Counter)
    misses: list[Miss] = field(default_factory=list)
    oldest_s: float = 0.0
    rows: int = 0


class Player:
    """Plays one log. `speed`: how many seconds of the log pass in one of ours; None as fast as it goes.

    `progress` is told after each moment how many rows are played and where the clock stands. `carver` searches all that
    was written at the moments `carve_at`, the latest first.
    """

    def __init__(
        self,
        system: PlayedSystem,
        holders: Holders,
        speed: float | None,
        progress: Callable[[int, int], None],
        carver: Carver | None = None,
        carve_at: Iterable[int] = (),
    ) -> None:
        self._system = system
        self._clock = system.clock
        self._holders = holders
        self._speed = speed
        self._progress = progress
        self._carver = carver
        self._carve_at = list(carve_at)
        self._truth = Bookkeeping(system.site, holders)
        self._leads_to = {point.id: point.to_area for point in system.site.access_point}
        self._areas = [area.id for area in system.site.area if area.id != OUTSIDE]
        self._notes = _Notes()
        self._began_ns = self._clock.now_ns()
        self._began_s = time.monotonic()
        system.on_contradiction = self._contradicted

    async def play(self, recording: Recording, questions: Iterable[Question]) -> Report:
        """Play all rows, go on to the last question, and report."""
        notes = self._notes
        pending = sorted(questions, key=lambda question: question.at_ns, reverse=True)
        while pending and pending[-1].at_ns < self._began_ns:
            self._answer(pending.pop())
        for passage in recording.passages:
            while pending and pending[-1].at_ns < passage.at_ns:
                await self._advance(pending[-1].at_ns)
                self._answer(pending.pop())
            await self._advance(passage.at_ns)
            await self._pass(passage)
        while pending:
            await self._advance(pending[-1].at_ns)
            self._answer(pending.pop())
        seconds = time.monotonic() - self._began_s
        notes.oldest_s = max(notes.oldest_s, self._system.truth.oldest_readable_s())
        return self._report(seconds, recording)

    async def _advance(self, to_ns: int) -> None:
        """Move the clock to `to_ns`, and sweep at every moment on the way at which a period begins or a key dies."""
        retention = self._system.site.retention
        for moment_ns in sweeps(retention, self._clock.now_ns(), to_ns):
            await self._move(moment_ns)
            self._notes.oldest_s = max(self._notes.oldest_s, self._system.truth.oldest_readable_s())
            await self._system.tick()
            if moment_ns // NS_PER_S % (_HEALTH_EVERY * retention.movement_period_s) == 0:
                await self._system.report_health()
            self._check_bounds()
            if self._carver is not None and self._carve_at and moment_ns >= self._carve_at[-1]:
                self._carve_at.pop()
                await asyncio.to_thread(self._carver.carve, moment_ns)
            self._progress(self._notes.rows, moment_ns)
        await self._move(to_ns)

    async def _move(self, to_ns: int) -> None:
        if self._speed is not None:
            due_s = self._began_s + (to_ns - self._began_ns) / NS_PER_S / self._speed
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
        self._clock.advance_to(max(to_ns, self._clock.now_ns()))

    async def _pass(self, passage: RecordedPassage) -> None:
        await self._system.present(passage)
        self._truth.passed(passage)
        notes = self._notes
        notes.rows += 1
        presence = self._system.truth.movements.presence
        area = self._leads_to[passage.access_point]
        for scope in (WHOLE_SITE, area) if area != OUTSIDE else ():
            count = presence.headcount(scope)
            if not count.unknown:
                self._note_peak(scope, count.best, passage.at_ns)
        self._clock.advance_to(self._clock.now_ns() + _APART_NS)
        self._progress(notes.rows, passage.at_ns)

    def _note_peak(self, area: AreaId, count: int, at_ns: int) -> None:
        peak = self._notes.peaks.get(area)
        if count > (peak.count if peak else 0):
            self._notes.peaks[area] = Peak(count, _words(at_ns))

    def _contradicted(self, _: AccessGranted, contradiction: Contradiction) -> None:
        self._notes.alarms[contradiction.value] += 1

    def _answer(self, question: Question) -> None:
        self._notes.at[question.text] = self._figures_by_area()

    def _check_bounds(self) -> None:
        for area, count in self._system.headcounts().items():
            truth = self._truth.present if area == WHOLE_SITE else self._truth.by_area[area]
            if not count.unknown and not count.lowest <= truth <= count.highest:
                self._notes.misses.append(Miss(_words(self._clock.now_ns()), area, truth, _figure(count)))

    def _figures_by_area(self) -> dict[str, Figure]:
        counts = self._system.headcounts()
        return {area: _figure(count) for area, count in counts.items() if area != WHOLE_SITE}

    def _report(self, seconds: float, recording: Recording) -> Report:
        audit = Audit(self._system.site, self._holders, recording.passages)
        system, notes, truth = self._system, self._notes, self._system.truth
        return Report(
            gates=len(system.site.gate),
            events_journaled=system.journaled,
            events_stored=truth.ingest.totals[STORED],
            events_duplicate=truth.ingest.duplicates,
            present=_figure(system.headcounts()[WHOLE_SITE]),
            truth_present=self._truth.present,
            oldest_readable_s=round(truth.oldest_readable_s(), 3),
            readable_without_key=readable_without_key(system.records),
            keys_destroyed=truth.sweep.destroyed,
            video_segments=0,
            present_by_area=self._figures_by_area(),
            truth_present_by_area={area: self._truth.by_area[area] for area in self._areas},
            at=notes.at,
            max_present=notes.peaks.get(WHOLE_SITE, Peak(0, None)),
            max_present_by_area={area: notes.peaks.get(area, Peak(0, None)) for area in self._areas},
            anti_passback_violations=[_violation(found) for found in audit.found],
            replaced_credential_uses=[
                ReplacedUse(found.passage.credential, _words(found.passage.at_ns), found.passage.access_point)
                for found in by_kind(audit.found)[Anomaly.REPLACED_IN_USE]
            ],
            anomalies={
                kind.value: Kind(len(found), [_row(each) for each in found])
                for kind, found in by_kind(audit.found).items()
            },
            never_badged_out=[
                NeverBadgedOut(each.area, _words(each.since_ns), each.entries) for each in audit.never_left
            ],
            controller_alarms=dict(notes.alarms),
            bad_rows=[LeftOut(bad.line, bad.why) for bad in recording.bad],
            overstays=truth.movements.overstays,
            oldest_readable_s_max=round(notes.oldest_s, 3),
            bounds_missed=notes.misses,
            rows=notes.rows,
            seconds=round(seconds, 3),
            events_per_s=round(notes.rows / seconds, 1) if seconds else 0.0,
            carved=None if self._carver is None else self._carver.found,
        )


def sweeps(retention: Retention, after_ns: int, until_ns: int) -> Iterator[int]:
    """Yield the moments after `after_ns`, up to and with `until_ns`, at which a period begins or a key dies."""
    grids = set()
    for kind in KeyKind:
        period = retention.period_at(kind, after_ns)
        grids |= {(period.length_s, start_s % period.length_s) for start_s in (0, retention.dies_at_s(period))}
    after_s, until_s = after_ns // NS_PER_S, until_ns // NS_PER_S
    while True:
        after_s = min(after_s + length_s - (after_s - first_s) % length_s for length_s, first_s in grids)
        if after_s > until_s:
            return
        yield after_s * NS_PER_S


def _violation(found: Found) -> Violation:
    passage = found.passage
    return Violation(_words(passage.at_ns), passage.credential, passage.access_point, found.kind.value)


def _row(found: Found) -> Row:
    passage = found.passage
    return Row(passage.credential, _words(passage.at_ns), passage.access_point, found.area)


def _figure(count: Headcount) -> Figure:
    return Figure(None, None, None) if count.unknown else Figure(count.lowest, count.best, count.highest)


def _words(at_ns: int) -> str:
    """Return a time as ISO 8601 in UTC, to the second: rows of one instant were played a little apart."""
    return to_datetime(at_ns).replace(microsecond=0).isoformat()
