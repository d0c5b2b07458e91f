"""Resources of video: live pictures, viewings of recordings inside an operation, and clips that are handed over.

Belongs here: who may, shapes, status codes. Does not belong here: frames (service/video), or what is allowed (domain).
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AwareDatetime

from contract.clock import from_datetime
from contract.ids import CameraId, EdgeId, OperationId
from contract.periods import Kind
from contract.site import Site
from controller.api.access import Access, Acting
from controller.composition.video import Looking
from controller.domain.disclosure import DisclosureReason, Recipient
from controller.domain.rights.deeds import Deed
from controller.domain.video.viewing import CameraOf, VideoError, Viewing, ViewingReason
from controller.service.video.clips import AskedClip
from controller.service.video.playback import MARGIN_NS, Pause

_NS_PER_MS: Final = 1_000_000
_FROM: Final = "sacs-from-ms"
_UNTIL: Final = "sacs-until-ms"
_VIDEO: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"video/mp4": {}}, "description": f"MP4; {_FROM} and {_UNTIL} say of when, ms since 1970 UTC."},
    204: {"description": f"Nothing was recorded then; it goes on at {_UNTIL}, if that is told."},
}
_PICTURE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"image/jpeg": {}}}}
_ENVELOPE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"application/pkcs7-mime": {}}}}


@dataclass(frozen=True)
class CameraBody:
    """A camera. `served`: whether its gate is heard and gives this controller video; `keep_s`: how long it is kept."""

    gate: str
    gate_name: str
    camera: str
    name: str
    served: bool
    keep_s: int


@dataclass(frozen=True)
class WhichBody:
    """One camera of a gate."""

    gate: str
    camera: str

    def known(self) -> CameraOf:
        """The camera that is meant."""
        return CameraOf(EdgeId(self.gate), CameraId(self.camera))


@dataclass(frozen=True)
class ViewingBody:
    """What somebody wants to look at. Times ISO 8601 with a time zone."""

    cameras: list[WhichBody]
    begin: AwareDatetime
    end: AwareDatetime
    reason: ViewingReason


@dataclass(frozen=True)
class SpanBody:
    """A time, in ms since 1970 UTC. `why`: of a gap, as the recorder says it; empty for what was recorded."""

    from_ms: int
    until_ms: int
    why: str = ""


@dataclass(frozen=True)
class TrackBody:
    """What one camera recorded in the span of a viewing. `away`: code of why nobody can tell, empty if all is told."""

    gate: str
    camera: str
    name: str
    recorded: list[SpanBody]
    gaps: list[SpanBody]
    away: str


@dataclass(frozen=True)
class OpenViewingBody:
    """A viewing. Times in ms since 1970 UTC; `zero_ms`: when the time of all its pieces is 0."""

    id: str
    from_ms: int
    until_ms: int
    zero_ms: int
    tracks: list[TrackBody]


@dataclass(frozen=True)
class ClipBody:
    """What is handed over: times ISO 8601 with a time zone; `certificate`: of the recipient, X.509 in PEM, RSA."""

    gate: str
    camera: str
    begin: AwareDatetime
    end: AwareDatetime
    recipient: Recipient
    reason: DisclosureReason
    certificate: str = field(repr=False)


def live_pictures_router(looking: Looking, site: Site, access: Access) -> APIRouter:
    """Return the routes of live pictures."""
    router = APIRouter(prefix="/api", tags=["video"])
    may_look = access.to(Deed.SEE_LIVE)
    names = {gate.id: gate.name or gate.id for gate in site.gate}
    keep_s = site.retention.keep_s(Kind.VIDEO)

    @router.get("/cameras")
    async def cameras(_: Annotated[Acting, Depends(may_look)]) -> list[CameraBody]:
        """List all cameras of the site."""
        return [
            CameraBody(
                of.gate, names[of.gate], of.camera, config.name or of.camera, looking.gates.serves(of.gate), keep_s
            )
            for of, config in looking.cameras.items()
        ]

    @router.get("/gates/{gate}/cameras/{camera:path}/picture", response_class=Response, responses=_PICTURE)
    async def picture(gate: EdgeId, camera: CameraId, acting: Annotated[Acting, Depends(may_look)]) -> Response:
        """Give what a camera sees now; nothing of it is kept. Who looks is on record."""
        jpeg = await looking.live.picture(acting.account, acting.session.id, CameraOf(gate, camera))
        access.again(acting, Deed.SEE_LIVE)
        return Response(jpeg, media_type="image/jpeg")

    return router


def viewings_router(looking: Looking, access: Access) -> APIRouter:
    """Return the routes of recordings: only inside an open operation, each viewing on record."""
    router = APIRouter(prefix="/api/operations/{operation}/viewings", tags=["video"])
    may_view = access.to(Deed.SEE_VIDEO)

    @router.post("", status_code=201)
    async def begin(
        operation: OperationId, body: ViewingBody, acting: Annotated[Acting, Depends(may_view)]
    ) -> OpenViewingBody:
        """Put on record that somebody looks at a recording, from when until when and why; and let him."""
        span_ns = from_datetime(body.begin), from_datetime(body.end)
        cameras = tuple(each.known() for each in body.cameras)
        viewing = looking.viewings.begin(acting.account, operation, cameras, span_ns, body.reason)
        await looking.playback.get_ready(viewing)
        return await _told(looking, viewing)

    @router.get("/{viewing}")
    async def again(
        operation: OperationId, viewing: str, acting: Annotated[Acting, Depends(may_view)]
    ) -> OpenViewingBody:
        """Give a viewing as it stands: there may be more of it by now."""
        return await _told(looking, looking.viewings.of(acting.account, operation, viewing))

    @router.get("/{viewing}/{which}/piece", response_class=Response, responses=_VIDEO)
    async def piece(
        operation: OperationId,
        viewing: str,
        which: Annotated[int, Path(ge=0)],
        acting: Annotated[Acting, Depends(may_view)],
        at_ms: Annotated[int | None, Query(ge=0, le=2**42)] = None,
    ) -> Response:
        """Give the piece that shows a moment of one of the viewing's cameras, with masks painted."""
        seen = looking.viewings.of(acting.account, operation, viewing)
        if which >= len(seen.cameras):
            raise VideoError("no-camera", "this viewing has no such camera")
        at_ns = seen.from_ns if at_ms is None else max(at_ms * _NS_PER_MS, seen.from_ns)
        found = await looking.playback.piece(seen, seen.cameras[which], at_ns)
        access.again(acting, Deed.SEE_VIDEO)
        looking.viewings.of(acting.account, operation, viewing)
        if isinstance(found, Pause):
            goes_on = {} if found.until_ns is None else {_UNTIL: str(_up(found.until_ns))}
            return Response(status_code=204, headers=goes_on)
        headers = {_FROM: str(found.from_ns // _NS_PER_MS), _UNTIL: str(_up(found.until_ns))}
        return Response(found.video, media_type=f'video/mp4; codecs="{found.codec}"', headers=headers)

    return router


def clips_router(looking: Looking, access: Access) -> APIRouter:
    """Return the route of clips."""
    router = APIRouter(prefix="/api/operations/{operation}/clips", tags=["video"])

    @router.post("", response_class=Response, responses=_ENVELOPE)
    async def hand_over(
        operation: OperationId, body: ClipBody, acting: Annotated[Acting, Depends(access.to(Deed.HAND_OVER_CLIP))]
    ) -> Response:
        """Hand a clip over, encrypted to its recipient. It leaves; only the receipt stays."""
        asked = AskedClip(
            WhichBody(body.gate, body.camera).known(),
            from_datetime(body.begin),
            from_datetime(body.end),
            body.recipient,
            body.reason,
            body.certificate,
        )
        clip = await looking.clips.hand_over(acting.account, operation, asked)
        access.again(acting, Deed.HAND_OVER_CLIP)
        headers = {"content-disposition": f'attachment; filename="{clip.name}"'}
        return Response(clip.data, media_type="application/pkcs7-mime; smime-type=enveloped-data", headers=headers)

    return router


async def _told(looking: Looking, viewing: Viewing) -> OpenViewingBody:
    tracks = []
    for of in viewing.cameras:
        recorded: list[SpanBody] = []
        gaps: list[SpanBody] = []
        away = ""
        try:
            found = await looking.playback.recordings(of, viewing.from_ns, viewing.until_ns)
        except VideoError as error:
            away = error.code
        else:
            recorded = [_span(each.first_ns, each.last_ns, viewing) for each in found.segments]
            gaps = [_span(each.from_ns, each.until_ns, viewing, each.why) for each in found.gaps]
        config = looking.cameras[of]
        tracks.append(TrackBody(of.gate, of.camera, config.name or of.camera, recorded, gaps, away))
    return OpenViewingBody(
        viewing.id,
        viewing.from_ns // _NS_PER_MS,
        viewing.until_ns // _NS_PER_MS,
        (viewing.from_ns - MARGIN_NS) // _NS_PER_MS,
        tracks,
    )


def _span(from_ns: int, until_ns: int, viewing: Viewing, why: str = "") -> SpanBody:
    """Return a span as far as it lies in the viewing; one that lasts has no end yet."""
    until_ns = min(until_ns or viewing.until_ns, viewing.until_ns)
    return SpanBody(max(from_ns, viewing.from_ns) // _NS_PER_MS, until_ns // _NS_PER_MS, why)


def _up(at_ns: int) -> int:
    """Return a moment in ms, not before it: what begins then must not be asked for a moment too early."""
    return -(-at_ns // _NS_PER_MS)
