"""What becomes of an event that is offered to the fold. Belongs here: that closed set, and nothing else."""

import enum


class Answer(enum.Enum):
    """What became of an event. Only the rows of folded ones are kept; the caller counts all others."""

    FOLDED = "folded"
    DUPLICATE = "duplicate"
    """Known already; its row is kept as it is. Another record of a known act is FOLDED: its row goes with the act."""
    LATE = "late"
    """At or below the cut (rule 8): counted and alarmed; its row must not be kept."""
    CLOSED = "closed"
    """Its period is closed (rule 5): never folded; its row must not be kept."""
    UNPLACED = "unplaced"
    """Its access point, or area, is not in the site's layout: it moves nobody."""
