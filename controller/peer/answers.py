"""The resources for other controllers, beside those for gates.

Who asks is known by the certificate: its name, and the authority that issued it, which has to be that controller's own
by the root's list. Belongs here: checking that, and answering. Does not belong here: asking (calls.py), TLS (wire.py).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Final, TypeVar

import msgspec
from fastapi import APIRouter, HTTPException, Request, Response

from contract.controllers import ControllerCard
from contract.sealing import NotWrappedForError, SealingError, seal_to
from contract.signing import SignatureError
from controller.gate_api import PEER, Peer
from controller.ledger import Ledger
from controller.peer.entries import SharedEntries
from controller.peer.marks import SharedMarks
from controller.peer.reference import KeptCopy
from controller.peer.words import (
    BadWordsError,
    CopyAsk,
    EntriesAsk,
    MarksAsk,
    PeerTally,
    RewrapAsk,
    Rewrapped,
    SessionsTold,
    Status,
    Tallies,
    decode,
    encode,
)
from controller.pki.certificates import controller_of
from controller.pki.listed import Listed
from controller.pki.root import REFERENCE_COPY
from controller.service.officers.sessions import Sessions
from controller.service.records.key_ring import ExpiredError, ForeignSourceError, KeyRing, PairReplacedError
from controller.service.records.truth import Truth
from controller.service.site.consoles import Consoles

_LONGEST_ASK_BYTES: Final = 1 << 20
T = TypeVar("T")


@dataclass(frozen=True)
class Answers:
    """What there is to say to another controller."""

    listed: Listed
    truth: Truth
    ledger: Ledger
    reference_key: bytes
    copy: KeptCopy
    entries: SharedEntries
    marks: SharedMarks
    sessions: Sessions
    consoles: Consoles
    on_news: Callable[[], None]
    """Told when another controller has something to tell."""
    run: bytes = field(default_factory=lambda: token_bytes(16))

    def status(self) -> Status:
        """How this controller stands."""
        truth = self.truth
        return Status(
            self.listed.now.number,
            truth.learning.is_on,
            truth.movements.presence.closed_s,
            self.run,
            self.entries.last,
            self.sessions.revision,
            self.consoles.own,
        )

    async def tallies(self) -> Tallies:
        """What closed periods have left behind here."""
        closed_s = self.truth.movements.presence.closed_s
        table = await self.truth.in_store(self.truth.store.tallies)
        return Tallies(
            closed_s,
            [PeerTally(t.kind.value, t.area, t.period_s, t.amount, t.part) for t in table if t.period_s <= closed_s],
        )

    async def rewrap(self, card: ControllerCard, ask: RewrapAsk) -> Rewrapped:
        """Content keys for another controller, of periods whose keys are alive."""
        await self.truth.sweep.catch_up()
        return _rewrap(self.truth.key_ring, card, ask)

    def reference_key_for(self, card: ControllerCard) -> bytes:
        """The reference key, sealed to another controller; that it was given is an entry of the ledger."""
        self.ledger.append("reference-key-given", self.truth.clock.now_ns(), controller=card.controller)
        return seal_to(card.exchange_key, REFERENCE_COPY, self.reference_key)


def peer_router(answers: Answers) -> APIRouter:
    """Return the resources under /peer."""
    router = APIRouter(prefix="/peer")
    router.include_router(_records_router(answers))

    @router.get("/status")
    async def status(request: Request) -> Response:
        _asking(request, answers.listed)
        return _words(answers.status())

    @router.get("/controllers")
    async def controllers(request: Request) -> Response:
        _asking(request, answers.listed)
        return Response(answers.listed.signed, media_type="application/octet-stream")

    @router.post("/news")
    async def news(request: Request) -> Response:
        _asking(request, answers.listed)
        answers.on_news()
        return Response()

    @router.post("/entries")
    async def entries(request: Request) -> Response:
        _asking(request, answers.listed)
        ask = await _ask(request, EntriesAsk)
        return _words(await asyncio.to_thread(answers.entries.give, ask))

    @router.get("/sessions")
    async def sessions(request: Request) -> Response:
        _asking(request, answers.listed)
        return _words(SessionsTold([*answers.sessions.told()]))

    @router.post("/reference")
    async def reference(request: Request) -> Response:
        _asking(request, answers.listed)
        ask = await _ask(request, CopyAsk)
        return _words(await asyncio.to_thread(answers.copy.give, ask))

    @router.get("/reference-key")
    async def reference_key(request: Request) -> Response:
        sealed = answers.reference_key_for(_asking(request, answers.listed))
        return Response(sealed, media_type="application/octet-stream")

    return router


def _records_router(answers: Answers) -> APIRouter:
    """Return the resources about records: sums of dead ones, and what opens those that are alive."""
    router = APIRouter()

    @router.get("/tallies")
    async def tallies(request: Request) -> Response:
        _asking(request, answers.listed)
        return _words(await answers.tallies())

    @router.post("/rewrap")
    async def rewrap(request: Request) -> Response:
        card = _asking(request, answers.listed)
        ask = await _ask(request, RewrapAsk)
        return _words(await answers.rewrap(card, ask))

    @router.post("/marks")
    async def marks(request: Request) -> Response:
        card = _asking(request, answers.listed)
        ask = await _ask(request, MarksAsk)
        return _words(await answers.marks.give(card, ask))

    return router


def _rewrap(key_ring: KeyRing, card: ControllerCard, ask: RewrapAsk) -> Rewrapped:
    """Wrap content keys to a listed controller; a period's key that is dead opens nothing, so no limit moves."""
    publics = dict(ask.publics)
    answer: list[bytes | None] = []
    for wraps in ask.wraps:
        try:
            answer.append(key_ring.rewrapped(wraps, card.controller, publics))
        except (
            ExpiredError,
            ForeignSourceError,
            KeyError,
            NotWrappedForError,
            PairReplacedError,
            SealingError,
            SignatureError,
            ValueError,
        ):
            answer.append(None)
    return Rewrapped(answer)


def _asking(request: Request, listed: Listed) -> ControllerCard:
    """Return the card of the controller that asks. Raises HTTPException for anybody else."""
    peer: Peer = request.scope["state"].get(PEER, Peer("", ""))
    name = controller_of(peer.name)
    card = None if name is None else listed.now.card_of(name)
    if card is None or peer.issuer != name or name == listed.controller:
        raise HTTPException(403, "this certificate belongs to no other controller of the list in force")
    return card


async def _ask(request: Request, expected: type[T]) -> T:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_ASK_BYTES:
            raise HTTPException(413, "too long")
    try:
        return decode(body, expected)
    except BadWordsError as error:
        raise HTTPException(400, str(error)) from error


def _words(message: msgspec.Struct) -> Response:
    return Response(encode(message), media_type="application/octet-stream")
