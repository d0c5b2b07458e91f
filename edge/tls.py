"""The gate's side of mutual TLS, from its enrolment: towards controllers, and where controllers come to it.

Belongs here: those contexts. Does not belong here: who may connect (the broker's rules, the list of controllers), or
how certificates are made.
"""

import os
import ssl

from contract.enrolment import Enrolment


def client_context(enrolment: Enrolment, authorities_pem: str) -> ssl.SSLContext:
    """Return a context that shows the gate's certificate and trusts these authorities alone; TLS 1.3.

    Raises ssl.SSLError if certificate and key do not belong together, or an authority is none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _furnish(context, enrolment.tls_certificate_pem, enrolment.tls_key_pem, authorities_pem)
    return context


def server_context(certificate_pem: str, key_pem: str, authorities_pem: str) -> ssl.SSLContext:
    """Return a context that lets nobody in without a certificate of one of these authorities; TLS 1.3.

    Raises ssl.SSLError as `client_context`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    _furnish(context, certificate_pem, key_pem, authorities_pem)
    return context


def _furnish(context: ssl.SSLContext, certificate_pem: str, key_pem: str, authorities_pem: str) -> None:
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=authorities_pem)
    # OpenSSL takes the key from a file only: one in memory, so that it is written to no second place.
    descriptor = os.memfd_create("tls")
    try:
        with os.fdopen(os.dup(descriptor), "w") as file:
            file.write(f"{certificate_pem}\n{key_pem}\n")
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
