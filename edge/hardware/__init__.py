"""A gate's readers, boards and portals, made from the site file and the gate's private device file."""

from edge.hardware.build import build
from edge.hardware.error import HardwareError

__all__ = ["HardwareError", "build"]
