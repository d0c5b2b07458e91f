"""The policy over real HTTPS with mutual TLS: fetched when its manifest comes, whole or not at all."""

import asyncio
import hashlib
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from contract.messages import VERSION, PolicyManifest
from contract.topics import POLICY
from tests.integration.edge.conftest import Playing, Premises, until
from tests.unit.edge.parts import EDGE, MAIN


class Counter(BaseHTTPRequestHandler):
    """Hands out policies by version; `visitors` are the names in the certificates of those who asked."""

    policies: ClassVar[dict[str, bytes]] = {}
    visitors: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        assert isinstance(self.connection, ssl.SSLSocket)
        subject = dict(pair[0] for pair in (self.connection.getpeercert() or {}).get("subject", ()))  # type: ignore[misc]
        self.visitors.append(str(subject["commonName"]))
        body = self.policies.get(self.path.removeprefix("/gate/policy/"))
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def counter(premises: Premises) -> Iterator[type[Counter]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(premises.controller_files.certificate, premises.controller_files.key)
    context.load_verify_locations(premises.controller_files.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    Counter.policies, Counter.visitors = {}, []
    server = ThreadingHTTPServer(("127.0.0.1", premises.policy_port), Counter)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Counter
    server.shutdown()
    server.server_close()
    thread.join()


def manifest(version: int, sealed: bytes) -> PolicyManifest:
    return PolicyManifest(VERSION, MAIN, EDGE, version, hashlib.sha256(sealed).digest(), len(sealed))


async def test_a_policy_is_fetched_and_kept_over_a_restart(
    premises: Premises, play: Playing, counter: type[Counter]
) -> None:
    sealed = premises.controller.policy(premises.enrolment, 7)
    counter.policies["7"] = sealed
    async with premises.broker(), play() as desk, premises.gate() as gate:
        await desk.send(POLICY, manifest(7, sealed), retain=True)
        await until(lambda: gate.policy.version == 7)
        assert counter.visitors == [f"edge-{EDGE}"]
        await until(lambda: bool(desk.health) and desk.health[-1].policy_version == 7)
    async with premises.gate() as gate:
        assert gate.policy.version == 7


async def test_what_differs_from_its_manifest_is_not_taken_and_tried_again(
    premises: Premises, play: Playing, counter: type[Counter]
) -> None:
    sealed = premises.controller.policy(premises.enrolment, 7)
    counter.policies["7"] = sealed[:-1] + bytes((sealed[-1] ^ 1,))
    async with premises.broker(), play() as desk, premises.gate() as gate:
        await until(lambda: gate.uplink.is_connected)
        await desk.send(POLICY, manifest(7, sealed))
        await until(lambda: gate.policy.counters["policy-failed"] >= 1)
        assert gate.policy.version == 0
        counter.policies["7"] = sealed + b"more"
        await until(lambda: gate.policy.counters["policy-failed"] >= 2)
        assert gate.policy.version == 0
        counter.policies["7"] = sealed
        await until(lambda: gate.policy.version == 7)


async def test_an_older_manifest_that_is_repeated_fetches_nothing(
    premises: Premises, play: Playing, counter: type[Counter]
) -> None:
    old, new = (premises.controller.policy(premises.enrolment, version) for version in (6, 7))
    counter.policies |= {"6": old, "7": new}
    async with premises.broker(), play() as desk, premises.gate() as gate:
        await until(lambda: gate.uplink.is_connected)
        await desk.send(POLICY, manifest(7, new))
        await until(lambda: gate.policy.version == 7)
        await desk.send(POLICY, manifest(6, old))
        await asyncio.sleep(0.5)
        assert gate.policy.version == 7
        assert len(counter.visitors) == 1
