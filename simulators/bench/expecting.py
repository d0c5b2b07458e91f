"""What an expectation of a scene takes as fulfilled: pure.

Belongs here: comparing. Does not belong here: waiting (player.py).
"""

from simulators.bench.acts import Expect
from simulators.bench.journal import Entry, Source
from simulators.bench.state import LOCKED, OPEN, RELEASED, SHUT, BenchState

PORTAL_SHOWS = (OPEN, SHUT, RELEASED, LOCKED)


def happened(expect: Expect, entry: Entry) -> bool:
    """Return whether an entry of the journal is what is expected."""
    facts = entry.facts
    if expect.reader is not None and expect.reader not in {entry.place, facts.get("reader")}:
        return False
    if expect.portal is not None and expect.portal != entry.place:
        return False
    if expect.access_point is not None and expect.access_point not in {entry.place, facts.get("access_point")}:
        return False
    if expect.reason is not None and expect.reason not in {facts.get("reason"), facts.get("detail")}:
        return False
    if expect.decision is not None:
        return entry.source is Source.GATE and facts.get("outcome") == expect.decision
    if expect.event is not None:
        words = {entry.kind, facts.get("event"), facts.get("state")}
        return entry.source is Source.GATE and expect.event in words
    if expect.received is not None:
        return entry.source is Source.CONTROLLER and entry.kind == "received" and facts.get("event") == expect.received
    return entry.source is Source.CONTROLLER and entry.kind == "alarm" and facts.get("alarm") == expect.alarm


def stands(expect: Expect, state: BenchState) -> bool:
    """Return whether a portal or reader shows what is expected; False for one that is not there."""
    if expect.portal is not None:
        portal = state.portal(expect.portal)
        return portal is not None and expect.shows in PORTAL_SHOWS and portal.shows(expect.shows)
    reader = state.reader(expect.reader or "")
    if reader is None:
        return False
    secure = {"secure": reader.is_secure is True, "not-secure": reader.is_secure is False}
    return secure.get(expect.shows or "", expect.shows == reader.light)


def words_of(expect: Expect) -> str:
    """Return an expectation in a few words, for progress and verdict."""
    subject = next(
        f"{name} {value}"
        for name in ("decision", "event", "received", "alarm", "shows")
        if (value := getattr(expect, name)) is not None
    )
    where = expect.reader or expect.portal or expect.access_point
    reason = f" because of {expect.reason}" if expect.reason else ""
    never = "never " if expect.never else ""
    return f"{never}{subject}{reason}{f' at {where}' if where else ''} within {expect.within_s:g} s"
