"""HTTPS for gates: each fetches its own policy, and what its screen may show, over mutual TLS.

Belongs here: these resources and the check of who asks. Does not belong here: the API of persons (api/).
"""

import ssl
from typing import Annotated, Any, Final

import uvicorn
from fastapi import FastAPI, HTTPException, Path, Request, Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from controller.guest_server import GuestServer
from controller.pki.certificates import edge_of
from controller.pki.folder import CertificateFiles
from controller.service.policies import Policies
from controller.service.screens import Screens

PEER: Final = "sacs.peer"


class _PeerProtocol(H11Protocol):
    """Tells the application the common name of the client's certificate, which TLS has verified."""

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401  uvicorn's own signature
        super().connection_made(transport)
        certificate = transport.get_extra_info("peercert") or {}
        names = dict(pair[0] for pair in certificate.get("subject", ()))
        self.app_state = {**self.app_state, PEER: names.get("commonName", "")}


def gate_app(policies: Policies, screens: Screens) -> FastAPI:
    """Return the application that gates talk to."""
    app = FastAPI(title="SACS gates", openapi_url=None)

    @app.get("/gate/policy/{policy_version}")
    def policy(request: Request, policy_version: int) -> Response:
        edge = edge_of(request.scope["state"].get(PEER, ""))
        if edge is None:
            raise HTTPException(403, "this certificate belongs to no gate")
        sealed = policies.sealed(edge, policy_version)
        if sealed is None:
            raise HTTPException(404, "not this gate's present policy")
        return Response(sealed, media_type="application/octet-stream")

    @app.get("/gate/faces/{sha256}")
    def faces(request: Request, sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> Response:
        edge = edge_of(request.scope["state"].get(PEER, ""))
        if edge is None:
            raise HTTPException(403, "this certificate belongs to no gate")
        document = screens.faces(edge, bytes.fromhex(sha256))
        if document is None:
            raise HTTPException(404, "not the present faces")
        return Response(document, media_type="application/octet-stream")

    return app


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
