"""What the ledger says of the law so far: breaches and faults that nobody took note of, receipts, copies, addressees.

Belongs here: that fold, kept up to date by following the ledger. Does not belong here: the living state (gather.py), or
reading entries for a page (reading.py).
"""

from collections import Counter
from datetime import datetime
from typing import Final

from contract.clock import Clock
from contract.ids import AccountId
from controller.domain.disclosure import Form
from controller.domain.violations import Rule
from controller.law.facts import Copies, LastDeath, LastScan
from controller.law.report import Standing
from controller.ledger import Entry, Ledger
from controller.ledger.kinds import KINDS, EntryClass
from controller.ledger.told import entry_of

NOTED: Final = "violation-noted"
_OUT, _BACK, _HANDED_OVER = "out", "back", "handed-over"
LATE_S: Final = 30.0
"""The sweep runs once a second; a key that dies later than this after its planned time was held up by something."""
_RULES: Final = {
    "access-refused": Rule.L2,
    "sign-in-attack": Rule.L2,
    "passkey-copied": Rule.L2,
    "hand-over-failed": Rule.L3,
    "key-replaced": Rule.L4,
    "rows-came-back": Rule.L4,
    "key-came-back": Rule.L4,
    "canary-found": Rule.L7,
}
"""Which rule an entry of a breach or fault breaks that does not say so itself; L6 for all others."""


class NothingToNoteError(LookupError):
    """No breach or fault stands under that number."""


class Record:
    """Follows `ledger`."""

    def __init__(self, clock: Clock, ledger: Ledger) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._standing: dict[int, Standing] = {}
        self._rules: dict[int, Rule] = {}
        self._copies: dict[str, str] = {}
        self._addressees: set[str] = set()
        self.latest_death_s = 0.0
        """By how much a key died after its planned time, at most."""
        self.late_deaths = 0
        """How many keys died more than LATE_S after their planned time."""
        ledger.follow(self._take, self._take)

    def standing(self) -> list[Standing]:
        """Return the breaches and faults of which no auditor has taken note, newest first."""
        return sorted(self._standing.values(), key=lambda each: -each.number)

    def standing_by_rule(self) -> dict[Rule, int]:
        """Return how many there are of each rule."""
        rules = [self._rules[number] for number in list(self._standing)]
        return {rule: rules.count(rule) for rule in set(rules)}

    def note(self, number: int, by: AccountId) -> None:
        """Put on record that an auditor has taken note. Raises NothingToNoteError; OSError where the disk refuses."""
        if number not in self._standing:
            raise NothingToNoteError("no breach or fault stands under that number")
        self._ledger.append(NOTED, self._clock.now_ns(), number=number, by=by)

    @property
    def copies(self) -> Copies:
        """How many numbered copies with names were ever made, and what became of them."""
        became = Counter(self._copies.values())
        return Copies(len(self._copies), became[_BACK], became[_HANDED_OVER], became[_OUT])

    @property
    def addressees(self) -> int:
        """How many addressees the standing order has."""
        return len(self._addressees)

    def last_death(self) -> LastDeath | None:
        """Return the last key that died, if any did."""
        entry = self._ledger.last.get("key-destroyed")
        if entry is None:
            return None
        facts = entry.facts
        return LastDeath(entry.number, str(facts["period_kind"]), str(facts["planned"]), str(facts["key_gone"]))

    def last_scan(self) -> LastScan | None:
        """Return the last search for canaries, if there was one."""
        entry = self._ledger.last.get("canary-scan")
        if entry is None:
            return None
        return LastScan(entry.number, entry.at, int(entry.facts["scanned_bytes"]), int(entry.facts["hits"]))

    def _take(self, entry: Entry) -> None:
        kind, facts = KINDS.get(entry.kind), entry.facts
        if kind is not None and kind.entry_class in {EntryClass.BREACH, EntryClass.FAULT}:
            self._standing[entry.number] = Standing(
                entry.number, entry.at, entry.kind, kind.entry_class.value, kind.says, dict(facts)
            )
            said = facts.get("rule")
            self._rules[entry.number] = Rule(str(said)) if said else _RULES.get(entry.kind, Rule.L6)
        told = entry_of(entry)  # copies and addressees are the same ones at every controller
        facts = told.facts
        match told.kind:
            case "violation-noted":
                self._standing.pop(int(facts["number"]), None)
                self._rules.pop(int(facts["number"]), None)
            case "key-destroyed":
                late_s = _between_s(str(facts["planned"]), str(facts["key_gone"]))
                self.latest_death_s = max(self.latest_death_s, late_s)
                self.late_deaths += late_s > LATE_S
            case "disclosure-made":
                # What was handed over stays with who goes on.
                self._copies[_copy_of(told)] = _HANDED_OVER if facts["form"] == Form.HAND_OVER else _OUT
            case "disclosure-returned" | "disclosure-destroyed":
                self._copies[_copy_of(told)] = _BACK
            case "addressee-set":
                self._addressees.add(str(facts["addressee"]))
            case "addressee-removed":
                self._addressees.discard(str(facts["addressee"]))


def _copy_of(entry: Entry) -> str:
    return f"{entry.facts['operation']}/{entry.facts['copy']}"


def _between_s(planned: str, done: str) -> float:
    return (datetime.fromisoformat(done) - datetime.fromisoformat(planned)).total_seconds()
