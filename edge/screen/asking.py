"""What officers do at the page, asked of the gate over the pipe: each act waits for its answer.

Belongs here: that waiting. Does not belong here: who may ask (sessions.py), or what an act may be (domain/acting.py).
"""

import asyncio
from collections.abc import Callable
from typing import Final

from contract.ids import AccountId, ActId
from edge.domain.acting import Act, ActResult
from edge.screen.wire import Asked

ANSWERED_WITHIN_S: Final = 10.0
"""A disk may be slow; an officer who waits for longer tries again, and the same act is one act."""


class Asking:
    """Acts that wait for an answer. `send`: to the gate."""

    def __init__(self, send: Callable[[Asked], None]) -> None:
        self._send = send
        self._waiting: dict[ActId, asyncio.Future[ActResult]] = {}

    async def ask(self, account: AccountId, act: Act) -> ActResult:
        """Return what the gate made of an act; NOT_ANSWERED if it said nothing in time."""
        waiting = self._waiting.get(act.id)
        if waiting is None:
            waiting = self._waiting[act.id] = asyncio.get_running_loop().create_future()
            self._send(Asked(account, act))
        try:
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                return await asyncio.shield(waiting)
        except TimeoutError:
            return ActResult.NOT_ANSWERED
        finally:
            self._waiting.pop(act.id, None)

    def answered(self, act_id: ActId, result: ActResult) -> None:
        """Take the gate's answer; one for which nobody waits any more is passed over."""
        waiting = self._waiting.get(act_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(result)
