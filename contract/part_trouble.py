"""What goes wrong with the parts of a gate beside the gate: its video, its pictures, its plates.

Each is a counter of a gate's health, and the alarm that a controller raises when it rises. Belongs here: those codes.
Does not belong here: a camera's own state (camera_trouble.py), or counting.
"""

import enum


class PartTrouble(enum.StrEnum):
    """A part that fails, in the gate's health by how often since its start."""

    NOT_DELETED = "video-not-deleted"
    """A disk refused the deletion of video whose key is dead."""
    VIDEO_FAILED = "video-failed"
    """The process that serves video ended, or could not be started."""
    VIDEO_REFUSED = "video-refused"
    """Somebody came to the video port without being a controller of the site."""
    PLATES_FAILED = "plates-failed"
    """The process that reads plates ended, or could not be started."""
    PLATES_NOT_SERVED = "plates-not-served"
    """A lane shall read plates, and the libraries for it are not installed."""
    SNAPSHOTS_MISSING = "snapshots-missing"
    """A passage got no picture."""
