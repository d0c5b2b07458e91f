"""A running broker of either kind, with certificates for everybody who is let in and for those who are not."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiomqtt
import pytest

from contract.client_id import client_id
from contract.ids import ControllerId, EdgeId, SiteId
from controller.broker.binary import BrokerKind, find_broker
from controller.broker.process import BrokerProcess
from controller.broker.rules import Rights, site_rights
from controller.broker.settings import BrokerSettings
from controller.pki.folder import Authority, CertificateFiles

SITE = SiteId("demo")
EDGES = (EdgeId("a"), EdgeId("b"))
CONTROLLERS = (ControllerId("x"), ControllerId("y"))
IDENTITIES = ("edge-a", "edge-b", "controller-x", "controller-y")
WITNESS = ControllerId("witness")
STRANGER = EdgeId("stranger")
"""Has a certificate of the site's authority, and no rights."""
LIMIT_S = 60.0
POLL_S = 0.02
EVERYTHING = ("#", "$SYS/#", "$MQTT/#", "$JS/#", "$share/#", "$events/#")


def admitted() -> tuple[Rights, ...]:
    """The rights of the site, and those of a witness who may hear everything and say nothing of weight."""
    witness = Rights("controller-witness", publish=("witness",), subscribe=EVERYTHING)
    return (*site_rights(SITE, {edge: f"edge-{edge}" for edge in EDGES}, CONTROLLERS), witness)


@dataclass
class Wire:
    """A broker and the certificates of everybody."""

    broker: BrokerProcess
    kind: BrokerKind
    settings: BrokerSettings
    files: dict[str, CertificateFiles]
    _contexts: dict[str | None, ssl.SSLContext] = field(default_factory=dict)

    def context(self, identity: str | None) -> ssl.SSLContext:
        """A TLS client context; None has no certificate."""
        if identity not in self._contexts:
            self._contexts[identity] = self._new_context(identity)
        return self._contexts[identity]

    def _new_context(self, identity: str | None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.settings.files.authority)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        if identity is not None:
            context.load_cert_chain(self.files[identity].certificate, self.files[identity].key)
        return context

    def client_id(self, identity: str) -> str:
        """The client id that goes with an identity and that no other one can guess."""
        return client_id(identity, self.files[identity].key.read_bytes())

    def client(self, identity: str, *, identifier: str | None = None, clean: bool = True) -> aiomqtt.Client:
        """An MQTT 3.1.1 client with the certificate of `identity`, by default with the id that goes with it."""
        return aiomqtt.Client(
            "127.0.0.1",
            self.broker.port,
            identifier=identifier or self.client_id(identity),
            tls_context=self.context(identity),
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=clean,
            timeout=LIMIT_S,
        )


@pytest.fixture(params=list(BrokerKind))
def kind(request: pytest.FixtureRequest) -> BrokerKind:
    found = BrokerKind(request.param)
    find_broker(found)  # not there: the test fails and says what to install
    return found


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CertificateFiles]:
    """Those of everybody: no test changes one."""
    folder = tmp_path_factory.mktemp("certificates")
    now = datetime.now(UTC)
    authority = Authority(folder / "authority", SITE, CONTROLLERS[0], now)
    foreign = Authority(folder / "foreign", SITE, CONTROLLERS[0], now)
    files = {
        name: authority.edge_files(folder / name, name, now) for name in (f"edge-{edge}" for edge in (*EDGES, STRANGER))
    }
    files |= {
        f"controller-{controller}": authority.controller_files(folder / controller, controller, (), now)
        for controller in (*CONTROLLERS, WITNESS)
    }
    files["foreign"] = foreign.edge_files(folder / "foreign-a", f"edge-{EDGES[0]}", now)
    files["expired"] = authority.edge_files(folder / "expired-a", f"edge-{EDGES[0]}", now - timedelta(days=3700))
    files["broker"] = authority.broker_files(folder / "broker-certificate", (), now)
    return files


@pytest.fixture
async def wire(tmp_path: Path, kind: BrokerKind, certificates: dict[str, CertificateFiles]) -> AsyncIterator[Wire]:
    settings = BrokerSettings(
        site=SITE,
        host="127.0.0.1",
        port=0,
        folder=tmp_path / "broker",
        files=certificates["broker"],
        rights=admitted(),
    )
    async with BrokerProcess(find_broker(kind), settings) as broker:
        yield Wire(broker, kind, settings, certificates)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, with a generous limit."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            if condition():
                return
            await asyncio.sleep(POLL_S)


async def payloads_until(client: aiomqtt.Client, last: bytes) -> list[tuple[str, bytes]]:
    """Everything that `client` is handed before the payload `last`, as (topic, payload)."""
    heard: list[tuple[str, bytes]] = []
    async with asyncio.timeout(LIMIT_S):
        async for message in client.messages:
            payload = message.payload
            assert isinstance(payload, bytes)
            if payload == last:
                return heard
            heard.append((message.topic.value, payload))
    raise AssertionError


def topics_of(identity: str) -> Sequence[str]:
    """Every topic that an identity may publish, written by hand from the scheme of topics."""
    role, name = identity.split("-")
    if role == "edge":
        return [f"sacs/v1/demo/edge/{name}/{leaf}" for leaf in ("events", "snapshots", "health")]
    own = f"sacs/v1/demo/controller/{name}"
    return [
        f"{own}/time",
        f"{own}/keys",
        *(f"{own}/edge/{edge}/{leaf}" for edge in "ab" for leaf in ("have", "policy")),
    ]


def hears(identity: str, topic: str) -> bool:
    """Whether an identity may hear a topic, written by hand from the scheme of topics."""
    role, name = identity.split("-")
    if role == "controller":
        return "/controller/" not in topic
    return topic.endswith(("/time", "/keys", f"/edge/{name}/have", f"/edge/{name}/policy"))


def filters_of(identity: str) -> Sequence[str]:
    """Every subscription that an identity may make, written by hand from the scheme of topics."""
    role, name = identity.split("-")
    if role == "controller":
        return [f"sacs/v1/demo/edge/+/{leaf}" for leaf in ("events", "snapshots", "health")]
    down = "sacs/v1/demo/controller/+"
    return [f"{down}/time", f"{down}/keys", f"{down}/edge/{name}/have", f"{down}/edge/{name}/policy"]
