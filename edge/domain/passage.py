"""What happens at a portal after a grant, as far as its contact shows it.

States of one portal, and what is concluded:

- *shut*, with any number of open grants. A grant whose time runs out without an opening was **not taken**.
- *open* for the oldest open grant; shut again (or held): that grant was **taken**.
- *open* after a request to exit: nobody's passage.
- *open* for no reason: **forced**; shut again: **closed**.
- *open* for no reason at a portal with a free exit: somebody **left freely**.
- *open* for too long: a **warning** before, then **held**; shut again: **closed**.
- *open* while its fire release is active: neither forced nor held. Grants that were open then end without an outcome;
  a portal that still stands open when the release is reset has its whole time from then.

What a contact can not show is not concluded. Two grants and one opening: the first was taken; the second, whose time
overlapped an opening that was not its own, ends without an outcome (its holder may have walked along). A holder who
presents his card again while his grant is open begins anew. A grant while nobody can tell how the portal stands is
taken if an opening follows, and else ends without an outcome. A portal without a contact grants, and no more is known.

Times are nanoseconds of any counter that never goes back (CLOCK_BOOTTIME); a grant is named by its number.

Belongs here: the state machine. Does not belong here: timers, hardware, or the events that are made of outcomes.
"""

from dataclasses import dataclass
from typing import Final

from contract.ids import AccessPointId, HolderId

_NS_PER_MS: Final = 1_000_000
CONTACT_GRACE_MS: Final = 1000
"""How long after the strike's time an opening is still believed: contacts are polled, and settle (400 ms, std)."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The holder of grant `number` went through `point`."""

    number: int
    point: AccessPointId
    holder: HolderId


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The holder of grant `number` did not go through `point`."""

    number: int
    point: AccessPointId
    holder: HolderId


@dataclass(frozen=True, slots=True)
class Forced:
    """The portal opened without a grant and without a request to exit."""


@dataclass(frozen=True, slots=True)
class Warned:
    """The portal will count as held soon: whoever stands there should be told."""


@dataclass(frozen=True, slots=True)
class Held:
    """The portal stands open for too long."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The portal, forced or held, is shut again."""


@dataclass(frozen=True, slots=True)
class LeftFreely:
    """Somebody left through a free exit, unnamed."""


@dataclass(frozen=True, slots=True)
class Unexpected:
    """A turnstile turned towards `point`, and nobody was granted that."""

    point: AccessPointId


Outcome = Taken | NotTaken | Forced | Warned | Held | Closed | LeftFreely | Unexpected


@dataclass(slots=True)
class OpenGrant:
    """A grant of which it is not known yet what became of it."""

    number: int
    point: AccessPointId
    holder: HolderId
    until_ns: int
    extra_ns: int = 0
    overlapped: bool = False


@dataclass(slots=True)
class _Opening:
    held_at_ns: int
    warn_at_ns: int
    grant: OpenGrant | None = None
    forced: bool = False
    warned: bool = False
    held: bool = False
    excused: bool = False
    """The fire release is active: nobody is told to shut it."""


class Passage:
    """One door or barrier. `expected_ms`: how long after a grant a passage is expected.

    `held_after_ms`: how long it may stand open. `extra_ms`: by how much longer both are for a holder who needs longer.
    `warn_before_ms`: how long before it counts as held the warning sounds, or a third of the time where that is not
    less; 0: none. `free_exit`: an opening without a grant is somebody who leaves. `has_contact`: False for a portal
    without a door position switch.
    """

    def __init__(
        self,
        *,
        expected_ms: int,
        held_after_ms: int,
        extra_ms: int = 0,
        warn_before_ms: int = 5000,
        free_exit: bool = False,
        has_contact: bool = True,
    ) -> None:
        self._window_ns = (expected_ms + CONTACT_GRACE_MS) * _NS_PER_MS
        self._held_after_ns = held_after_ms * _NS_PER_MS
        self._extra_ns = extra_ms * _NS_PER_MS
        self._warn_before_ns = (warn_before_ms if warn_before_ms < held_after_ms else held_after_ms // 3) * _NS_PER_MS
        self._free_exit = free_exit
        self._is_on_fire = False
        self._has_contact = has_contact
        self._grants: list[OpenGrant] = []
        self._opening: _Opening | None = None
        self._is_shut: bool | None = None
        self._exit_until_ns = 0

    def sees(self, _: AccessPointId) -> bool:
        """Tell whether it can be seen that somebody goes through."""
        return self._has_contact

    def granted(
        self, number: int, point: AccessPointId, holder: HolderId, now_ns: int, *, is_extended: bool = False
    ) -> list[Outcome]:
        """Open a grant: from now its holder may go through `point`."""
        if not self._has_contact or self._is_on_fire:
            return []
        outcomes = self.tick(now_ns)
        extra_ns = self._extra_ns if is_extended else 0
        until_ns = now_ns + self._window_ns + extra_ns
        opening = self._opening
        is_unseen = opening is not None or self._is_shut is None
        grant = OpenGrant(number, point, holder, until_ns, extra_ns, overlapped=is_unseen)
        if opening and opening.grant and (opening.grant.point, opening.grant.holder) == (point, holder):
            outcomes.append(NotTaken(opening.grant.number, point, holder))
            opening.grant = grant
            return outcomes
        outcomes += [NotTaken(g.number, point, holder) for g in self._grants if (g.point, g.holder) == (point, holder)]
        self._grants = [g for g in self._grants if (g.point, g.holder) != (point, holder)]
        self._grants.append(grant)
        return outcomes

    def exit_requested(self, now_ns: int) -> list[Outcome]:
        """Somebody asked to leave: the next opening within the strike's time is nobody's passage, and not forced."""
        outcomes = self.tick(now_ns)
        self._exit_until_ns = now_ns + self._window_ns
        return outcomes

    def renew(self, now_ns: int) -> None:
        """Somebody else is let through while it stands open: it may stand open for its whole time from now."""
        opening = self._opening
        if opening and not (opening.forced or opening.held or opening.excused):
            opening.held_at_ns = now_ns + self._held_after_ns
            opening.warn_at_ns, opening.warned = opening.held_at_ns - self._warn_before_ns, not self._warn_before_ns

    def contact(self, *, is_open: bool, now_ns: int) -> list[Outcome]:
        """Take the contact's state. The first after a start or a loss tells where we stand, and accuses nobody."""
        outcomes = self.tick(now_ns)
        was_known = self._is_shut is not None
        if self._is_shut is (not is_open) or not self._has_contact:
            return outcomes
        self._is_shut = not is_open
        if is_open:
            outcomes += self._open(now_ns, may_accuse=was_known)
        else:
            outcomes += self._shut()
        return outcomes

    def contact_lost(self) -> None:
        """Forget what the contact said: its reader is away, and open grants end without an outcome."""
        self._is_shut = None
        self._opening = None
        self._grants.clear()

    def fire(self, *, is_active: bool, now_ns: int) -> list[Outcome]:
        """Take the state of the fire release."""
        outcomes = self.tick(now_ns)
        if is_active == self._is_on_fire:
            return outcomes
        self._is_on_fire = is_active
        opening = self._opening
        if is_active:
            self._grants.clear()
            if opening:
                outcomes += self._taken(opening)
                opening.excused = True
        elif opening and not opening.forced and not opening.held:
            self._opening = self._opened(now_ns)
        return outcomes

    def tick(self, now_ns: int) -> list[Outcome]:
        """Conclude what the passing of time allows. Late calls conclude the same as punctual ones."""
        outcomes: list[Outcome] = []
        for grant in [g for g in self._grants if now_ns >= g.until_ns]:
            self._grants.remove(grant)
            if not grant.overlapped:
                outcomes.append(NotTaken(grant.number, grant.point, grant.holder))
        opening = self._opening
        if opening and not opening.forced and not opening.excused:
            if now_ns >= opening.warn_at_ns and not opening.warned:
                opening.warned = True
                outcomes.append(Warned())
            if now_ns >= opening.held_at_ns and not opening.held:
                opening.held = True
                outcomes += self._taken(opening)
                outcomes.append(Held())
        return outcomes

    def deadline_ns(self) -> int | None:
        """Return when `tick` has something to say next, or None."""
        deadlines = [grant.until_ns for grant in self._grants]
        opening = self._opening
        if opening and not (opening.forced or opening.held or opening.excused):
            deadlines.append(opening.held_at_ns if opening.warned else opening.warn_at_ns)
        return min(deadlines, default=None)

    def _open(self, now_ns: int, *, may_accuse: bool) -> list[Outcome]:
        grant = self._grants.pop(0) if self._grants else None
        opening = self._opening = self._opened(now_ns, grant)
        if grant is None and not self._is_on_fire:
            if now_ns < self._exit_until_ns:
                self._exit_until_ns = 0
            elif may_accuse and self._free_exit:
                return [LeftFreely()]
            elif may_accuse:
                opening.forced = True
                return [Forced()]
        for other in self._grants:
            other.overlapped = True
        return []

    def _opened(self, now_ns: int, grant: OpenGrant | None = None) -> _Opening:
        held_at_ns = now_ns + self._held_after_ns + (grant.extra_ns if grant else 0)
        warn_at_ns = held_at_ns - self._warn_before_ns
        return _Opening(held_at_ns, warn_at_ns, grant, warned=not self._warn_before_ns, excused=self._is_on_fire)

    def _shut(self) -> list[Outcome]:
        opening, self._opening = self._opening, None
        if opening is None:
            return []
        outcomes = self._taken(opening)
        if opening.forced or opening.held:
            outcomes.append(Closed())
        return outcomes

    @staticmethod
    def _taken(opening: _Opening) -> list[Outcome]:
        grant, opening.grant = opening.grant, None
        return [Taken(grant.number, grant.point, grant.holder)] if grant else []
