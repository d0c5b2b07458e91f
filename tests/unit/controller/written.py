"""A ledger that lies in memory: what services write, checked by the register as the real one does."""

from collections import Counter
from collections.abc import Iterator

from contract.clock import to_datetime
from contract.ids import ControllerId
from controller.ledger import Entry, Fact, Ledger
from controller.ledger.kinds import check
from controller.ledger.ledger import Follower
from tests.unit.controller.sources import MAIN


class Written(Ledger):
    """Takes entries; `fails` makes its disk refuse."""

    def __init__(self, controller: ControllerId = MAIN) -> None:  # no file to open
        self.controller = controller  # type: ignore[misc]
        self.all: list[Entry] = []
        self.counts: Counter[str] = Counter()  # type: ignore[misc]  # final in the one with a file
        self.last: dict[str, Entry] = {}  # type: ignore[misc]
        self.followers: list[Follower] = []
        self.fails = False

    def append(self, kind: str, at_ns: int, **facts: Fact) -> Entry:
        check(kind, facts)
        if self.fails:
            raise OSError(28, "full")
        entry = Entry(len(self.all) + 1, to_datetime(at_ns).isoformat(), "", kind, dict(facts))
        self.all.append(entry)
        self.counts[kind] += 1
        self.last[kind] = entry
        for follower in self.followers:
            follower(entry)
        return entry

    def follow(self, past: Follower, new: Follower | None = None) -> None:
        for entry in self.all:
            past(entry)
        if new is not None:
            self.followers.append(new)

    def entries(self) -> Iterator[Entry]:
        yield from list(self.all)

    def kinds(self) -> list[str]:
        """The kinds of all entries, in order."""
        return [entry.kind for entry in self.all]
