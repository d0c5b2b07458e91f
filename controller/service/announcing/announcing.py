"""Sending announcements: at once, and again until the other system has taken them.

Each system has a line of its own, so one that is away holds no other up. Of news that waits only the last is worth
sending, but nobody is told of an end without a beginning: a system that never heard of an operation gets its present
state as the first message. Every message is signed by this controller: header `Sacs-Signature: CONTROLLER HEX`, over
the body, for the purpose `Announcement` (contract/signing.py). Belongs here: sending and trying again. Does not belong
here: what is said (domain/announcement.py) and how it looks (cap.py, webhook.py).
"""

import asyncio
import http.client
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.clock import Clock
from contract.ids import OperationId
from contract.signing import signature_of
from contract.site import AnnounceForm, AnnounceTo
from controller.domain.announcement import Announcement, Announcer, Figures, Turn, announcement
from controller.domain.operation import OperationKind
from controller.ledger import Ledger
from controller.service.alarms import Alarms
from controller.service.announcing import cap, webhook
from controller.service.announcing.cap import Sender
from controller.service.operating.operations import Operations

PURPOSE: Final = "Announcement"
_LIMIT_S: Final = 10.0
_AGAIN_S: Final = (2.0, 5.0, 10.0, 30.0, 60.0)
_GIVE_UP: Final = 60
"""After the end of its operation a message is tried about an hour longer."""


class NotTakenError(Exception):
    """The other system did not take a message; the message says why."""


class Announcing:
    """Belongs to the event loop. `figures`: of an operation, now.

    `authority`: PEM file of who certified the other systems, None for those whom the machine trusts.
    """

    def __init__(
        self,
        clock: Clock,
        ledger: Ledger,
        alarms: Alarms,
        operations: Operations,
        systems: Sequence[AnnounceTo],
        sender: Sender,
        signer: Ed25519PrivateKey,
        figures: Callable[[OperationId], Figures],
        authority: Path | None,
    ) -> None:
        self._clock: Final = clock
        self._operations: Final = operations
        self._figures: Final = figures
        self._announcer: Announcer | None = None
        self._lines: Final = [_Line(system, sender, signer, authority, clock, ledger, alarms) for system in systems]

    async def run(self) -> None:
        """Say what is due, until cancelled."""
        if not self._lines:
            return
        async with asyncio.TaskGroup() as tasks:
            for line in self._lines:
                tasks.create_task(line.run(), name=f"announce-to-{line.system.id}")
            while True:
                self.say()
                await self._operations.wait(1.0)

    def say(self) -> None:
        """Hand what is due to each line."""
        now_ns = self._clock.now_ns()
        opened = self._operations.open_now(now_ns)
        if self._announcer is None:
            self._announcer = Announcer(opened)
        for turn, operation in self._announcer.due(opened, now_ns):
            figures = {} if turn is Turn.ENDED else self._figures(operation.id)
            told = announcement(turn, operation, now_ns, figures)
            for line in self._lines:
                line.add(told)


class _Line:
    """What one system has been told, and is to be told."""

    def __init__(
        self,
        system: AnnounceTo,
        sender: Sender,
        signer: Ed25519PrivateKey,
        authority: Path | None,
        clock: Clock,
        ledger: Ledger,
        alarms: Alarms,
    ) -> None:
        self.system: Final = system
        self._sender = sender
        self._signer = signer
        self._authority = authority
        self._clock = clock
        self._ledger = ledger
        self._alarms = alarms
        self._waiting: dict[OperationId, Announcement] = {}
        self._taken: dict[OperationId, list[Announcement]] = {}
        self._sent: OperationId | None = None
        """The operation of the message that is on its way: whether it is taken is not known yet."""
        self._news = asyncio.Event()

    def add(self, told: Announcement) -> None:
        """Let it wait in the place of older news of the same operation; an end without a beginning is no news."""
        if told.kind is OperationKind.DRILL and not self.system.drills:
            return
        self._waiting.pop(told.operation, None)
        if told.turn is not Turn.ENDED or told.operation in self._taken or told.operation == self._sent:
            self._waiting[told.operation] = told
        self._news.set()

    async def run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            failures = 0
            while self._waiting:
                told = next(iter(self._waiting.values()))
                try:
                    await self._send(told)
                except NotTakenError:
                    self._not_taken(told)
                    self._alarms.of_system(self._clock.now_ns(), "announcement-failed", place=self.system.id)
                    await asyncio.sleep(_AGAIN_S[min(failures, len(_AGAIN_S) - 1)])
                    failures += 1
                    if failures > _GIVE_UP and told.turn is Turn.ENDED:
                        self._done(told)
                else:
                    failures = 0
                    self._alarms.settled("announcement-failed", place=self.system.id)
                    self._done(told)
                    self._enter(told)

    async def _send(self, told: Announcement) -> None:
        self._sent = told.operation
        try:
            await asyncio.to_thread(self._post, self._message(told))
        finally:
            self._sent = None

    def _not_taken(self, told: Announcement) -> None:
        """Drop an end that came while the beginning was on its way to a system that has not taken it."""
        newest = self._waiting[told.operation]
        if newest.turn is Turn.ENDED and newest is not told and told.operation not in self._taken:
            del self._waiting[told.operation]

    def _done(self, told: Announcement) -> None:
        if self._waiting.get(told.operation) is told:  # news may have come meanwhile
            del self._waiting[told.operation]
        if told.turn is Turn.ENDED:
            self._taken.pop(told.operation, None)
        else:
            self._taken.setdefault(told.operation, []).append(told)

    def _enter(self, told: Announcement) -> None:
        facts = {"system": self.system.id, "operation": told.operation, "said": told.turn.value}
        try:
            self._ledger.append("announced", self._clock.now_ns(), **facts)
        except OSError:  # it was said; that it could not be written down is another fault
            self._alarms.of_system(self._clock.now_ns(), "ledger-failed", place="announcement")

    def _message(self, told: Announcement) -> tuple[bytes, str]:
        if self.system.form is AnnounceForm.CAP:
            return cap.cap_message(told, self._sender, self._taken.get(told.operation, [])), cap.MEDIA_TYPE
        return webhook.webhook_message(told, self._sender), webhook.MEDIA_TYPE

    def _post(self, message: tuple[bytes, str]) -> None:
        """Send it; any answer of 200 to 299 takes it. Raises NotTakenError."""
        body, media_type = message
        parts = urlsplit(self.system.url)
        host, path = parts.hostname or "", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        signature = signature_of(PURPOSE, self._sender.controller, body, self._signer)
        headers = {"Content-Type": media_type, "Sacs-Signature": f"{self._sender.controller} {signature.hex()}"}
        connection: http.client.HTTPConnection
        try:
            if parts.scheme == "https":
                trust = ssl.create_default_context(cafile=self._authority)
                connection = http.client.HTTPSConnection(host, parts.port, timeout=_LIMIT_S, context=trust)
            else:
                connection = http.client.HTTPConnection(host, parts.port, timeout=_LIMIT_S)
            try:
                connection.request("POST", path, body, headers)
                status = connection.getresponse().status
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise NotTakenError(f"{self.system.id} does not answer ({type(error).__name__})") from error
        if not 200 <= status < 300:
            raise NotTakenError(f"{self.system.id} answers {status}")
