"""Whose camera takes the picture of a passage."""

import asyncio

import pytest

from contract.ids import AccessPointId, CameraId
from edge.snapshots import Snapshots, View

IN, OUT, SIDE = AccessPointId("in"), AccessPointId("out"), AccessPointId("side")


class Camera:
    """A source of one picture, or of none."""

    def __init__(self, jpeg: bytes | None) -> None:
        self.jpeg = jpeg

    async def snapshot(self) -> bytes | None:
        return self.jpeg


class Journal:
    """Remembers what was appended."""

    def __init__(self) -> None:
        self.pictures: list[tuple[CameraId, int, bytes]] = []

    def append_snapshot(self, camera: CameraId, grant_number: int, granted_ns: int, jpeg: bytes) -> bool:
        self.pictures.append((camera, grant_number, jpeg))
        return granted_ns == 0


@pytest.mark.parametrize(
    ("general", "point", "expected", "missing"),
    [
        (b"all", IN, ("at-in", b"in"), 0),
        (b"all", OUT, ("all", b"all"), 0),  # the camera at the exit has no picture: the one that sees all stands in
        (b"all", SIDE, ("all", b"all"), 0),
        (None, OUT, None, 1),
    ],
)
async def test_the_camera_that_names_the_access_point_comes_first(
    general: bytes | None, point: AccessPointId, expected: tuple[str, bytes] | None, missing: int
) -> None:
    journal = Journal()
    views = [
        View(CameraId("all"), [], Camera(general)),
        View(CameraId("at-in"), [IN], Camera(b"in")),
        View(CameraId("at-out"), [OUT], Camera(None)),
    ]
    snapshots = Snapshots(views, journal)
    running = asyncio.create_task(snapshots.run())
    snapshots.granted(7, 0, point)
    for _ in range(10):
        await asyncio.sleep(0)
    running.cancel()
    assert journal.pictures == ([] if expected is None else [(expected[0], 7, expected[1])])
    assert snapshots.counters["snapshots-missing"] == missing


async def test_where_no_camera_looks_no_picture_is_missing() -> None:
    journal = Journal()
    snapshots = Snapshots([View(CameraId("at-in"), [IN], Camera(b"in"))], journal)
    running = asyncio.create_task(snapshots.run())
    snapshots.granted(7, 0, OUT)
    await asyncio.sleep(0)
    running.cancel()
    assert (journal.pictures, snapshots.counters.total()) == ([], 0)
