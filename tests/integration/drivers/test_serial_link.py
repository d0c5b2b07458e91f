"""A serial line by its stable name: the name may come to lead to another device while the old one is still open."""

import asyncio
import contextlib
import errno
import termios
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from drivers.ports import LossReason
from drivers.serial_line import CharacterShape
from drivers.serial_link import SerialLink
from simulators.line import PtyLine


class Ends:
    """What a link told."""

    def __init__(self) -> None:
        self.data = b""
        self.opened = 0
        self.lost: list[LossReason] = []

    def on_bytes(self, piece: bytes) -> None:
        self.data += piece

    def on_open(self) -> None:
        self.opened += 1


@pytest.fixture
async def ends(line: PtyLine) -> AsyncIterator[tuple[SerialLink, Ends]]:
    link, told = SerialLink(str(line.path), 9600, CharacterShape(7, "even", 2)), Ends()
    task = asyncio.create_task(link.run(told.on_bytes, told.on_open, told.lost.append))
    yield link, told
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_name_that_leads_to_another_device_is_followed(
    line: PtyLine, ends: tuple[SerialLink, Ends], until: Callable[[Callable[[], object]], Awaitable[None]]
) -> None:
    _, told = ends
    line.plug_in()
    await until(lambda: told.opened == 1)
    other = PtyLine(line.path)
    other.plug_in()
    await until(lambda: told.opened == 2)
    other.send(b"new")
    line.send(b"old")
    await until(lambda: told.data)
    assert (told.data, told.lost[-1]) == (b"new", LossReason.LINE_LOST)


async def test_a_line_that_is_unplugged_while_it_is_opened_is_opened_again(
    line: PtyLine,
    ends: tuple[SerialLink, Ends],
    until: Callable[[Callable[[], object]], Awaitable[None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, told = ends
    flush, tries = termios.tcflush, [1, 2]

    def unplugged(descriptor: int, queue: int) -> None:
        if tries:
            tries.pop()
            raise termios.error(errno.EIO, "Input/output error")  # no OSError, for reasons of history
        flush(descriptor, queue)

    monkeypatch.setattr(termios, "tcflush", unplugged)
    line.plug_in()
    await until(lambda: told.opened == 1)
    assert not tries
    assert told.lost == [LossReason.LINE_ABSENT]


async def test_a_line_of_any_shape_is_opened_again_after_whoever_had_it(
    line: PtyLine, until: Callable[[Callable[[], object]], Awaitable[None]]
) -> None:
    line.plug_in()
    for _gate in range(2):
        told = Ends()
        link = SerialLink(str(line.path), 9600, CharacterShape(7, "even", 1))
        task = asyncio.create_task(link.run(told.on_bytes, told.on_open, told.lost.append))
        await until(lambda told=told: told.opened == 1)  # type: ignore[misc]
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_name_that_is_gone_does_not_end_a_line_that_works(
    line: PtyLine, ends: tuple[SerialLink, Ends], until: Callable[[Callable[[], object]], Awaitable[None]]
) -> None:
    _, told = ends
    line.plug_in()
    await until(lambda: told.opened == 1)
    line.path.unlink()
    line.send(b"still here")
    await until(lambda: told.data == b"still here")
    assert told.opened == 1


async def test_what_is_written_arrives_and_nothing_is_written_to_a_line_that_is_away(
    line: PtyLine, ends: tuple[SerialLink, Ends], until: Callable[[Callable[[], object]], Awaitable[None]]
) -> None:
    link, told = ends
    assert not link.write(b"nobody")
    heard: list[bytes] = []
    line.listen(heard.append)
    line.plug_in()
    await until(lambda: told.opened == 1)
    assert link.write(b"somebody")
    await until(lambda: heard)
    assert b"".join(heard) == b"somebody"
    line.hang_up()
    await until(lambda: told.lost[-1] is LossReason.LINE_LOST)
    assert not link.write(b"nobody")


async def test_what_arrived_before_anybody_listened_is_not_read(
    line: PtyLine, ends: tuple[SerialLink, Ends], until: Callable[[Callable[[], object]], Awaitable[None]]
) -> None:
    _, told = ends
    line.plug_in()
    line.send(b"a card of an hour ago")
    await until(lambda: told.opened == 1)
    line.send(b"now")
    await until(lambda: told.data)
    assert told.data == b"now"
