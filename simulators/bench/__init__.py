"""The technician's bench: acts on a simulated gate, a trace of what follows from them, and scenes of both in files.

Belongs here: what a person does at a gate and what can be seen of it, with its page. Does not belong here: the devices
(simulators/), or the real gate and controller that it is tried on (sacs/bench composes them).
"""

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
TEMPLATES: Final = _HERE / "templates"
STATIC: Final = _HERE / "static"
CATALOGUES: Final = _HERE / "catalogues"
SCENES: Final = _HERE / "scenes"
"""Scenes that come with the package."""
