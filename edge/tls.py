"""The gate's side of mutual TLS, from its enrolment.

Belongs here: that context. Does not belong here: who may connect (the broker's rules), or how certificates are made.
"""

import os
import ssl

from contract.enrolment import Enrolment


def client_context(enrolment: Enrolment, authorities_pem: str) -> ssl.SSLContext:
    """Return a context that shows the gate's certificate and trusts these authorities alone; TLS 1.3.

    Raises ssl.SSLError if certificate and key do not belong together, or an authority is none.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=authorities_pem)
    # OpenSSL takes the key from a file only: one in memory, so that it is written to no second place.
    descriptor = os.memfd_create("tls")
    try:
        with os.fdopen(os.dup(descriptor), "w") as file:
            file.write(f"{enrolment.tls_certificate_pem}\n{enrolment.tls_key_pem}\n")
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
    return context
