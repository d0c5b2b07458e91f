"""Asking all other controllers, again and again: lists, entries, sessions, content keys, marks, tallies, passes.

Belongs here: what is asked when, and who is told the answer. Does not belong here: HTTP (calls.py, answers.py).
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.exc import SQLAlchemyError

from contract.clock import NS_PER_S
from contract.controllers import ControllerCard
from contract.ids import AreaId, ControllerId
from contract.periods import Period
from contract.sealing import SealingError, decode_wraps
from contract.signing import SignatureError
from controller.composition.membership import Membership
from controller.domain.presence.tallies import Tally, TallyKind
from controller.peer.calls import Peer, PeerAwayError
from controller.peer.entries import BadEntriesError, SharedEntries
from controller.peer.marks import SharedMarks
from controller.peer.reference import BadCopyError, KeptCopy
from controller.peer.words import MOST_WRAPS, CopyAsk, EntriesAsk, RewrapAsk, Status, Tallies
from controller.service.officers.sessions import Sessions, ToldSession
from controller.service.records.key_ring import ExpiredError
from controller.service.records.truth import Truth
from controller.service.site.consoles import Consoles
from controller.vault import KeyGoneError

EVERY_S: Final = 1.0
_COPY_EVERY_S: Final = 3.0
_AGAIN_S: Final = 10.0
"""When a content key is asked for again that another controller could not give."""
_FROM_FIRST: Final = EntriesAsk(0, "")
_log = structlog.get_logger()


@dataclass
class _Heard:
    """What one other controller has told in this run."""

    closed_s: int | None = None
    copied_ns: int = 0
    stamp: bytes = b""
    refused: dict[bytes, int] = field(default_factory=dict)
    entries: EntriesAsk = field(default_factory=lambda: _FROM_FIRST)
    """Up to which entry of its ledger all is known here."""
    bad_entry: BadEntriesError | None = None
    """The last one that could not be taken over: alarmed for as long as this program runs."""
    sessions: tuple[bytes, int] = (b"", -1)
    """Its run, and the state of its sessions in it, that were asked for last."""
    is_of_use: bool = True
    """Whether it may still tell a controller that learns something: it was not asked yet, or it answers."""


class Exchange:
    """All that this controller asks the others."""

    def __init__(
        self,
        membership: Membership,
        truth: Truth,
        copy: KeptCopy,
        entries: SharedEntries,
        marks: SharedMarks,
        sessions: Sessions,
        consoles: Consoles,
    ) -> None:
        """`copy`: of the reference data."""
        self._entries = entries
        self._marks = marks
        self._sessions = sessions
        self._consoles = consoles
        self._membership = membership
        self._listed = membership.wire.listed
        self._truth = truth
        self._copy = copy
        self._heard: dict[ControllerId, _Heard] = {}
        self._ahead: set[ControllerId] = set()
        """Whose clocks were ahead when this was looked at last."""
        self.on_entries: Final[list[Callable[[], None]]] = []
        """Called after entries were asked for; each may raise OSError, and is called again."""
        self._ours, self._theirs = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Ask until cancelled, each second and whenever another one has news; and tell the others of ours at once."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tell_news(), name="news for other controllers")
            while True:
                await self.ask_all()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(EVERY_S):
                        await self._theirs.wait()
                self._theirs.clear()

    def hear_news(self) -> None:
        """Another controller has something to tell: ask at once."""
        self._theirs.set()

    def have_news(self) -> None:
        """This controller has something to tell: an operation does not wait for a second to pass."""
        self._ours.set()

    async def _tell_news(self) -> None:
        while True:
            await self._ours.wait()
            self._ours.clear()
            calls = (asyncio.to_thread(Peer(card, self._membership.wire.files).news) for card in self._listed.peers)
            await asyncio.gather(*calls, return_exceptions=True)  # who is away asks when it is back

    async def ask_all(self) -> None:
        """Ask every other controller once."""
        peers, truth = self._listed.peers, self._truth
        self._sessions.end_those_of_others([card.controller for card in peers])
        truth.learning.may_be_told = any(self._of(card).is_of_use for card in peers)
        await asyncio.gather(*(self._ask(card) for card in peers))
        self._take_due()
        truth.learning.may_be_told = any(self._of(card).is_of_use for card in self._listed.peers)
        truth.comparison.forget(card.controller for card in self._listed.peers)
        differing = truth.comparison.differ()
        for card in self._listed.peers:
            if card.controller in differing:
                truth.alarms.of_system(truth.clock.now_ns(), "controllers-differ", place=card.controller)
            else:
                truth.alarms.settled("controllers-differ", place=card.controller)

    def _take_due(self) -> None:
        """Take over what has waited for its time, and alarm whose clock is ahead for as long as anything waits."""
        alarms, now_ns = self._truth.alarms, self._truth.clock.now_ns()
        try:
            self._entries.take_due()
            self._entries_taken()
        except OSError:
            alarms.of_system(now_ns, "ledger-failed", place="ledger")
        ahead = self._entries.ahead()
        for controller in self._ahead - ahead:
            alarms.settled("controller-clock-ahead", place=controller)
        for controller in ahead:
            alarms.of_system(now_ns, "controller-clock-ahead", place=controller)
        self._ahead = ahead

    async def _ask(self, card: ControllerCard) -> None:
        alarms, now_ns = self._truth.alarms, self._truth.clock.now_ns()
        heard, peer = self._of(card), Peer(card, self._membership.wire.files)
        try:
            status = await asyncio.to_thread(peer.status)
            heard.is_of_use = not status.learning
            if status.list_number > self._listed.now.number:
                await self._membership.take_list(await asyncio.to_thread(peer.controllers))
                return
            self._consoles.hear(card.controller, status.origin)
            failed = await self._hear_all(peer, heard, status)
        except OSError as error:
            _log.warning("exchange failed", controller=card.controller, error=type(error).__name__)
            alarms.of_system(now_ns, "exchange-failed", place=card.controller)
            return
        except PeerAwayError as error:
            heard.is_of_use = False
            _log.info("controller away", controller=card.controller, error=str(error))
            alarms.of_system(now_ns, "controller-away", place=card.controller)
            return
        alarms.settled("controller-away", place=card.controller)
        if failed:
            alarms.of_system(now_ns, "exchange-failed", place=card.controller)
        else:
            alarms.settled("exchange-failed", place=card.controller)

    async def _hear_all(self, peer: Peer, heard: _Heard, status: Status) -> bool:
        """Hear all that it tells; return whether something of it failed, which keeps nothing else back.

        Raises PeerAwayError.
        """
        steps = [self._take_entries, self._take_sessions, self._learn_keys, self._take_marks, self._compare]
        if peer.card.controller == self._listed.keeper.controller:
            steps.insert(0, self._follow)
        failed = False
        for step in steps:
            try:
                await step(peer, heard, status)
            except (BadCopyError, BadEntriesError, OSError, sqlite3.Error, SQLAlchemyError) as error:
                _log.warning("exchange failed", controller=peer.card.controller, error=type(error).__name__)
                failed = True
        return failed

    async def _follow(self, peer: Peer, heard: _Heard, _: Status) -> None:
        """Have the keeper's reference data."""
        now_ns = self._truth.clock.boottime_ns()
        if heard.stamp and now_ns < heard.copied_ns + _COPY_EVERY_S * NS_PER_S:
            return
        copy = await asyncio.to_thread(peer.reference, CopyAsk(heard.stamp))
        if await asyncio.to_thread(self._copy.take, copy):
            await self._membership.gates_changed()
        heard.stamp, heard.copied_ns = copy.stamp, now_ns

    async def _take_entries(self, peer: Peer, heard: _Heard, status: Status) -> None:
        """Have what it has entered about rights and operations; all of it again if its ledger is another one."""
        if status.entries < heard.entries.after:
            heard.entries = _FROM_FIRST
        is_more = status.entries > heard.entries.after
        while is_more:
            told = await asyncio.to_thread(peer.entries, heard.entries)
            try:
                await self._entries.take(peer.card, told)
            except BadEntriesError as error:
                heard.bad_entry = error
            heard.entries, is_more = EntriesAsk(told.after, told.line_hash), told.more
        self._entries_taken()
        if heard.bad_entry is not None:
            raise heard.bad_entry

    def _entries_taken(self) -> None:
        for call in self.on_entries:
            call()

    async def _take_sessions(self, peer: Peer, heard: _Heard, status: Status) -> None:
        """Have who is signed in there."""
        state = status.run, status.sessions
        if state == heard.sessions:
            return
        told = await asyncio.to_thread(peer.sessions)
        self._sessions.hear((ToldSession(*each) for each in told.sessions), peer.card.controller)
        heard.sessions = state

    async def _learn_keys(self, peer: Peer, heard: _Heard, _: Status) -> None:
        """Ask for content keys that gates wrapped without this controller."""
        ring, now_ns = self._truth.key_ring, self._truth.clock.boottime_ns()
        heard.refused = {wraps: at for wraps, at in heard.refused.items() if wraps in ring.missing}
        wanted = [wraps for wraps in ring.missing if now_ns >= heard.refused.get(wraps, now_ns)][:MOST_WRAPS]
        publics: dict[Period, bytes] = {}
        for wraps in list(wanted):
            period = decode_wraps(wraps).name.period
            try:
                publics[period] = self._truth.vault.public_key(period)
            except KeyGoneError:  # meanwhile its time has come
                wanted.remove(wraps)
                del ring.missing[wraps]
        if not wanted:
            return
        answer = await asyncio.to_thread(peer.rewrap, RewrapAsk(list(publics.items()), wanted))
        signer = Ed25519PublicKey.from_public_bytes(peer.card.verify_key)
        for wraps, rewrapped in zip(wanted, answer.wraps, strict=False):
            try:
                if rewrapped is not None:
                    ring.learn(wraps, rewrapped, signer)
                    continue
            except (ExpiredError, SealingError, SignatureError) as error:
                _log.warning("content key refused", controller=peer.card.controller, error=type(error).__name__)
            heard.refused[wraps] = now_ns + round(_AGAIN_S * NS_PER_S)

    async def _take_marks(self, peer: Peer, _: _Heard, __: Status) -> None:
        await self._marks.take(peer)

    async def _compare(self, peer: Peer, heard: _Heard, status: Status) -> None:
        """Compare tallies whenever one of both has closed a period; take them over as long as this one learns."""
        truth = self._truth
        closed_s = truth.movements.presence.closed_s
        learns = truth.learning.is_on and not status.learning
        is_adopted = truth.learning.has_adopted and heard.closed_s == status.closed_s
        if status.learning or (heard.closed_s == closed_s == status.closed_s) or (learns and is_adopted):
            return
        told = await asyncio.to_thread(peer.tallies)
        table = _table(told)
        if learns:
            await truth.learning.adopt(told.closed_s, table)
            heard.closed_s = told.closed_s
        elif not truth.learning.is_on and truth.comparison.hear(peer.card.controller, told.closed_s, table):
            heard.closed_s = told.closed_s

    def _of(self, card: ControllerCard) -> _Heard:
        return self._heard.setdefault(card.controller, _Heard())


def _table(told: Tallies) -> list[Tally]:
    kinds = {kind.value: kind for kind in TallyKind}
    return [
        Tally(kinds[line.kind], AreaId(line.area), line.period_s, line.amount, AreaId(line.part))
        for line in told.lines
        if line.kind in kinds
    ]
