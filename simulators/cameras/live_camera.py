"""A camera that shows what happens at a simulated gate now: the same faces as a camera that plays a film, and `tell`.

Its server is the wheel's alone: Debian's is installed by root, and a demonstration needs none.

Belongs here: that camera from outside. Does not belong here: its pictures (live.py), its program (live_server.py).
"""

import sys

import msgspec

from simulators.cameras.acts import Act
from simulators.cameras.live_server import LiveView
from simulators.cameras.program import CameraProgram


class LiveCamera(CameraProgram):
    """One camera on loopback, in a process of its own; `login` (`name:password`) only becomes part of its address."""

    def __init__(self, view: LiveView, *, port: int = 0, login: str = "") -> None:
        super().__init__("live", port=port, login=login)
        self._view = view

    async def command(self) -> list[str]:
        """Return how its server is started."""
        view = msgspec.json.encode(self._view).decode()
        return [sys.executable, "-m", "simulators.cameras.live_server", view, str(self._port)]

    def tell(self, act: Act) -> None:
        """Let somebody in its picture do something; a camera that does not run shows nothing of it."""
        self.write(msgspec.json.encode(act) + b"\n")
