"""The video process beside a gate: pictures by way of the gate, up again when killed, for listed controllers alone."""

import asyncio
import contextlib
import http.client
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from contract.ids import CameraId, ControllerId
from contract.recordings import Recordings
from contract.site import VideoAddress
from edge.controllers import Controllers
from edge.video.beside import FAILED, WIDTH_PIXELS, Video
from edge.video.serving import REFUSED
from tests.integration.edge.conftest import Premises, until
from tests.unit.edge.parts import PlayedController, listed

CAMERA, LOST = CameraId("north/1"), CameraId("north/2")
JPEG = b"\xff\xd8 what is seen now \xff\xd9"


@asynccontextmanager
async def beside(premises: Premises, controllers: Controllers) -> AsyncIterator[Video]:
    """A gate's video process, with a camera that sees something and one that is lost."""

    async def picture(camera: CameraId, width_pixels: int) -> bytes | None:
        return JPEG if (camera, width_pixels) == (CAMERA, WIDTH_PIXELS) else None

    folder = premises.folder / "video"
    video = Video(VideoAddress("127.0.0.1"), folder, [CAMERA, LOST], premises.enrolment, controllers, picture)
    running = asyncio.create_task(video.run())
    try:
        await until(lambda: bool(video.address()))
        yield video
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def ask(premises: Premises, video: Video, path: str) -> tuple[int, bytes]:
    """What a controller is answered."""

    def answer() -> tuple[int, bytes]:
        host, _, port = video.address().rpartition(":")
        tls = premises.tls()
        tls.check_hostname = False
        connection = http.client.HTTPSConnection(host, int(port), context=tls, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", path)
            found = connection.getresponse()
            return found.status, found.read()

    return await asyncio.to_thread(answer)


async def test_controllers_get_pictures_and_lists_and_others_nothing(premises: Premises, tmp_path: Path) -> None:
    controllers = Controllers(premises.enrolment, tmp_path / "state")
    async with beside(premises, controllers) as video:
        assert await ask(premises, video, "/video/north%2F1/picture") == (200, JPEG)
        assert (await ask(premises, video, "/video/north%2F2/picture"))[0] == 404
        status, body = await ask(premises, video, "/video/north%2F1?from_ns=0")
        assert (status, msgspec.msgpack.decode(body, type=Recordings)) == (200, Recordings([], []))
        for nothing in (
            "/video/south",
            "/video/north%2F1/7",
            "/video/..%2F..%2Fetc/1",
            "/",
            "/video/north%2F1/x/records",
        ):
            assert (await ask(premises, video, nothing))[0] == 404, nothing
        assert not (premises.folder / "video").exists(), "it writes nothing"

        pid = video.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await until(lambda: video.pid not in {None, pid} and bool(video.address()))
        assert video.counters[FAILED] == 1
        assert await ask(premises, video, "/video/north%2F1/picture") == (200, JPEG)

        # Another list, by the same root and authority, that does not name this controller any more.
        other = PlayedController(ControllerId("other"))
        other.authority_pem = premises.controller.authority_pem
        await controllers.take(listed([other.card(1, 2)], number=2))

        async def is_refused() -> bool:
            return (await ask(premises, video, "/video/north%2F1/picture"))[0] == 403

        async with asyncio.timeout(60):
            while True:
                if await is_refused():
                    break
        await until(lambda: video.counters[REFUSED] > 0)
