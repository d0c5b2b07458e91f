"""The boards of all open operations, kept up to date in the time that what changed takes.

Belongs here: which boards there are, and bringing them news. Does not belong here: what a board shows (open_board.py).
"""

import asyncio
import contextlib
from collections.abc import Callable, Collection
from typing import Final

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
from controller.service.site.reference import Reference

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
        self._boards: dict[OperationId, OpenBoard] = {}
        self._news = asyncio.Event()
        operations.on_change.append(self.refresh)

    def of(self, operation: OperationId) -> OpenBoard:
        """Return the board of an open operation, by the id of any opening of it, as of now.

        Raises NoSuchOperationError.
        """
        self.refresh()
        return self._boards[self._operations.operation(operation).id]

    def open_now(self) -> list[OpenBoard]:
        """Return all boards, as of now."""
        self.refresh()
        return list(self._boards.values())

    def change(self) -> None:
        """Say that events were folded: whoever looks at a board sees it within a fifth of a second."""
        self._news.set()

    def refresh(self) -> None:
        """Bring all news to all boards."""
        now_ns = self._clock.now_ns()
        operations = {each.id: each for each in self._operations.open_now(now_ns)}
        changed = self._presence.changed() | self._acts.changed()
        if operations and not self._boards:
            self._presence.watch_changes(on=True)
        counts = self._counts() if operations else None
        for id_, board in list(self._boards.items()):
            if id_ not in operations or self._is_another(board, operations[id_]):
                del self._boards[id_]
                self._end(board, changed)
        for id_, operation in operations.items():
            board = self._boards.get(id_) or self._begin(operation, now_ns)
            everybody = operation.all_clear_ns != board.operation.all_clear_ns
            board.operation = operation
            if counts is not None:
                board.news([*board.board.lines, *changed] if everybody else changed, counts)
        if not operations:
            self._presence.watch_changes(on=False)
        if not any(operation.names_open(now_ns) for operation in operations.values()):
            self._forget_names()

    def _end(self, board: OpenBoard, changed: Collection[HolderId]) -> None:
        """Let a board go; keep what it amounted to, unless its operation goes on as that of an earlier opening."""
        board.forget_names()
        try:
            self._operations.operation(board.operation.id)
        except NoSuchOperationError:
            board.take(changed)
            self._outcomes.ended(board)
            self._news.set()

    def _begin(self, operation: Operation, now_ns: int) -> OpenBoard:
        openings = self._operations.openings_of(operation)
        gone = self._outcomes.gone(operation.id)
        board = OpenBoard(operation, openings, self.grounds, self._presence, self._acts, self._names, now_ns, gone)
        self._boards[operation.id] = board
        return board

    def _is_another(self, board: OpenBoard, operation: Operation) -> bool:
        """Whether another controller's opening changed whose roll it is, or which marks are its own."""
        openings = self._operations.openings_of(operation)
        return board.board.opened_ns != operation.opened_ns or board.openings != openings

    def _forget_names(self) -> None:
        self._names.forget()
        for board in self._boards.values():
            board.forget_names()

    def keep(self) -> None:
        """Bring all news, and enter in the ledger what is to be kept of it."""
        self.refresh()
        for board in self._boards.values():
            self._outcomes.look(board)
        self._outcomes.settle()

    async def run(self) -> None:
        """Bring news until cancelled: when there is any, and once a second, for time alone changes figures."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_AT_LEAST_EVERY_S):
                    await self._news.wait()
            self._news.clear()
            self.keep()
            for board in list(self._boards.values()):
                if board.operation.names_open(self._clock.now_ns()):
                    await board.know_names()
            await asyncio.sleep(_AT_MOST_EVERY_S)
