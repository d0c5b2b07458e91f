"""What an open page of operations is sent: what is open, who leads, the clock, whether names are open; no names.

The API's stream of what is open is followed with the browser's session; when that ends, the page loses the answer to a
search. Its board follows the API by itself (static/board). Belongs here: that. Does not belong here: what the fragments
look like (templates/operation/).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import msgspec

from controller.console.frame import Frame, Visitor
from controller.console.operations_view import Operations
from controller.console.page import Update, event_of

FRAGMENTS: Final = ("command", "clock", "names", "count")
"""Of the page of one operation."""
OVERVIEW: Final = ("open", "proposals")
"""Of the page of all."""
_NO_ANSWER: Final = {"found": ""}
"""What a search was answered is part of a page that was opened once; it goes with the names."""
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


async def follow_all(frame: Frame, visitor: Visitor, context: Mapping[str, Any]) -> AsyncIterator[bytes]:
    """Yield server-sent events, each an Update in JSON, about what is open and proposed, until the session ends."""
    seen = _Seen()

    def update(operations: Operations) -> tuple[Update, bool]:
        return _rendered(frame, visitor, OVERVIEW, "all-spoken", {**context, "operations": operations}), False

    async for event in _events(frame, visitor, seen, update):
        yield event


async def follow(frame: Frame, visitor: Visitor, id_: str, context: Mapping[str, Any]) -> AsyncIterator[bytes]:
    """Yield such events about one operation until it or the session ends."""
    seen = _Seen()

    def update(operations: Operations) -> tuple[Update, bool]:
        operation = operations.operation(id_)
        shown = {
            **context,
            "operations": operations,
            "operation": operation,
            "at": operations.at,
            "view": frame.feed.seen.view,
            "id": id_,
        }
        made = _rendered(frame, visitor, FRAGMENTS, "spoken", shown)
        if operation is None or not operation.names_open:
            made = msgspec.structs.replace(made, fragments=made.fragments | _NO_ANSWER)
        return made, operation is None

    async for event in _events(frame, visitor, seen, update):
        yield event


async def _events(
    frame: Frame,
    visitor: Visitor,
    seen: _Seen,
    update: Callable[[Operations], tuple[Update, bool]],
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
                made, is_last = update(seen.operations)
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
