"""A simulated RTSP camera: a real RTSP server (RFC 2326) that plays a film for ever, one process a camera.

Two faces. What the system sees is `address`: RTSP over TCP, what the film is encoded as. What a technician does is
`freeze` (it accepts and says nothing), `thaw`, `kill` (as if its cable was cut) and `start` again, on the same port.

Two servers, of other authors both: a wheel's, which needs nothing else, and Debian's, which only tests install.

What it is not: it asks for no password (an address may carry one all the same), speaks no UDP, and plays the film from
its first frame to everybody who connects. Belongs here: which server plays what. Does not belong here: the picture
(film.py), its faults on the way (cable.py), a camera that shows what happens now (live_camera.py).
"""

import asyncio
import sys
from enum import StrEnum
from pathlib import Path
from typing import Final

from simulators.cameras.program import CameraProgram
from simulators.cameras.units import units_file

_DEBIAN_PYTHON: Final = "/usr/bin/python3"
"""Alone it has the bindings."""


class CameraServer(StrEnum):
    """Whose RTSP server plays."""

    WHEEL = "wheel"
    """aio-rtsp-toolkit; H.264 and H.265."""
    DEBIAN = "debian"
    """gst-rtsp-server; any codec of a film. The packages stand in debian_server.py."""


class SimulatedCamera(CameraProgram):
    """One camera that shows the film `scene` (an MP4 file) on loopback.

    `port` 0 takes a free one at the first start and keeps it; `login` (`name:password`) only becomes part of the
    address.
    """

    def __init__(
        self, scene: Path, *, port: int = 0, login: str = "", server: CameraServer = CameraServer.WHEEL
    ) -> None:
        is_wheel = server is CameraServer.WHEEL
        super().__init__(f"{scene.name}/play_count_0" if is_wheel else scene.name, port=port, login=login)
        self._scene = scene
        self._server = server

    async def command(self) -> list[str]:
        """Return how the server of its choice is started; for Debian's the film is taken apart first."""
        if self._server is CameraServer.WHEEL:
            return [sys.executable, "-m", "simulators.cameras.wheel_server", str(self._scene.parent), str(self._port)]
        program = Path(__file__).with_name("debian_server.py")
        units = await asyncio.to_thread(units_file, self._scene)
        return [_DEBIAN_PYTHON, str(program), str(units), str(self._port), self._scene.name]
