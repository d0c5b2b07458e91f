"""What an open page of an operation is sent: its clock, whether names are open, and the roll while it may be seen.

Two streams of the API are followed with the browser's session: what is open, and the roll. When the API ends the
roll's, because the right to it ended, the page loses the names at once. Belongs here: that. Does not belong here: what
the fragments look like (templates/operation/).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
import msgspec

from controller.console.frame import Frame, Visitor
from controller.console.office_words import say_answer
from controller.console.operations_view import Operation, Operations, Roll
from controller.console.page import Update

FRAGMENTS: Final = ("clock", "names", "roll")
_BEAT_S: Final = 2.0
_AGAIN_S: Final = 1.0


class _Problem(msgspec.Struct):
    code: str = ""


@dataclass
class _Seen:
    """What is known now. `why`: the code of the reason why no roll is shown."""

    changed: asyncio.Event = field(default_factory=asyncio.Event)
    operations: Operations | None = None
    roll: Roll | None = field(default=None, repr=False)
    why: str = ""
    ended: bool = False

    def tell(self) -> None:
        """Wake the page."""
        self.changed.set()


async def follow(frame: Frame, visitor: Visitor, id_: str, words: Mapping[str, Any]) -> AsyncIterator[bytes]:
    """Yield server-sent events, each an Update in JSON, until the operation or the session ends."""
    seen = _Seen()
    tasks = [
        asyncio.create_task(_operations(frame, visitor, seen), name="operations of a page"),
        asyncio.create_task(_roll(frame, visitor, id_, seen), name="roll of a page"),
    ]
    shown: dict[str, str] = {}
    try:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_BEAT_S):
                    await seen.changed.wait()
            seen.changed.clear()
            if seen.ended:  # the session, or the truth: nothing may stand here any more
                yield _event(_lost(frame, visitor, words))
                return
            if seen.operations is None:
                continue
            operation = seen.operations.operation(id_)
            update = _update(frame, visitor, id_, operation, seen, words)
            changed = {name: html for name, html in update.fragments.items() if shown.get(name) != html}
            shown |= changed
            yield _event(msgspec.structs.replace(update, fragments=changed))
            if operation is None:
                return
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _event(update: Update) -> bytes:
    return b"data: " + msgspec.json.encode(update) + b"\n\n"


def _lost(frame: Frame, visitor: Visitor, words: Mapping[str, Any]) -> Update:
    nothing = frame.fragment(visitor, "operation/roll.html", {**words, "roll": None, "why": ""})
    return Update("", {"roll": nothing}, "", frame.fragment(visitor, "operation/lost.txt", {}))


def _update(
    frame: Frame, visitor: Visitor, id_: str, operation: Operation | None, seen: _Seen, words: Mapping[str, Any]
) -> Update:
    shown: dict[str, Any] = {
        **words,
        "operation": operation,
        "at": seen.operations.at if seen.operations else None,
        "roll": seen.roll if operation else None,
        "why": say_answer(seen.why, visitor.language),
        "id": id_,
    }
    return Update(
        as_of=visitor.formats.clock(seen.operations.at) if seen.operations else "",
        fragments={name: frame.fragment(visitor, f"operation/{name}.html", shown) for name in FRAGMENTS},
        spoken=frame.fragment(visitor, "operation/spoken.txt", shown),
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
            seen.roll = None
            seen.tell()
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
