"""The boards of all open operations, kept up to date in the time that what changed takes.

Belongs here: which boards there are, and bringing them news. Does not belong here: what a board shows (open_board.py).
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from contract.clock import Clock
from contract.ids import HolderId, OperationId
from controller.domain.muster.acts import Acts
from controller.domain.muster.grounds import Grounds
from controller.domain.operation import Operation
from controller.domain.presence.fold import Presence
from controller.service.muster.names import Names
from controller.service.muster.open_board import Counts, OpenBoard
from controller.service.muster.outcomes import Outcomes
from controller.service.operating.operations import NoSuchOperationError, Operations
from controller.service.site.reference import Reference, RefusedError

_AT_LEAST_EVERY_S: Final = 1.0
_AT_MOST_EVERY_S: Final = 0.1


class Boards:
    """Belongs to the event loop. `counts`: headcounts of now, as the live page has them."""

    def __init__(
        self,
        clock: Clock,
        grounds: Grounds,
        operations: Operations,
        presence: Presence,
        acts: Acts,
        reference: Reference,
        counts: Callable[[], Counts],
        outcomes: Outcomes,
    ) -> None:
        self._clock: Final = clock
        self.grounds: Final = grounds
        self._operations: Final = operations
        self._presence: Final = presence
        self._acts: Final = acts
        self._names: Final = Names(reference)
        self._counts: Final = counts
        self._outcomes: Final = outcomes
        self._boards: list[OpenBoard] = []
        self._news = asyncio.Event()
        operations.on_change.append(self.refresh)

    def of(self, operation: OperationId) -> OpenBoard:
        """Return the board of an open operation, by the id of any opening of it, as of now.

        Raises NoSuchOperationError.
        """
        self.refresh()
        found = self._of(self._operations.openings_of(self._operations.operation(operation)))
        if found is None:
            raise NoSuchOperationError("no such operation is open")
        return found

    def open_now(self) -> list[OpenBoard]:
        """Return all boards, as of now."""
        self.refresh()
        return list(self._boards)

    def change(self) -> None:
        """Say that events were folded: whoever looks at a board sees it within a fifth of a second."""
        self._news.set()

    def refresh(self) -> None:
        """Bring all news to all boards."""
        now_ns = self._clock.now_ns()
        operations = {self._operations.openings_of(each): each for each in self._operations.open_now(now_ns)}
        changed = self._presence.changed() | self._acts.changed()
        if operations and not self._boards:
            self._presence.watch_changes(on=True)
        for board in list(self._boards):
            self._look_whether_it_goes_on(board, operations, changed)
        counts = self._counts() if operations else None
        for openings, operation in operations.items():
            board = self._of(openings) or self._begin(operation, openings, now_ns)
            everybody = operation.all_clear_ns != board.operation.all_clear_ns
            board.operation = replace(operation, id=board.operation.id, opened_ns=board.operation.opened_ns)
            if counts is not None:
                board.news([*board.board.lines, *changed] if everybody else changed, counts)
        if not operations:
            self._presence.watch_changes(on=False)
        if not any(operation.names_open(now_ns) for operation in operations.values()):
            self._forget_names()

    def _of(self, openings: Collection[OperationId]) -> OpenBoard | None:
        """Return the board that has one of these openings."""
        return next((board for board in self._boards if not set(openings).isdisjoint(board.openings)), None)

    def _begin(self, operation: Operation, openings: tuple[OperationId, ...], now_ns: int) -> OpenBoard:
        gone = self._outcomes.gone(operation.id)
        board = OpenBoard(operation, openings, self.grounds, self._presence, self._acts, self._names, now_ns, gone)
        self._boards.append(board)
        return board

    def _look_whether_it_goes_on(
        self, board: OpenBoard, operations: Mapping[tuple[OperationId, ...], Operation], changed: Collection[HolderId]
    ) -> None:
        """Let a board go whose operation is over, or has a new opening: then another one tells of all of them.

        One of several openings that is closed takes nothing away: the others follow at once.
        """
        openings = next((each for each in operations if not set(each).isdisjoint(board.openings)), None)
        if openings is not None and set(openings) <= set(board.openings):
            return
        self._boards.remove(board)
        board.forget_names()
        if openings is None:
            board.take(changed)
            self._outcomes.ended(board)
            self._news.set()

    def _forget_names(self) -> None:
        self._names.forget()
        for board in self._boards:
            board.forget_names()

    def keep(self) -> None:
        """Bring all news, and enter in the ledger what is to be kept of it."""
        self.refresh()
        for board in self._boards:
            self._outcomes.look(board)
        self._outcomes.settle()

    async def run(self) -> None:
        """Bring news until cancelled, and learn names before somebody waits for them."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._bring_news(), name="news of roll calls")
            tasks.create_task(self._learn_names(), name="names of roll calls")

    async def _bring_news(self) -> None:
        """When there is any, and once a second, for time alone changes figures."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_AT_LEAST_EVERY_S):
                    await self._news.wait()
            self._news.clear()
            self.keep()
            await asyncio.sleep(_AT_MOST_EVERY_S)

    async def _learn_names(self) -> None:
        while True:
            for board in list(self._boards):
                if board.operation.names_open(self._clock.now_ns()):
                    with contextlib.suppress(OSError, SQLAlchemyError, RefusedError):  # told to whoever asks for names
                        await board.know_names()
            await asyncio.sleep(_AT_LEAST_EVERY_S)
