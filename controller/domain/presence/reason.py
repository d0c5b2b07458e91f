"""Why the figures of a count differ: the closed set of reasons.

Belongs here: the reasons. Does not belong here: how many persons each of them is about (bounds.py, doubts.py,
unwatched.py), or words for a screen (the console has them, by the values of this set).
"""

import enum
from typing import Final


class Reason(enum.StrEnum):
    """Why lowest, best and highest differ; a screen says it in words."""

    EXITS_MISSED = "exits-missed"
    """Persons who are still placed inside may have left without a read: lowers."""
    UNNAMED_INSIDE = "unnamed-inside"
    """Persons whose names were deleted on time may still be inside: raises."""
    ENTRIES_MISSED = "entries-missed"
    """Persons may have entered without a read: raises."""
    DOUBTFUL_IN = "doubtful-in"
    """Persons passed inwards at a moment that is in doubt, and may have left since: lowers."""
    DOUBTFUL_OUT = "doubtful-out"
    """Persons passed outwards at a moment that is in doubt, and may be back inside: raises."""
    NOT_SEEN_IN = "not-seen-in"
    """Persons were let in, and nobody has seen yet whether they went through: lowers."""
    NOT_SEEN_OUT = "not-seen-out"
    """Persons were let out, and nobody has seen yet whether they went through: raises."""
    CONTRADICTED = "contradicted"
    """Persons entered who were inside by what was read, more than exits are missed: a pass may serve two: raises."""
    COUNTED_OUT = "counted-out"
    """Officers counted more people out without a name than are known to be there so: others may have left. Lowers."""
    OCCUPANTS_STAYED = "occupants-stayed"
    """Vehicles left with fewer persons than they had come with: the others may still be inside. Raises."""
    OCCUPANTS_SURPLUS = "occupants-surplus"
    """Vehicles left with more persons than they had come with: those may be counted inside by name. Lowers."""
    GATE_SILENT = "gate-silent"
    """A gate is not heard, or has not told all yet: reckoned with its highest usual flow. Lowers and raises."""
    RECORDS_LOST = "records-lost"
    """Records of a gate came too late to be read, or it stopped uncleanly and may have lost some: lowers and raises."""
    DOOR_OPEN = "door-open"
    """A door was forced, held open or opened by the fire release, for longer than one passage: lowers and raises."""
    PASSED_UNREAD = "passed-unread"
    """Persons passed a turnstile or a free exit without a read: lowers or raises."""
    SEEN_CROSSING = "seen-crossing"
    """A camera saw more persons cross than were read: lowers or raises."""
    OCCUPANTS_UNCOUNTED = "occupants-uncounted"
    """Vehicles come or go and nobody counts who is in them: lowers and raises, and where nothing is declared, unknown.
    """
    EVACUATING = "evacuating"
    """People are told to leave, and may do so by any way, read or not: lowers and raises."""
    ONE_SIDED = "one-sided"
    """A way into or out of the area has no reader: lowers and raises, and where nothing is declared, unknown."""
    LEARNING = "learning"
    """This controller has not caught up yet with what happened before it came: unknown."""
    CONTROLLERS_DIFFER = "controllers-differ"
    """Another controller counts otherwise, and both are believed (rule 15): lowers and raises."""


OF_SINGLE_PERSONS: Final = frozenset(
    {
        Reason.DOUBTFUL_IN,
        Reason.DOUBTFUL_OUT,
        Reason.NOT_SEEN_IN,
        Reason.NOT_SEEN_OUT,
        Reason.CONTRADICTED,
        Reason.UNNAMED_INSIDE,
        Reason.OCCUPANTS_STAYED,
        Reason.OCCUPANTS_SURPLUS,
    }
)
"""Reasons that follow from what somebody with a name did: since when is a moment of his, told in an operation only."""
