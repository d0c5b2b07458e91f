"""What an open page of an operation is sent: its clock, whether names are open, and the roll while it may be seen.

Two streams of the API are followed with the browser's session: what is open, and the roll. When the API ends the
roll's, because the right to it ended, the page loses the names at once. Belongs here: that. Does not belong here: what
the fragments look like (templates/operation/).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import msgspec

from controller.console.frame import Frame, Visitor
from controller.console.office_words import say_answer
from controller.console.operations_view import Operation, Operations, Roll
from controller.console.page import Update, event_of

FRAGMENTS: Final = ("clock", "names", "count", "roll")
"""Of the page of one operation."""
OVERVIEW: Final = ("open", "proposals")
"""Of the page of all."""
_NO_ANSWER: Final = {"found": ""}
"""What a search was answered is part of a page that was opened once; it goes with the names."""
_BEAT_S: Final = 2.0
_AGAIN_S: Final = 1.0
_MAY_COME: Final = frozenset({"", "no-operation", "names-closed"})
"""Reasons that pass by themselves; whatever else refuses the roll is not asked for again, for each try is on record."""


class _Problem(msgspec.Struct):
    code: str = ""


@dataclass
class _Seen:
    """What is known now. `why`: the code of the reason why no roll is shown; `closed`: it was, and ended."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)
    operations: Operations | None = None
    roll: Roll | None = field(default=None, repr=False)
    why: str = ""
    closed: bool = False
    ended: bool = False

    def tell(self) -> None:
        """Wake the page."""
        self.changed.set()


async def follow_all(frame: Frame, visitor: Visitor, context: Mapping[str, Any]) -> AsyncIterator[bytes]:
    """Yield server-sent events, each an Update in JSON, about what is open and proposed, until the session ends."""
    seen = _Seen()

    def update(operations: Operations) -> tuple[Update, bool]:
        return _rendered(frame, visitor, OVERVIEW, "all-spoken", {**context, "operations": operations}), False

    async for event in _events(frame, visitor, seen, [_operations(frame, visitor, seen)], update):
        yield event


async def follow(
    frame: Frame, visitor: Visitor, id_: str, context: Mapping[str, Any], *, may_ask: bool
) -> AsyncIterator[bytes]:
    """Yield such events about one operation until it or the session ends.

    `may_ask`: whether the roll is asked for. Whoever has no right to it makes no attempt by opening a page.
    """
    seen = _Seen(why=(visitor.me.barred_by or "") if visitor.me else "")

    def update(operations: Operations) -> tuple[Update, bool]:
        operation = operations.operation(id_)
        shown = {
            **context,
            "operations": operations,
            "operation": operation,
            "at": operations.at,
            "view": frame.feed.seen.view,
            "roll": seen.roll if operation else None,
            "why": say_answer(seen.why, visitor.language),
            "id": id_,
        }
        made = _rendered(frame, visitor, FRAGMENTS, "spoken", shown)
        if seen.closed or operation is None:
            made = msgspec.structs.replace(made, fragments=made.fragments | _NO_ANSWER)
        return made, operation is None

    parts = [_operations(frame, visitor, seen)]
    if may_ask and not seen.why:
        parts.append(_roll(frame, visitor, id_, seen))
    else:
        seen.closed = True
    async for event in _events(frame, visitor, seen, parts, update):
        yield event


async def _events(
    frame: Frame,
    visitor: Visitor,
    seen: _Seen,
    parts: Sequence[Coroutine[Any, Any, None]],
    update: Callable[[Operations], tuple[Update, bool]],
) -> AsyncIterator[bytes]:
    """Run `parts`, and yield what `update` makes of what they see, until it says that this was the last."""
    tasks = [asyncio.create_task(part, name="part of a page of operations") for part in parts]
    shown: dict[str, str] = {}
    try:
        is_last = False
        while not is_last:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_BEAT_S):
                    await seen.changed.wait()
            seen.changed.clear()
            if seen.ended:  # the session, or the truth: no name may stand here any more
                nothing = frame.fragment(visitor, "operation/roll.html", {"roll": None, "why": ""})
                lost = frame.fragment(visitor, "operation/lost.txt", {})
                yield event_of(Update("", {"roll": nothing} | _NO_ANSWER, "", lost))
                return
            if seen.operations is not None:
                made, is_last = update(seen.operations)
                changed = {name: html for name, html in made.fragments.items() if shown.get(name) != html}
                shown |= changed
                yield event_of(msgspec.structs.replace(made, fragments=changed))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _rendered(
    frame: Frame, visitor: Visitor, fragments: Sequence[str], spoken: str, shown: Mapping[str, Any]
) -> Update:
    return Update(
        as_of=visitor.formats.clock(shown["operations"].at),
        fragments={name: frame.fragment(visitor, f"operation/{name}.html", shown) for name in fragments},
        spoken=frame.fragment(visitor, f"operation/{spoken}.txt", shown),
    )


async def _operations(frame: Frame, visitor: Visitor, seen: _Seen) -> None:
    def take(data: bytes) -> None:
        seen.operations = msgspec.json.decode(data, type=Operations)
        seen.tell()

    await _follow(frame, visitor, "operations/events", take)
    seen.operations, seen.roll, seen.ended = None, None, True
    seen.tell()


async def _roll(frame: Frame, visitor: Visitor, id_: str, seen: _Seen) -> None:
    def take(data: bytes) -> None:
        seen.roll, seen.why = msgspec.json.decode(data, type=Roll), ""
        seen.tell()

    while True:
        operation = seen.operations.operation(id_) if seen.operations else None
        if _names_open(operation):
            seen.why = await _follow(frame, visitor, f"operations/{id_}/roll/events", take)
            seen.roll, seen.closed = None, True
            seen.tell()
            if seen.why not in _MAY_COME:
                return
        await asyncio.sleep(_AGAIN_S)


def _names_open(operation: Operation | None) -> bool:
    return operation is not None and operation.names_open


async def _follow(frame: Frame, visitor: Visitor, resource: str, take: Callable[[bytes], None]) -> str:
    """Take each event of a stream of the API; return the code of its refusal, or "" when it ended."""
    with contextlib.suppress(httpx.HTTPError, msgspec.DecodeError):
        async with frame.stream(visitor.request, resource) as answer:
            if not answer.is_success:
                with contextlib.suppress(msgspec.DecodeError):
                    return msgspec.json.decode(await answer.aread(), type=_Problem).code
                return "refused"
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    take(line[6:].encode())
    return ""
