"""HTTPS with certificates on both sides: each gate fetches its own policy, and what its screen may show, here.

Belongs here: these resources, the check of who asks, and the server. Does not belong here: what controllers ask of each
other over the same server (peer/), or the API of persons (api/).
"""

import ssl
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, NamedTuple

import uvicorn
from fastapi import APIRouter, FastAPI, HTTPException, Path, Request, Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from contract.ids import EdgeId
from controller.guest_server import GuestServer
from controller.pki.folder import CertificateFiles
from controller.service.site.policies import Policies
from controller.service.site.screens import Screens

PEER: Final = "sacs.peer"


class Peer(NamedTuple):
    """Who is at the other end, by the certificate that TLS has verified: its name, and whose authority issued it."""

    name: str
    issuer: str


class _PeerProtocol(H11Protocol):
    """Tells the application whose certificate the client has shown."""

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401  uvicorn's own signature
        super().connection_made(transport)
        certificate = transport.get_extra_info("peercert") or {}
        subject, issuer = (dict(pair[0] for pair in certificate.get(each, ())) for each in ("subject", "issuer"))
        peer = Peer(subject.get("commonName", ""), issuer.get("organizationalUnitName", ""))
        self.app_state = {**self.app_state, PEER: peer}


def gate_app(
    gates: Callable[[], Mapping[str, EdgeId]], policies: Policies, screens: Screens, for_peers: APIRouter
) -> FastAPI:
    """Return the application that gates talk to, and other controllers through the resources in `for_peers`.

    `gates` returns the enrolled gates, each by the name on its certificate.
    """
    app = FastAPI(title="SACS gates", openapi_url=None)

    @app.get("/gate/policy/{policy_version}")
    def policy(request: Request, policy_version: int) -> Response:
        sealed = policies.sealed(_gate(request, gates()), policy_version)
        if sealed is None:
            raise HTTPException(404, "not this gate's present policy")
        return Response(sealed, media_type="application/octet-stream")

    @app.get("/gate/faces/{sha256}")
    def faces(request: Request, sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> Response:
        document = screens.faces(_gate(request, gates()), bytes.fromhex(sha256))
        if document is None:
            raise HTTPException(404, "not the present faces")
        return Response(document, media_type="application/octet-stream")

    app.include_router(for_peers)
    return app


def _gate(request: Request, gates: Mapping[str, EdgeId]) -> EdgeId:
    """Return which gate asks. Raises HTTPException for anybody else."""
    edge = gates.get(request.scope["state"].get(PEER, Peer("", "")).name)
    if edge is None:
        raise HTTPException(403, "this certificate belongs to no enrolled gate")
    return edge


def gate_server(app: FastAPI, files: CertificateFiles) -> GuestServer:
    """Return the server for `gate_app`.

    Nobody without a certificate of the site's authority gets as far as a request.
    """
    return GuestServer(
        uvicorn.Config(
            app,
            http=_PeerProtocol,
            ssl_certfile=files.certificate,
            ssl_keyfile=files.key,
            ssl_ca_certs=str(files.authority),
            ssl_cert_reqs=ssl.CERT_REQUIRED,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )
