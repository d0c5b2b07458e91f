"""What is wrong with the description of a gate's hardware.

Belongs here: the error alone, so that each kind's module can raise it.
"""


class HardwareError(ValueError):
    """Readers, boards or portals that can not be served as they are described; the message says which and why."""
