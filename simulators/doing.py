"""What somebody on foot does at a gate, for whoever looks on in this process.

Belongs here: those words. Does not belong here: who does it (world.py, evacuation.py), who looks on (cameras/).
"""

from collections.abc import Callable
from enum import StrEnum


class Doing(StrEnum):
    """What somebody does at a gate."""

    COMES = "comes"
    """He steps up to the reader."""
    WAITS = "waits"
    """He stays a few steps away, to go through on another's heels."""
    CROSSES = "crosses"
    LEAVES = "leaves"
    """He goes back."""


Onlooker = Callable[[int, Doing], None]
"""Told what the person with that number does."""
