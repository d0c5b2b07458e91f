"""What somebody at the bench should see first: the last decision, whether it is old, and which portals are in trouble.

Belongs here: reading that off the journal's entries. Does not belong here: how it looks (page.py).
"""

from typing import Final

from simulators.bench.journal import NOT_ACTS, UNHEARD, Entry, Source

_TROUBLE: Final = frozenset({"forced", "held", "warned", "fire", "turned-without-grant"})
_OVER: Final = frozenset({"shut", "closed", "fire-over"})
_ASK: Final = frozenset({"present", "hold", "pin", "force", "rex"})
"""Acts to which an older decision is no answer."""


class Watched:
    """The newest of each. `unheard`: the card that the gate said nothing to, until something else is done or decided.

    `asked`: the last act to which a gate may have something to say. `troubles`: by portal, what the gate told of it.
    """

    def __init__(self) -> None:
        self.decision: Entry | None = None
        self.verdict: Entry | None = None
        self.unheard: Entry | None = None
        self.asked: Entry | None = None
        self.troubles: dict[str, Entry] = {}

    @property
    def is_old(self) -> bool:
        """Whether something was done since the last decision that this is no answer to."""
        return self.decision is not None and self.asked is not None and self.asked.number > self.decision.number

    def hear(self, entry: Entry) -> None:
        """Take a new entry of the journal."""
        if entry.source is Source.GATE:
            self._gate(entry)
        elif entry.source is Source.SCENE and entry.kind != "begins":
            self.verdict = entry
        elif entry.source is Source.ACT and entry.kind == UNHEARD:
            self.unheard = entry
        elif entry.source is Source.ACT and entry.kind not in NOT_ACTS:
            if entry.kind in _ASK:
                self.asked, self.unheard = entry, None
            if entry.kind in {"gate-stop", "gate-kill"}:
                self.troubles.clear()

    def _gate(self, entry: Entry) -> None:
        state = entry.facts.get("state")
        if entry.kind == "decision":
            self.decision, self.unheard = entry, None
        elif entry.kind == "portal" and state in _TROUBLE:
            self.troubles[entry.place] = entry
        elif entry.kind == "portal" and entry.place in self.troubles:
            was = self.troubles[entry.place].facts.get("state")
            if state in _OVER or was == "turned-without-grant":
                del self.troubles[entry.place]
