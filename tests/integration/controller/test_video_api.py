"""Looking at recordings through the API: what is shown is what was filmed, masked, on record, and gone on time."""

import asyncio
import contextlib
import http.client
import io
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import numpy as np
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import update
from sqlmodel import Session, select

from contract.clock import to_datetime
from contract.enrolment import decode_enrolment
from contract.ids import AccountId, CameraId, OperationId
from contract.periods import VIDEO_LIMIT_S, Kind
from contract.segments import read_header
from controller.api.app import api_app
from controller.api.board import Board
from controller.broker.binary import BrokerKind
from controller.composition.assembly import Assembly
from controller.domain.operation import Plan, Reason
from controller.domain.rights.roles import Role
from controller.store.reference import ReplacedGateKeyRow
from edge.video.serving import MOST_CONNECTIONS, MOST_HANDSHAKES, REFUSED
from tests.integration.controller.conftest import NORTH, NS, Premises, at_ns
from tests.integration.controller.crawl import as_json, ask
from tests.integration.controller.filmed_gate import DOOR, PICTURE, STREET, FilmedGate
from tests.integration.controller.officers import Headers, fit_account, signed_in
from tests.unit.controller.disclosing.night import certificate, rsa_key
from tests.unit.controller.video.film import FRAMES_A_S, SIDE, decoded, film, number_of

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("video-api")]
FILMED_S = (100.0, 104.0, 130.0)
"""When each of the segments begins, seconds after the start; of four seconds each: the second follows the first."""
NOW_S = 200.0


@dataclass
class Stage:
    """A controller, a filmed gate, a commander and an open emergency."""

    premises: Premises
    controller: Assembly
    gate: FilmedGate
    app: Any
    commander: AccountId
    headers: Headers
    operation: OperationId

    async def post(self, path: str, body: object, headers: Headers | None = None) -> tuple[int, Any]:
        status, answer = await ask(
            self.app, "POST", f"/api/operations/{self.operation}/{path}", headers or self.headers, as_json(body)
        )
        return status, msgspec.json.decode(answer)

    async def begin(
        self, camera: CameraId, from_s: float = 99, until_s: float = 140, headers: Headers | None = None
    ) -> tuple[int, Any]:
        return await self.post(
            "viewings",
            {
                "cameras": [{"gate": "north", "camera": camera}],
                "begin": to_datetime(at_ns(from_s)).isoformat(),
                "end": to_datetime(at_ns(until_s)).isoformat(),
                "reason": "missing",
            },
            headers,
        )

    async def piece(self, viewing: str, at_s: float, headers: Headers | None = None) -> tuple[int, bytes]:
        path = f"/api/operations/{self.operation}/viewings/{viewing}/0/piece"
        query = urlencode({"at_ms": at_ns(at_s) // 10**6})
        return await ask(self.app, "GET", path, headers or self.headers, query=query.encode())

    async def numbers(self, viewing: dict[str, Any], at_s: float) -> list[tuple[float, int]]:
        """Seconds after the start and number of each picture of a piece."""
        status, video = await self.piece(viewing["id"], at_s)
        assert status == 200, video
        zero_s = viewing["zero_ms"] / 1000 - at_ns(0) / NS
        return [(round(float(at) + zero_s, 3), number_of(image)) for at, image in decoded(video)]

    def entries(self, kind: str) -> list[dict[str, Any]]:
        return [dict(entry.facts) for entry in self.controller.ledger.entries() if entry.kind == kind]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    premises = Premises(tmp_path_factory.mktemp("filmed"), BrokerKind.NATS)
    async with premises.running() as controller:
        gate = FilmedGate(premises.folder / "video", premises.enrolment(), controller)
        for camera in (DOOR, STREET):
            for number, start_s in enumerate(FILMED_S):
                gate.record(camera, at_ns(start_s), film(4, group=FRAMES_A_S, first=number * 4 * FRAMES_A_S % 24), 4)
        premises.clock.advance_to(at_ns(NOW_S))
        commander = fit_account(controller.office, Role.COMMANDER)
        operation = controller.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, commander)
        app = api_app(Board(lambda: controller.truth.live(broker_connected=True)), controller)
        with gate.served():
            yield Stage(
                premises, controller, gate, app, commander, signed_in(controller.office, commander), operation.id
            )


async def test_every_picture_is_shown_at_its_time_and_segments_follow_each_other(stage: Stage) -> None:
    status, viewing = await stage.begin(DOOR)
    assert status == 201
    shown: dict[float, int] = {}
    for at_s in (100.0, 104.0, 130.0):
        shown |= dict(await stage.numbers(viewing, at_s))
    expected = {
        round(start_s + n / FRAMES_A_S, 3): (segment * 4 * FRAMES_A_S % 24 + n) % 24
        for segment, start_s in enumerate(FILMED_S)
        for n in range(4 * FRAMES_A_S)
    }
    assert shown == expected


async def test_whoever_goes_into_the_middle_gets_it_from_the_whole_picture_before(stage: Stage) -> None:
    _, viewing = await stage.begin(DOOR)
    assert (await stage.numbers(viewing, 102.5))[0] == (102.0, 10)
    assert (await stage.numbers(viewing, 107.9))[0][0] == 107.0


async def test_a_pause_of_the_recording_says_when_it_goes_on(stage: Stage) -> None:
    _, viewing = await stage.begin(DOOR)
    status, video = await stage.piece(viewing["id"], 110)
    assert (status, video) == (204, b"")
    (track,) = viewing["tracks"]
    assert [round(each["from_ms"] / 1000 - at_ns(0) / NS, 1) for each in track["recorded"]] == list(FILMED_S)


async def test_each_viewing_is_on_record_before_it_shows_anything(stage: Stage) -> None:
    before = len(stage.entries("video-viewed"))
    await stage.begin(DOOR, 101, 103)
    *_, entry = stage.entries("video-viewed")
    assert len(stage.entries("video-viewed")) == before + 1
    assert entry == {
        "operation": stage.operation,
        "gate": "north",
        "camera": "door",
        "from": to_datetime(at_ns(101)).isoformat(),
        "until": to_datetime(at_ns(103)).isoformat(),
        "reason": "missing",
        "by": stage.commander,
    }


async def test_a_viewing_is_of_its_officer_its_span_and_its_cameras(stage: Stage) -> None:
    _, viewing = await stage.begin(DOOR, 101, 103)
    other = signed_in(stage.controller.office, fit_account(stage.controller.office, Role.OPERATOR))
    assert (await stage.piece(viewing["id"], 102, other))[0] == 404
    for outside_s in (104, 130):
        status, answer = await stage.piece(viewing["id"], outside_s)
        assert (status, msgspec.json.decode(answer)["code"]) == (409, "not-in-viewing")
    assert (await stage.begin(CameraId("nowhere")))[0] == 404


async def test_a_viewing_shows_nothing_past_its_end(stage: Stage) -> None:
    _, viewing = await stage.begin(DOOR, 101, 102.5)
    assert [at for at, _ in await stage.numbers(viewing, 101)] == [101 + n / FRAMES_A_S for n in range(8)]


async def test_what_lies_outside_the_premises_is_black_for_everybody(stage: Stage) -> None:
    _, masked = await stage.begin(STREET)
    _, bare = await stage.begin(DOOR)
    status, video = await stage.piece(masked["id"], 100)
    assert status == 200
    frames = decoded(video)
    assert frames
    for _, image in frames:
        assert image[:, : SIDE // 4 - 2].max() < 24
    assert [number for _, number in await stage.numbers(masked, 100)] == [
        number for _, number in (await stage.numbers(bare, 100))[: len(frames)]
    ]
    _, plain = await stage.piece(bare["id"], 100)
    assert np.mean([image[:, : SIDE // 4 - 2] for _, image in decoded(plain)]) > 200


def decrypted(sealed: Path, key: Path) -> bytes:
    """What a recipient's own tool makes of a file."""
    command = ["openssl", "cms", "-decrypt", "-binary", "-inform", "DER", "-in", str(sealed), "-inkey", str(key)]
    return subprocess.run(command, capture_output=True, check=True).stdout


async def test_a_clip_is_for_its_recipient_alone_and_only_the_receipt_stays(stage: Stage, tmp_path: Path) -> None:
    key = rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(key)
    meddled = stage.gate.record(STREET, at_ns(122), film(1), 1)
    sealed_before = bytearray(meddled.read_bytes())
    sealed_before[18] ^= 1
    meddled.write_bytes(sealed_before)
    stage.gate.cut_off(STREET, at_ns(112))
    body = {
        "gate": "north",
        "camera": "street",
        "begin": to_datetime(at_ns(101)).isoformat(),
        "end": to_datetime(at_ns(132)).isoformat(),
        "recipient": "police",
        "reason": "rescue",
        "certificate": certificate(rsa_key(), -10 * 86400 * 365, 10 * 86400 * 365),
    }
    path = f"/api/operations/{stage.operation}/clips"
    status, sealed = await ask(stage.app, "POST", path, stage.headers, as_json(body))
    assert status == 200, sealed
    (tmp_path / "clip.p7m").write_bytes(sealed)
    clip = await asyncio.to_thread(decrypted, tmp_path / "clip.p7m", tmp_path / "key.pem")
    frames = decoded(clip)
    assert all(image[:, : SIDE // 4 - 2].max() < 24 for _, image in frames), "masks hold for clips"
    assert len(frames) == len({at for at, _ in frames}) >= 8 * FRAMES_A_S - FRAMES_A_S + 2 * FRAMES_A_S
    assert float(frames[-1][0]) > 29, "a gap is as long as it was"
    *_, entry = stage.entries("clip-handed-over")
    assert entry["recipient"] == "police"
    shown = [
        (datetime.fromisoformat(entry[each]) - to_datetime(at_ns(0))).total_seconds() for each in ("from", "until")
    ]
    assert shown == pytest.approx([101, 132], abs=0.001), "its true beginning and end"
    lacks = ((112, "cut-off"), (122, "altered"))
    assert entry["lacks"] == ", ".join(f"{to_datetime(at_ns(at_s)).isoformat()} {why}" for at_s, why in lacks)
    assert b"ftyp" not in sealed
    stored = [path for path in stage.premises.folder.rglob("*") if path.is_file() and path.stat().st_size]
    assert not [path for path in stored if sealed[100:164] in path.read_bytes()]


async def test_a_live_picture_needs_no_operation_and_who_looks_is_on_record_once(stage: Stage) -> None:
    before = len(stage.entries("live-viewed"))
    for _ in range(3):
        status, jpeg = await ask(stage.app, "GET", "/api/gates/north/cameras/door/picture", stage.headers)
        assert (status, jpeg) == (200, PICTURE)
    assert len(stage.entries("live-viewed")) == before + 1


def asked_for(connection: http.client.HTTPSConnection) -> int:
    """The status of an answer to a question for recordings."""
    connection.request("GET", "/video/door")
    return connection.getresponse().status


async def test_nobody_but_a_listed_controller_gets_anything_of_a_gate(stage: Stage) -> None:
    """Another gate has a certificate of the same authority, and is no controller."""
    host, _, port = stage.gate.address.partition(":")
    tls = stage.premises.tls()
    tls.check_hostname = False
    connection = http.client.HTTPSConnection(host, int(port), context=tls, timeout=20)
    before = stage.gate.counted[REFUSED]
    assert asked_for(connection) == 403
    assert stage.gate.counted[REFUSED] == before + 1
    connection.close()
    naked = stage.premises.tls(None)
    naked.check_hostname = False
    connection = http.client.HTTPSConnection(host, int(port), context=naked, timeout=20)
    with pytest.raises((ssl.SSLError, OSError, http.client.HTTPException)):
        asked_for(connection)
    connection.close()


async def test_who_only_connects_and_says_nothing_takes_no_controllers_place(stage: Stage) -> None:
    host, _, port = stage.gate.address.partition(":")
    tls = stage.premises.tls()
    tls.check_hostname = False
    with contextlib.ExitStack() as silent:
        for _ in range(MOST_CONNECTIONS + MOST_HANDSHAKES):
            silent.enter_context(socket.create_connection((host, int(port)), timeout=20))
        connection = http.client.HTTPSConnection(host, int(port), context=tls, timeout=20)
        assert await asyncio.to_thread(asked_for, connection) == 403
        connection.close()


@pytest.mark.parametrize("place", ["in what the gate parses", "in its signature", "in the first record"])
async def test_a_recording_that_is_not_the_gates_own_is_refused(stage: Stage, place: str) -> None:
    """The disk of a gate was meddled with."""
    start_s = {"in what the gate parses": 160, "in its signature": 170, "in the first record": 180}[place]
    file = stage.gate.record(DOOR, at_ns(start_s), film(1), 1)
    sealed = bytearray(file.read_bytes())
    header = len(read_header(io.BytesIO(sealed)).encoded)
    sealed[{"in what the gate parses": 18, "in its signature": header - 9}.get(place, header + 40)] ^= 1
    file.write_bytes(sealed)
    _, viewing = await stage.begin(DOOR, start_s - 1, start_s + 10)
    status, answer = await stage.piece(viewing["id"], start_s)
    assert (status, msgspec.json.decode(answer)["code"]) == (409, "altered")


async def test_z_a_gate_that_is_away_is_said_so_and_nothing_is_shown_after_the_operation(stage: Stage) -> None:
    _, viewing = await stage.begin(DOOR)
    assert (await stage.piece(viewing["id"], 100))[0] == 200
    stage.premises.clock.advance_to(at_ns(NOW_S + 60))
    status, answer = await stage.piece(viewing["id"], 100)
    assert (status, msgspec.json.decode(answer)["code"]) == (409, "gate-away")
    status, again = await stage.begin(DOOR)
    assert (status, again["tracks"][0]["away"]) == (201, "gate-away")
    stage.gate.is_heard()
    period = next(each for each in stage.controller.truth.vault.periods() if each.kind is Kind.VIDEO)
    stage.controller.truth.vault.destroy([period])
    status, answer = await stage.piece(viewing["id"], 100)
    assert (status, msgspec.json.decode(answer)["code"]) == (409, "recording-gone")
    stage.controller.centre.operations.close(stage.operation, stage.commander)
    assert (await stage.piece(viewing["id"], 100))[0] == 403
    assert (await stage.begin(DOOR))[0] == 403


async def test_zz_what_a_gate_signed_before_it_was_enrolled_again_counts_until_its_limit(
    stage: Stage,
) -> None:
    controller, enrolments = stage.controller, stage.controller.membership.enrolments
    again = decode_enrolment(enrolments.enrol(NORTH).read_bytes())
    await controller.membership.gates_changed()
    operation = controller.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, stage.commander)
    stage.operation = operation.id
    with FilmedGate(stage.gate.folder, again, controller).served():
        _, viewing = await stage.begin(DOOR)
        # Certificates are of the machine's time, and films of the test's. The day's key was destroyed above.
        for until_s, code in ((NOW_S, "recording-gone"), (NOW_S - VIDEO_LIMIT_S, "altered")):
            with Session(enrolments.engine) as session:
                session.exec(update(ReplacedGateKeyRow).values(until_s=at_ns(until_s) // NS))
                session.commit()
            await controller.forget_replaced_keys()
            status, answer = await stage.piece(viewing["id"], 104)
            assert (status, msgspec.json.decode(answer)["code"]) == (409, code)
    with Session(enrolments.engine) as session:
        assert session.exec(select(ReplacedGateKeyRow)).all() == []
