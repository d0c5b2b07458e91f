"""What a gate's controllers say: are they there, how fast, what time is it, are keys published.

Belongs here: one look at each controller over the gate's own certificate. Does not belong here: the link that a gate
at work keeps (edge/uplink.py).
"""

import asyncio
import contextlib
import http.client
import ssl
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import aiomqtt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.client_id import client_id
from contract.clock import NS_PER_S, Clock
from contract.controllers import ControllerCard, fingerprint
from contract.enrolment import Enrolment
from contract.messages import PeriodKeys, SignedTime
from contract.periods import Kind
from contract.signing import SignatureError, verify
from contract.topics import KEYS, TIME, Role
from edge.commissioning.finding import Finding, Subject, failed, passed
from edge.controllers import Controllers

LISTEN_S: Final = 5.0
"""Several signed times come within this; the one that promises most was delayed least."""
CONNECT_LIMIT_S: Final = 10.0
MOST_OFFSET_MS: Final = 100.0
"""Edges are synchronized to 100 ms (figures.md)."""
_MS_PER_S: Final = 1000


@dataclass(slots=True)
class _Heard:
    """What one controller said while we listened."""

    offsets_ms: list[float] = field(default_factory=list)
    ahead_h: float | None = None
    refused: int = 0


async def check_controllers(
    enrolment: Enrolment, state: Path, clock: Clock, say: Callable[[str], None]
) -> AsyncIterator[Finding]:
    """Yield findings about each controller to which the gate with that state seals. `say` gets the progress in words.

    The gate itself must not run: a broker ends the older of two connections of one gate.
    """
    controllers = Controllers(enrolment, state)
    names = ", ".join(card.controller for card in controllers.cards)
    words = f"seals to {names}, by list {controllers.listed.number} of the root with the fingerprint"
    yield passed(
        Subject.KEYS, "controllers", f"{words} {fingerprint(enrolment.root_key)}", list_number=controllers.listed.number
    )
    try:
        tls = {card.controller: controllers.tls_with(card) for card in controllers.cards}
    except ssl.SSLError as error:
        words = f"certificate and key of the gate can not be used: {error.reason or error}"
        yield failed(Subject.NETWORK, enrolment.edge, words, "let the controller enrol this gate again")
        return
    for card in controllers.cards:
        say(f"controller {card.controller}: broker, time, keys")
        async for finding in _check_broker(enrolment, card, tls[card.controller], clock):
            yield finding
        yield await asyncio.to_thread(_check_policy_server, card, tls[card.controller])


async def _check_broker(
    enrolment: Enrolment, card: ControllerCard, tls: ssl.SSLContext, clock: Clock
) -> AsyncIterator[Finding]:
    name, place = str(card.controller), f"{card.broker_host}:{card.broker_port}"
    client = aiomqtt.Client(
        card.broker_host,
        card.broker_port,
        identifier=client_id(f"{Role.EDGE}-{enrolment.edge}", enrolment.tls_key_pem.encode()),
        tls_context=tls,
        protocol=aiomqtt.ProtocolVersion.V311,
        clean_session=True,
        timeout=CONNECT_LIMIT_S,
    )
    began_s = time.monotonic()
    heard = _Heard()
    try:
        async with client:
            connected_ms = (time.monotonic() - began_s) * _MS_PER_S
            for topic in (TIME, KEYS):
                await client.subscribe(topic.of(site=enrolment.site, edge=enrolment.edge), qos=1)
            await _listen(client, card, clock, heard)
    except (aiomqtt.MqttError, OSError) as error:
        remedy = "is the gate stopped? then look at cable, address and port in the enrolment, and the controller"
        yield failed(Subject.NETWORK, name, f"no connection to the broker at {place}: {error}", remedy)
        return
    words = f"broker at {place}, TLS 1.3 with certificates of both sides, connected in {connected_ms:.0f} ms"
    yield passed(Subject.NETWORK, name, words, connected_ms=round(connected_ms, 1))
    yield _clock_finding(name, heard)
    yield _keys_finding(name, heard)


async def _listen(client: aiomqtt.Client, card: ControllerCard, clock: Clock, heard: _Heard) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LISTEN_S):
            async for message in client.messages:
                if isinstance(message.payload, bytes):
                    _hear(message.topic.value, message.payload, card, clock.now_ns(), heard)


def _hear(topic: str, payload: bytes, card: ControllerCard, now_ns: int, heard: _Heard) -> None:
    signers = {str(card.controller): Ed25519PublicKey.from_public_bytes(card.verify_key)}
    try:
        if TIME.match(topic) is not None:
            _, signed = verify(payload, SignedTime, signers)
            heard.offsets_ms.append((now_ns - signed.at_ns) / NS_PER_S * _MS_PER_S)
        else:
            _, keys = verify(payload, PeriodKeys, signers)
            end_s = max((period.end_s for period, _ in keys.keys if period.kind is Kind.MOVEMENT), default=0)
            heard.ahead_h = (end_s - now_ns / NS_PER_S) / 3600
    except SignatureError:
        heard.refused += 1


def _clock_finding(name: str, heard: _Heard) -> Finding:
    if not heard.offsets_ms:
        words = f"no signed time within {LISTEN_S:.0f} s ({heard.refused} messages with a wrong signature)"
        return failed(Subject.CLOCK, name, words, "is this controller's program running, and its key in the enrolment?")
    offset_ms = min(heard.offsets_ms, key=abs)
    words = f"this machine's clock is {offset_ms:+.0f} ms off the controller's"
    if abs(offset_ms) > MOST_OFFSET_MS:
        return failed(Subject.CLOCK, name, words, "set up time synchronization (chrony) on this machine")
    return passed(Subject.CLOCK, name, words, offset_ms=round(offset_ms, 1))


def _keys_finding(name: str, heard: _Heard) -> Finding:
    if heard.ahead_h is None:
        return failed(
            Subject.KEYS, name, "no public keys of coming periods came", "is the controller's program running?"
        )
    if heard.ahead_h <= 0:
        words = f"the last public keys ran out {-heard.ahead_h:.1f} h ago: nothing can be sealed"
        return failed(
            Subject.KEYS, name, words, "is the controller's program running, and is this machine's clock right?"
        )
    words = f"public keys for the next {heard.ahead_h:.1f} h: so long the gate can seal without network"
    return passed(Subject.KEYS, name, words, ahead_h=round(heard.ahead_h, 1))


def _check_policy_server(card: ControllerCard, tls: ssl.SSLContext) -> Finding:
    name, place = f"{card.controller} (policy)", f"{card.policy_host}:{card.policy_port}"
    connection = http.client.HTTPSConnection(card.policy_host, card.policy_port, timeout=CONNECT_LIMIT_S, context=tls)
    began_s = time.monotonic()
    try:
        connection.connect()
    except (OSError, http.client.HTTPException) as error:
        remedy = "look at address and port in the enrolment, and the controller"
        return failed(Subject.NETWORK, name, f"no connection to {place}: {error}", remedy)
    finally:
        connection.close()
    connected_ms = (time.monotonic() - began_s) * _MS_PER_S
    words = f"policy server at {place}, connected in {connected_ms:.0f} ms"
    return passed(Subject.NETWORK, name, words, connected_ms=round(connected_ms, 1))
