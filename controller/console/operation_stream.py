"""What an open page of operations is sent: what is open, who leads, the clock, whether names are open; no names.

The API's stream of what is open is followed with the browser's session; when that ends, the page loses the answer to a
search. Its board follows the API by itself (static/board). Belongs here: that. Does not belong here: what the fragments
look like (templates/operation/).
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import msgspec

from controller.console.crisis_view import HandOvers
from controller.console.frame import Frame, SignInNeededError, TruthAwayError, Visitor
from controller.console.operations_view import Operation, Operations
from controller.console.page import Update, event_of

FRAGMENTS: Final = ("command", "clock", "names", "count", "hand-over")
"""Of the page of one operation."""
OVERVIEW: Final = ("open", "proposals")
"""Of the page of all."""
_NO_ANSWER: Final = {"found": ""}
"""What a search was answered is part of a page that was opened once; it goes with the names."""
_OVER: Final = {"ways": "", "asking": ""}
"""Of an operation that is over nothing can be asked or given any more."""
_TOLD: Final = {"said": ""}
"""What the page says of the last act goes when what it speaks of has changed since."""
_BEAT_S: Final = 2.0


@dataclass
class _Seen:
    """What is known now. `ended`: the session is over, or the truth does not answer."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)
    operations: Operations | None = None
    ended: bool = False

    def tell(self) -> None:
        """Wake the page."""
        self.changed.set()


def standing_of(operation: Operation | None) -> str:
    """Return a digest of what acts upon an operation change: its page names that of when it was rendered."""
    if operation is None:
        return ""
    led = operation.confirmed, operation.led_by, operation.offered_to
    return _digest((led, operation.all_clear_at, operation.silenced_at, operation.ends_at))


def standing_of_all(operations: Operations) -> str:
    """Return such a digest of what is open and proposed."""
    return _digest(([each.id for each in operations.open], [each.id for each in operations.proposals]))


def _digest(stands: object) -> str:
    return hashlib.sha256(msgspec.json.encode(stands)).hexdigest()[:16]


def _news(rendered: str, standing: str) -> Mapping[str, str]:
    """Return what goes from a page that was rendered of another standing."""
    return {} if standing == rendered else _TOLD


def _with(made: Update, fragments: Mapping[str, str]) -> Update:
    return msgspec.structs.replace(made, fragments={**made.fragments, **fragments})


async def follow_all(frame: Frame, visitor: Visitor, standing: str, context: Mapping[str, Any]) -> AsyncIterator[bytes]:
    """Yield server-sent events, each an Update in JSON, about what is open and proposed, until the session ends.

    `standing`: the digest that the page was rendered with.
    """
    seen = _Seen()

    async def update(operations: Operations) -> tuple[Update, bool]:
        made = _rendered(frame, visitor, OVERVIEW, "all-spoken", {**context, "operations": operations})
        return _with(made, _news(standing, standing_of_all(operations))), False

    async for event in _events(frame, visitor, seen, update):
        yield event


async def follow(
    frame: Frame, visitor: Visitor, id_: str, standing: str, context: Mapping[str, Any]
) -> AsyncIterator[bytes]:
    """Yield such events about one operation until it or the session ends."""
    seen = _Seen()

    async def update(operations: Operations) -> tuple[Update, bool]:
        operation = operations.operation(id_)
        hand_overs = None
        with contextlib.suppress(SignInNeededError, TruthAwayError):
            hand_overs = await frame.get(visitor.request, "hand-overs", HandOvers)
        shown = {
            **context,
            "operations": operations,
            "operation": operation,
            "at": operations.at,
            "view": frame.feed.seen.view,
            "hand_overs": hand_overs,
            "id": id_,
        }
        made = _with(_rendered(frame, visitor, FRAGMENTS, "spoken", shown), _news(standing, standing_of(operation)))
        if operation is None or not operation.names_open:
            made = _with(made, _NO_ANSWER)
        return (made, False) if operation else (_with(made, _OVER), True)

    async for event in _events(frame, visitor, seen, update):
        yield event


async def _events(
    frame: Frame,
    visitor: Visitor,
    seen: _Seen,
    update: Callable[[Operations], Awaitable[tuple[Update, bool]]],
) -> AsyncIterator[bytes]:
    """Yield what `update` makes of what is open, until it says that this was the last."""
    following = asyncio.create_task(_operations(frame, visitor, seen), name="operations of a page")
    shown: dict[str, str] = {}
    try:
        is_last = False
        while not is_last:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_BEAT_S):
                    await seen.changed.wait()
            seen.changed.clear()
            if seen.ended:
                lost = frame.fragment(visitor, "operation/lost.txt", {})
                yield event_of(Update("", _NO_ANSWER, "", lost))
                return
            if seen.operations is not None:
                made, is_last = await update(seen.operations)
                changed = {name: html for name, html in made.fragments.items() if shown.get(name) != html}
                shown |= changed
                yield event_of(msgspec.structs.replace(made, fragments=changed))
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def _rendered(
    frame: Frame, visitor: Visitor, fragments: Sequence[str], spoken: str, shown: Mapping[str, Any]
) -> Update:
    return Update(
        as_of=visitor.formats.clock(shown["operations"].at),
        fragments={name: frame.fragment(visitor, f"operation/{name}.html", shown) for name in fragments},
        spoken=frame.fragment(visitor, f"operation/{spoken}.txt", shown),
    )


async def _operations(frame: Frame, visitor: Visitor, seen: _Seen) -> None:
    """Follow the API's stream until it ends, whyever."""
    with contextlib.suppress(httpx.HTTPError, msgspec.DecodeError):
        async with frame.stream(visitor.request, "operations/events") as answer:
            async for line in answer.aiter_lines():
                if answer.is_success and line.startswith("data: "):
                    seen.operations = msgspec.json.decode(line[6:], type=Operations)
                    seen.tell()
    seen.operations, seen.ended = None, True
    seen.tell()
