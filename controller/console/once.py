"""What a page shows once after a form: kept from the form's answer to the page that follows, which is asked for by GET.

So a page that is loaded again repeats no act: no second code is drawn that makes the first one worthless. Belongs here:
that. Does not belong here: what is shown, or pages.
"""

import secrets
from typing import Final, Generic, TypeVar

from starlette.requests import Request

from controller.console.frame import session_of

_AT_MOST: Final = 100
_TICKET_BYTES: Final = 16
Shown = TypeVar("Shown")


class Once(Generic[Shown]):
    """In memory only, each for one session. What stands in an address is a ticket, worthless once it was used."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[bytes, Shown]] = {}

    def keep(self, request: Request, shown: Shown) -> str:
        """Keep what the session of a request shall see next, and return the ticket for it."""
        while len(self._kept) >= _AT_MOST:
            del self._kept[next(iter(self._kept))]
        ticket = secrets.token_urlsafe(_TICKET_BYTES)
        self._kept[ticket] = session_of(request), shown
        return ticket

    def take(self, request: Request) -> Shown | None:
        """Return what the ticket in a request's address is for, once; None for no ticket of this session."""
        session, shown = self._kept.pop(request.query_params.get("ticket", ""), (b"", None))
        return shown if session == session_of(request) else None
