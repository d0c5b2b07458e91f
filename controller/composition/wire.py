"""The wire of one controller: its broker, and its HTTPS for gates and other controllers, both for whom the root lists.

Belongs here: certificates, listeners, and what a new list of controllers changes about them. Does not belong here: what
travels (link.py, gate_api.py, peer/), or what the list is (pki/).
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI

from contract.ids import ControllerId, EdgeId, SiteId
from controller.broker.binary import find_broker
from controller.broker.process import BrokerProcess
from controller.broker.rules import site_rights
from controller.broker.settings import BrokerSettings
from controller.files import PUBLIC, write_atomically
from controller.gate_api import gate_server
from controller.guest_server import GuestServer
from controller.identity import Identity
from controller.pki.certificates import enrolled_identity
from controller.pki.folder import Authority
from controller.pki.listed import Listed
from controller.pki.request import own_card
from controller.ports import family_of, ports_of


class Wire:
    """Who this controller is on the wire, and whom it lets in.

    `authority` issues certificates, `listed` says who the controllers are, `files` are this controller's own.
    """

    def __init__(
        self,
        state: Path,
        site: SiteId,
        controller: ControllerId,
        host: str,
        identity: Identity,
        broker: str | None,
        now: datetime,
    ) -> None:
        """Read or make what lies in `state`. `host`: the address at which gates reach this machine.

        Raises controller.pki.listed.NotEnrolledError, and what the parts raise: their messages say what to do.
        """
        self.authority = Authority(state / "authority", site, controller, now)
        self.ports = ports_of(state, host)
        own = own_card(identity, self.authority, controller, host, self.ports)
        self.listed = Listed(state, site, own)
        self._host = host
        self._trusted = (state / "trusted.pem").absolute()
        self._trust()
        issued = self.authority.controller_files((state / "controller-tls").absolute(), controller, [host], now)
        self.files = replace(issued, authority=self._trusted)
        settings = BrokerSettings(
            site,
            host,
            self.ports.broker,
            (state / "broker").absolute(),
            replace(
                self.authority.broker_files((state / "broker-tls").absolute(), [host], now), authority=self._trusted
            ),
            site_rights(site, {}, [controller]),
        )
        self.broker = BrokerProcess(find_broker(broker), settings)
        self._site = site
        self._gates: Mapping[str, EdgeId] = {}
        self._server: GuestServer | None = None
        self._is_ending = False

    def gates(self) -> Mapping[str, EdgeId]:
        """Return the gates that are let in, each by the name on its certificate."""
        return self._gates

    async def admit(self, verify_keys: Mapping[str, Ed25519PublicKey]) -> None:
        """Let exactly these gates in, each by the key of its present enrolment. Raises BadIdError, OSError."""
        names = {EdgeId(e): enrolled_identity(EdgeId(e), key.public_bytes_raw()) for e, key in verify_keys.items()}
        gates = {name: edge for edge, name in names.items()}
        if gates != self._gates:
            self._gates = gates
            await self.broker.admit(site_rights(self._site, names, [self.listed.controller]))

    @asynccontextmanager
    async def serving(self, app: FastAPI) -> AsyncIterator[None]:
        """Run the broker and serve `app` to gates and other controllers, for as long as the context lasts."""
        with socket.create_server((self._host, self.ports.policy), family=family_of(self._host)) as listener:
            async with self.broker:
                serving = asyncio.create_task(self._serve(app, listener), name="gate-server")
                try:
                    yield
                finally:
                    self._is_ending = True
                    if self._server is not None:
                        self._server.should_exit = True
                    await serving

    async def controllers_changed(self) -> None:
        """Let in whom the list in force names, and nobody else. What is cut off by it connects again by itself."""
        if not self._trust():
            return
        if self._server is not None:
            self._server.should_exit = True  # and is served again, by what is trusted now
        await self.broker.start_again()

    async def _serve(self, app: FastAPI, listener: socket.socket) -> None:
        while not self._is_ending:
            self._server = gate_server(app, self.files)
            await self._server.serve([listener.dup()])  # a server closes what it is given

    def _trust(self) -> bool:
        """Write down whose certificates are believed; return whether that has changed."""
        trusted = self.listed.now.authorities_pem().encode()
        if self._trusted.exists() and self._trusted.read_bytes() == trusted:
            return False
        write_atomically(self._trusted, trusted, PUBLIC)
        return True
