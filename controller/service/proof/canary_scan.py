"""The search for canaries, again and again: planted in every period, looked for every hour in all that is written.

Each search is a receipt in the ledger: what was read and how much, and that nothing was found; or where, which is an
alarm and a fault of the system. Belongs here: when, and what follows. Does not belong here: planting (canaries.py), the
search itself (audit/search_process.py).
"""

import asyncio
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import structlog
from sqlalchemy.exc import SQLAlchemyError

from contract.clock import Clock
from contract.periods import Kind, Period, Retention
from controller.audit.search_process import Found, Search
from controller.ledger import Ledger
from controller.service.alarms import Alarms
from controller.service.proof.canaries import Canaries
from controller.service.site.reference import Reference, RefusedError
from controller.vault import VaultError

FIRST_AFTER_S: Final = 20
"""When the first search begins, after the start of the program."""
EVERY_S: Final = 3600
_TICK_S: Final = 1.0
_log = structlog.get_logger()


@dataclass(frozen=True)
class SearchSettings:
    """`also`: what this machine writes beside state and vault (logs, backups). `every_s`: from search to search."""

    also: tuple[Path, ...] = ()
    every_s: int = EVERY_S


class SearchFailedError(Exception):
    """The search did not come to its end; the message has its last words."""


class CanaryScan:
    """Plants and searches. `canaries`: opens what was planted. `write_note`: seals a text to the present period.

    `folders`: all that this machine writes.
    """

    def __init__(
        self,
        clock: Clock,
        retention: Retention,
        canaries: Callable[[], Canaries],
        reference: Reference,
        write_note: Callable[[str], Awaitable[object]],
        ledger: Ledger,
        alarms: Alarms,
        folders: Sequence[Path],
        every_s: int = EVERY_S,
    ) -> None:
        self._clock = clock
        self._retention = retention
        self._open = canaries
        self._canaries: Canaries | None = None
        self._reference = reference
        self._write_note = write_note
        self._ledger = ledger
        self._alarms = alarms
        self._folders = folders
        self._every_s = every_s
        self._planting = asyncio.Lock()
        self._planted: Period | None = None
        self.last: Found | None = None
        """What the last search of this run of the program found."""
        self.last_ns = 0
        """When that ended."""

    async def run(self) -> None:
        """Plant and search until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_planting(), name="canaries")
            tasks.create_task(self._keep_searching(), name="canary-search")

    async def plant(self) -> Canaries:
        """Plant what is due and return all that was planted. Raises what the disk and the stores do."""
        async with self._planting:
            if self._canaries is None:
                self._canaries = await asyncio.to_thread(self._open)
            await asyncio.to_thread(self._canaries.plant_standing, self._reference)
            period = self._retention.period_at(Kind.MOVEMENT, self._clock.now_ns())
            if period != self._planted:
                await self._canaries.plant_note(self._write_note)
                self._planted = period
            return self._canaries

    async def search(self) -> Found:
        """Look for all that was planted, and write down what came of it. Raises SearchFailedError, OSError."""
        texts = (await self.plant()).texts
        found = await _search(Search(texts, [str(folder) for folder in self._folders]))
        now_ns = self._clock.now_ns()
        for hit in found.hits:
            self._alarms.of_system(now_ns, "plaintext-found", place=hit.place)
            self._ledger.append("canary-found", now_ns, place=hit.place, form=hit.form, hits=hit.hits)
        if found.unregistered:
            self._alarms.of_system(now_ns, "file-unregistered", place="state")
        self._ledger.append(
            "canary-scan",
            now_ns,
            places=found.places,
            files=found.files,
            scanned_bytes=found.scanned_bytes,
            canaries=len(texts),
            hits=sum(hit.hits for hit in found.hits),
            not_read=found.not_read,
            vanished=found.vanished,
            unregistered=found.unregistered,
        )
        self.last, self.last_ns = found, now_ns
        return found

    async def _keep_planting(self) -> None:
        while True:
            if await self._fault_of(self.plant):
                self._alarms.of_system(self._clock.now_ns(), "canary-not-planted", place="canaries")
            await asyncio.sleep(_TICK_S)

    async def _keep_searching(self) -> None:
        await asyncio.sleep(min(FIRST_AFTER_S, self._every_s))
        while True:
            if await self._fault_of(self.search):
                self._alarms.of_system(self._clock.now_ns(), "canary-scan-failed", place="canaries")
            await asyncio.sleep(self._every_s)

    async def _fault_of(self, act: Callable[[], Awaitable[object]]) -> bool:
        try:
            await act()
        except (OSError, sqlite3.Error, SQLAlchemyError, VaultError, RefusedError, SearchFailedError) as error:
            _log.warning("canaries failed, trying again", act=act.__name__, error=str(error))
            return True
        return False


async def _search(asked: Search) -> Found:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "controller.audit.search_process"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, err = await process.communicate(msgspec.json.encode(asked))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        return msgspec.json.decode(out, type=Found)
    except msgspec.DecodeError:
        raise SearchFailedError(err.decode(errors="replace").strip().rpartition("\n")[2]) from None
