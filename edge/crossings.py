"""People whom cameras saw cross, against what the gate itself knows of passages: hints of tailgating.

What the journal has of a passage is what the gate knows. A hint is journaled and shown; it decides nothing. While the
fire release or an order holds a portal open, or the camera sees nothing, nobody is compared.

Belongs here: from reports and events to hints. Does not belong here: the comparison (domain/tailgating.py), cameras.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from contract import events
from contract.events import AnyEvent
from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, CameraId
from contract.site import AccessPoint
from contract.site import Gate as GateConfig
from edge.counting.wire import Crossing, Sight
from edge.domain.counting.line import Side
from edge.domain.tailgating import Tailgating, TooMany
from edge.portals import Portals
from edge.technician import CrossingLine
from edge.telling import Telling

COUNTED: Final = "people-crossed"
"""Counter of the gate's health: persons whom cameras saw cross a line."""
HINTS: Final = "tailgating-hints"
"""How often they were more than passages were taken."""
BLIND: Final = "counting-blind"
"""How many cameras shall count and see nothing now."""


class Crossings:
    """One gate's. Belongs to the event loop; `tick` is to be called about once a second."""

    def __init__(
        self, config: GateConfig, points: Mapping[AccessPointId, AccessPoint], portals: Portals, telling: Telling
    ) -> None:
        self._points = points
        self._telling = telling
        self._portals = portals
        self._lines = {camera.id: camera.counts for camera in config.camera if camera.counts is not None}
        self._cameras = {
            point: camera for camera, line in self._lines.items() for point in (line.left, line.right) if point
        }
        self._portal_of = {point: portal.id for portal in config.portal for point in portal.access_points}
        self._blind = set(self._lines)
        self._tailgating = Tailgating()
        if self._lines:
            self._count_blind()
            telling.journal.listeners.append(self._journaled)

    def take(self, camera: CameraId, report: Crossing | Sight) -> None:
        """Take what the counting process of a camera reports."""
        line = self._lines.get(camera)
        if line is None:
            return
        if isinstance(report, Sight):
            (self._blind.add if report.is_blind else self._blind.discard)(camera)
            self._count_blind()
            return
        point = line.right if report.side is Side.RIGHT else line.left
        if not point:
            return
        self._telling.counters[COUNTED] += report.persons
        portal = self._portal_of.get(point)
        if portal is not None and self._portals.is_held_open(portal):
            self._tailgating.excuse(point)
            return
        for _ in range(report.persons):
            self._tailgating.crossed(point, report.at_ns)

    def tick(self) -> None:
        """Tell of whoever crossed without a passage."""
        for told in self._tailgating.tick(self._telling.time.boottime_ns()):
            self._tell(told)

    def _tell(self, told: TooMany) -> None:
        point, camera = told.access_point, self._cameras[told.access_point]
        from_ns = self._telling.time.stamp_ns(told.from_ns)
        self._telling.counters[HINTS] += 1
        self._telling.event(
            lambda at_ns: events.PeopleCrossed(at_ns, point, camera, min(from_ns, at_ns), told.seen, told.taken)
        )
        self._telling.line(lambda at: CrossingLine(at, point, told.seen, told.taken))

    def _journaled(self, number: int, event: AnyEvent) -> None:
        now_ns = self._telling.time.boottime_ns()
        match event:
            case events.AccessGranted(access_point=point) if point in self._cameras:
                self._tailgating.granted(point, now_ns, number)
            case events.AccessNotTaken(access_point=point, grant_number=granted) if point in self._cameras:
                self._tailgating.taken_back(point, granted)
            case events.Admitted(access_point=point) | events.PassageWithoutGrant(access_point=point):
                self._passed(point, 1, now_ns)
            case events.UnnamedPassed(access_point=point, amount=amount):
                self._passed(point, abs(amount), now_ns)
            case events.FreeExit(portal=portal) | events.ExitRequested(portal=portal):
                for point in self._ways_out(portal):
                    self._passed(point, 1, now_ns)

    def _passed(self, point: AccessPointId, amount: int, now_ns: int) -> None:
        if point in self._cameras:
            for _ in range(amount):
                self._tailgating.passed(point, now_ns)

    def _ways_out(self, portal: str) -> Iterator[AccessPointId]:
        """Yield the ways through a portal by which a request to exit, or a free exit, leads."""
        ways = (point for point, of in self._portal_of.items() if of == portal)
        return (point for point in ways if self._points[point].from_area not in (OUTSIDE, ANYWHERE))

    def _count_blind(self) -> None:
        self._telling.counters[BLIND] = len(self._blind)
