"""Why a camera's recording has a gap, and what can be wrong with a picture that is recorded.

Belongs here: those closed sets, for the gate that finds out and the controller that says it. Does not belong here: how
it is found out (edge/recorder), or in which words it is said (controller/console).
"""

import enum


class GapReason(enum.StrEnum):
    """Why nothing was recorded for a time. The first six are a camera's own (drivers/camera)."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    NO_VIDEO = "no-video"
    SILENT = "silent"
    ENDED = "ended"
    BROKEN = "broken"
    STALLED = "stalled"
    """The stream went on, and skipped this time."""
    NO_KEY = "no-key"
    """No controller had published a key of this period."""
    DISK = "disk"
    """The gate's disk refused."""
    STOPPED = "stopped"
    """The recorder was not running."""
    NOT_SERVED = "not-served"
    """The gate has no address of it, or lacks the libraries."""
    MADE_ROOM = "made-room"
    """It was recorded, and deleted before its time: the disk, or the camera's part of it, was full."""


class PictureTrouble(enum.StrEnum):
    """What is wrong with a picture that comes."""

    FROZEN = "frozen"
    """The same picture for a minute."""
    BLACK = "black"
    COVERED = "covered"
    """Nearly one colour: covered, sprayed or turned to a wall."""
