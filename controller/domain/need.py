"""What somebody needs in an evacuation, if he asked to be listed.

A closed set, of what a warden has to bring or do and not of why: the reason is nobody's business, and free text could
hold it. Belongs here: the set. Does not belong here: whose need it is (service/site/reference.py).
"""

import enum


class Need(enum.StrEnum):
    """What somebody needs to leave. NONE: nothing, or he did not ask to be listed."""

    NONE = ""
    EVACUATION_CHAIR = "evacuation-chair"
    """He can not take stairs by himself."""
    GUIDE = "guide"
    """Somebody has to go with him."""
    TOLD_IN_PERSON = "told-in-person"
    """He does not notice an alarm that sounds, or that flashes."""
