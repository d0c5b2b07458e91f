"""Resources for tablets themselves: enrolment by code, the word that each gives every minute, openings, marks.

No session: a tablet signs each request with its own key. Belongs here: what tablets ask. Does not belong here: what is
sealed for them (service/tablets), or what officers do about them (tablets.py).
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from pydantic import TypeAdapter, ValidationError

from contract.clock import NS_PER_S, Clock
from contract.ids import AccountId, OperationId
from contract.sealed_roll import KEY_BYTES
from controller.api.access import Access
from controller.api.muster import MOST_ACTS, ActBody, ResultsBody, take_acts
from controller.api.tablets import bytes_of
from controller.composition.tablets import TabletsOffice
from controller.domain.disclosure import short_code
from controller.domain.operation import Operation
from controller.domain.tablets import Opening, Tablet, TabletError, wanted_periods
from controller.service.muster.marking import What
from controller.service.tablets.enrolment import Signed
from controller.service.tablets.handed_lists import HandedList

_MOST_BYTES: Final = 512 * 1024
_MOST_KEYS: Final = 400
_NEXT_S: Final = 5
_NEXT_IN_OPERATION_S: Final = 3
_ROLL_EVERY_S: Final = 45
"""A roll that is older than this is made anew for the tablet: with all that it takes, it is never a minute old."""
_NS_PER_MS: Final = 1_000_000
_MARKED_THERE: Final = frozenset({What.ACCOUNTED_FOR, What.WITHDRAWN, What.UNNAMED_SEEN, What.AREA_SWEPT})
"""What is marked at an assembly point. Who stays by order, or passed uncounted, an officer says himself."""


@dataclass(frozen=True)
class Enrolling:
    """A one-time code, and the public key (base64, Ed25519) by which the tablet will sign."""

    code: str = field(repr=False)
    key: str


@dataclass(frozen=True)
class Enrolled:
    """The tablet's name."""

    tablet: str


class Pulse(msgspec.Struct, frozen=True):
    """A tablet's word. `keys`: its public keys, by start of period (s since 1970 UTC). `dropped`: destroyed copies.

    `roll_made_s`: when the roll was made that it holds (s since 1970 UTC), 0 for none.
    """

    keys: dict[int, bytes]
    dropped: list[int] = []
    roll_made_s: int = 0


class Wanted(msgspec.Struct, frozen=True):
    """A period of which the tablet shall hold a key, and when it must destroy it (s since 1970 UTC)."""

    period_s: int
    dies_at_s: int


class Commander(msgspec.Struct, frozen=True):
    """Whose key opens the roll. `code`: what the page calls him; `wrapped`: "" if it was set at another controller."""

    account: AccountId
    code: str
    roll: bytes
    sign: bytes
    wrapped: str


class Part(msgspec.Struct, frozen=True):
    """One part of the sealed roll; see contract/sealed_roll.py. `half`: the tablet's."""

    period_s: int
    made_s: int
    dies_at_s: int
    sealed: bytes
    half: bytes
    commanders: dict[AccountId, bytes]


class Place(msgspec.Struct, frozen=True):
    """An area (`within` another one, or "") or a muster point (of `areas`, none for all)."""

    id: str
    name: str
    within: str = ""
    areas: list[str] = []


class OpenOperation(msgspec.Struct, frozen=True):
    """What is open. Times in ms since 1970 UTC; `all_clear_ms`: since when people may go back, None for not yet."""

    id: OperationId
    kind: str
    plan: str
    opened_ms: int
    all_clear_ms: int | None


class Answer(msgspec.Struct, frozen=True):
    """What a tablet is told. `next_s`: when it shall ask again. `parts`: None while those it holds are young enough."""

    now_ms: int
    next_s: int
    site: str
    site_name: str
    time_zone: str
    controller: str
    wanted: list[Wanted]
    commanders: list[Commander]
    parts: list[Part] | None
    areas: list[Place]
    muster_points: list[Place]
    operations: list[OpenOperation]
    handed: list[HandedList]


class OpeningReport(msgspec.Struct, frozen=True):
    """A commander opened the sealed roll. `id`: the operation's, drawn on the tablet; times in ms since 1970 UTC."""

    id: OperationId
    by: AccountId
    plan: str
    reason: str
    opened_ms: int
    signature: bytes
    ended_ms: int | None = None


class Reported(msgspec.Struct, frozen=True):
    """The operation that goes on, or None if it is over."""

    operation: OperationId | None


@dataclass(frozen=True)
class TabletMarks:
    """What was marked in an operation; see controller/api/muster.py for an act."""

    operation: OperationId
    acts: list[ActBody]


async def _body_of(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise HTTPException(413, "too much at once: send it in parts")
    return body


_MARKS: Final = TypeAdapter(TabletMarks)


def tablet_router(tablets: TabletsOffice, clock: Clock, access: Access) -> APIRouter:
    """Return the routes of tablets."""
    router = APIRouter(prefix="/api/tablet", tags=["tablets"], dependencies=[Depends(access.open_to_all)])

    async def signed(
        request: Request,
        x_sacs_tablet: Annotated[str, Header()] = "",
        x_sacs_at: Annotated[int, Header()] = 0,
        x_sacs_signature: Annotated[str, Header()] = "",
    ) -> tuple[Tablet, bytes]:
        """Return the tablet that asks, and the body that it signed."""
        body = await _body_of(request)
        word = Signed(x_sacs_tablet, x_sacs_at, bytes_of(x_sacs_signature))
        return tablets.tablets.check(word, request.method, request.url.path, body), body

    @router.post("/enrolment", status_code=201)
    def enrol(body: Enrolling) -> Enrolled:
        """Enrol a tablet by its one-time code."""
        return Enrolled(tablets.tablets.enrol(body.code, bytes_of(body.key)).id)

    @router.post("/pulse")
    async def pulse(asked: Annotated[tuple[Tablet, bytes], Depends(signed)]) -> Response:
        """Give a tablet the sealed roll of now, and the lists that were handed to it."""
        tablet, word = asked[0], _read(asked[1], Pulse)
        if len(word.keys) > _MOST_KEYS or any(len(key) != KEY_BYTES for key in word.keys.values()):
            raise TabletError("tablet-key", f"a tablet's keys have {KEY_BYTES} bytes (X25519), one for each period")
        tablets.handed.dropped(tablet.id, word.dropped)
        return _answer(await _told(tablets, tablet, word, clock.now_ns()))

    @router.post("/openings")
    async def opened(asked: Annotated[tuple[Tablet, bytes], Depends(signed)]) -> Response:
        """Take the report that a commander opened the sealed roll; its operation opens, or goes on with an open one."""
        report = _read(asked[1], OpeningReport)
        ended_ns = None if report.ended_ms is None else report.ended_ms * _NS_PER_MS
        opening = Opening(
            report.id, asked[0].id, report.by, report.plan, report.reason, report.opened_ms * _NS_PER_MS, ended_ns
        )
        operation = tablets.reports.opened(opening, report.signature)
        return _answer(Reported(operation.id if operation else None))

    @router.post("/marks")
    async def marks(asked: Annotated[tuple[Tablet, bytes], Depends(signed)]) -> ResultsBody:
        """Take what was marked on a tablet by whom no account signs in: a warden, or whoever opened the sealed roll.

        Marks stand in the name of the commander who handed the list, or opened the roll. A warden reports zones of his
        lists alone.
        """
        word, tablet = _marks_of(asked[1]), asked[0].id
        by, zones = tablets.reports.may_mark(tablet, word.operation), None
        if by is None:
            by, zones = tablets.handed.may_mark(tablet, word.operation), tablets.handed.zones(tablet, word.operation)
        if by is None:
            raise TabletError("nothing-handed", "this tablet holds no list of that operation: a commander hands one")
        operation = tablets.operations.operation(word.operation).id
        return await take_acts(tablets.marking, operation, by, word.acts, zones)

    return router


async def _told(tablets: TabletsOffice, tablet: Tablet, word: Pulse, now_ns: int) -> Answer:
    site, open_now, keys = tablets.site, tablets.operations.open_now(now_ns), word.keys
    return Answer(
        now_ms=now_ns // _NS_PER_MS,
        next_s=_NEXT_IN_OPERATION_S if open_now else _NEXT_S,
        site=site.site.id,
        site_name=site.site.name or site.site.id,
        time_zone=site.site.time_zone,
        controller=tablets.controller,
        wanted=[
            Wanted(period.start_s, tablets.rolls.dies_at_s(period.start_s))
            for period in wanted_periods(site.retention, now_ns)
        ],
        commanders=[
            Commander(key.account, short_code(key.account), key.roll, key.sign, key.wrapped)
            for key in tablets.keys.in_force()
        ],
        parts=await _parts(tablets, tablet, keys) if now_ns // NS_PER_S - word.roll_made_s > _ROLL_EVERY_S else None,
        areas=[Place(area.id, area.name or area.id, area.within) for area in site.area],
        muster_points=[Place(point.id, point.name or point.id, "", [*point.areas]) for point in site.muster_point],
        operations=[_open(each) for each in open_now],
        handed=await tablets.handed.of(tablet.id, keys),
    )


def _open(operation: Operation) -> OpenOperation:
    all_clear_ms = None if operation.all_clear_ns is None else operation.all_clear_ns // _NS_PER_MS
    opened_ms = operation.opened_ns // _NS_PER_MS
    return OpenOperation(operation.id, operation.kind, operation.plan or "", opened_ms, all_clear_ms)


async def _parts(tablets: TabletsOffice, tablet: Tablet, keys: dict[int, bytes]) -> list[Part]:
    return [
        Part(
            part.name.period_s,
            part.name.made_s,
            tablets.rolls.dies_at_s(part.name.period_s),
            part.sealed,
            part.half_for(tablet.id, keys[part.name.period_s]),
            dict(part.commanders),
        )
        for part in await tablets.rolls.parts()
        if part.name.period_s in keys
    ]


def _marks_of(body: bytes) -> TabletMarks:
    try:
        word = _MARKS.validate_json(body)
    except ValidationError:
        raise HTTPException(422, "not what a tablet marks") from None
    if any(act.what not in _MARKED_THERE for act in word.acts):
        raise HTTPException(422, "a tablet accounts for people and reports zones: all else an officer marks himself")
    if len(word.acts) > MOST_ACTS:
        raise HTTPException(422, f"at most {MOST_ACTS} acts at a time: send the others after these")
    return word


def _read(body: bytes, type_: type[Any]) -> Any:  # noqa: ANN401  of the type asked for
    try:
        return msgspec.json.decode(body, type=type_)
    except msgspec.DecodeError as error:
        raise HTTPException(422, f"not what a tablet says: {error}") from None


def _answer(answer: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
