"""Interlocks: of several portals only one may be released or open at a time (a mantrap, a vehicle lock).

A portal whose contact nobody can tell counts as open for a card: two open doors are worse than a person who waits. For
a request to exit it does not: whoever stands between two doors must not be kept there by a dead reader. A fire release
is hard-wired, so nothing here can hold it; while one is active, its interlock holds nobody at all.

Times are nanoseconds of any counter that never goes back (CLOCK_BOOTTIME).

Belongs here: which portal holds which. Does not belong here: who may pass, or hardware.
"""

from collections.abc import Iterable

from contract.ids import PortalId


class Interlocks:
    """The interlocks of one gate. A portal may stand in several; of most sites none stands in any."""

    def __init__(self, groups: Iterable[Iterable[PortalId]]) -> None:
        self._groups = [frozenset(group) for group in groups]
        members = frozenset[PortalId]().union(*self._groups)
        self._is_open: dict[PortalId, bool | None] = dict.fromkeys(members)
        self._released_until_ns: dict[PortalId, int] = dict.fromkeys(members, 0)
        self._on_fire: set[PortalId] = set()

    def __contains__(self, portal: PortalId) -> bool:
        """Tell whether `portal` stands in any interlock."""
        return portal in self._is_open

    def released(self, portal: PortalId, until_ns: int) -> None:
        """Take note that `portal` is released until `until_ns`; a shorter release does not end a longer one."""
        if portal in self._released_until_ns:
            self._released_until_ns[portal] = max(self._released_until_ns[portal], until_ns)

    def withdrawn(self, portal: PortalId, now_ns: int) -> None:
        """Take note that `portal` was ordered shut: from now on only its contact says whether it is open."""
        if portal in self._released_until_ns:
            self._released_until_ns[portal] = min(self._released_until_ns[portal], now_ns)

    def contact(self, portal: PortalId, *, is_open: bool | None) -> None:
        """Take the contact's state; None where nobody can tell."""
        if portal in self._is_open:
            self._is_open[portal] = is_open

    def fire(self, portal: PortalId, *, is_active: bool) -> None:
        """Take the state of a portal's fire release."""
        (self._on_fire.add if is_active else self._on_fire.discard)(portal)

    def may_release(self, portal: PortalId, now_ns: int, *, is_exit_request: bool = False) -> bool:
        """Tell whether `portal` may be released now."""
        return not any(
            self._holds(other, now_ns, counts_unknown=not is_exit_request)
            for group in self._groups
            if portal in group and not group & self._on_fire
            for other in group
            if other != portal
        )

    def _holds(self, portal: PortalId, now_ns: int, *, counts_unknown: bool) -> bool:
        is_open = self._is_open[portal]
        return is_open or (is_open is None and counts_unknown) or now_ns < self._released_until_ns[portal]
