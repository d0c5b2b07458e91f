"""A program beside this one: asked one thing at a time, and ended when it is no longer needed.

Belongs here: that, for whatever program. Does not belong here: what is said (pipe.py frames it), or when one is
started.
"""

import asyncio
import contextlib
from asyncio.subprocess import Process
from typing import Final, TypeVar

from process.pipe import Incoming, framed

_PIECE_BYTES: Final = 65_536
T = TypeVar("T")


async def ask(process: Process, question: object, incoming: Incoming[T]) -> T:
    """Return the answer to a question, for a program that answers each with one message.

    Raises EOFError where it ended instead, OSError where the pipe is broken, BadPipeError where it says nonsense. After
    an error, or when cancelled, end the program: an answer that was not waited for would be taken for the next one.
    """
    if process.stdin is None or process.stdout is None:
        raise EOFError
    process.stdin.write(framed(question))
    await process.stdin.drain()
    while data := await process.stdout.read(_PIECE_BYTES):
        for answer in incoming.feed(data):
            return answer
    raise EOFError


async def end(process: Process, within_s: float) -> None:
    """Tell a program by the end of its stdin that it is no longer needed, and kill it if it goes on for so long."""
    if process.returncode is not None:
        return
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(within_s):
            await process.wait()
    except TimeoutError:
        kill(process)
        await process.wait()


def kill(process: Process) -> None:
    """Kill a program that may have ended by itself."""
    with contextlib.suppress(ProcessLookupError):
        process.kill()
