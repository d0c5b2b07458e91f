"""The mail relay: TLS or nothing, and the list arrives as it was encrypted."""

import contextlib
import email
import email.policy
import ipaddress
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from controller.domain.disclosure import Recipient
from controller.domain.standing_order import Addressee, Way
from controller.service.disclosing import carriers
from controller.service.disclosing.carriers import CarryError, Relay, RelaySettings
from controller.service.disclosing.copies import Document
from tests.unit.controller.test_disclosure_rules import copy

TO = Addressee("crisis-team", Recipient.CRISIS_TEAM, Way.MAIL, "crisis@ops.example.org", "")
DOCUMENT = Document(
    copy(4), "list-copy-4.pdf.p7m", "application/pkcs7-mime; smime-type=enveloped-data", bytes(range(256))
)


def certified(folder: Path) -> Path:
    """A server's certificate and key in one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "relay.pem"
    path.write_bytes(
        built.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


class Server(threading.Thread):
    """Takes one mail (RFC 5321), with STARTTLS (RFC 3207) or TLS from the first byte, or without either."""

    def __init__(self, pem: Path, *, starttls: bool = True, tls_first: bool = False, refuses: str = "") -> None:
        super().__init__(daemon=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem)
        self.starttls, self.tls_first, self.refuses = starttls, tls_first, refuses
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.lines: list[bytes] = []
        self.mail = b""

    def run(self) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            connection = stack.enter_context(self.listener.accept()[0])
            self._serve(self._wrapped(connection, stack) if self.tls_first else connection, stack)

    def _wrapped(self, connection: socket.socket, stack: contextlib.ExitStack) -> socket.socket:
        return stack.enter_context(self.context.wrap_socket(connection, server_side=True))

    def _serve(self, connection: socket.socket, stack: contextlib.ExitStack) -> None:
        file = stack.enter_context(connection.makefile("rwb", buffering=0))
        file.write(b"220 relay\r\n")
        while line := file.readline():
            self.lines.append(line.strip())
            word = line.split()[0].upper().decode()
            if self.refuses and word == self.refuses:
                file.write(b"550 no\r\n")
            elif word == "EHLO":
                file.write(b"250-relay\r\n250 STARTTLS\r\n" if self.starttls else b"250 relay\r\n")
            elif word == "STARTTLS":
                file.write(b"220 go\r\n")
                file = stack.enter_context(self._wrapped(connection, stack).makefile("rwb", buffering=0))
            elif word == "DATA":
                file.write(b"354 go\r\n")
                while (part := file.readline()) != b".\r\n":
                    self.mail += part[1:] if part.startswith(b"..") else part
                file.write(b"250 taken\r\n")
            elif word == "QUIT":
                file.write(b"221 bye\r\n")
                return
            else:
                file.write(b"250 well\r\n")


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    return certified(tmp_path)


def carry(server: Server, authority: Path | None) -> None:
    server.start()
    relay = Relay(RelaySettings("127.0.0.1", server.port, "sacs@site.example.org", authority))
    try:
        relay.carry(TO, DOCUMENT, 10)
    finally:
        server.listener.close()
        server.join(10)


def test_it_is_sent_over_tls_and_arrives_whole(pem: Path) -> None:
    server = Server(pem)
    carry(server, pem)
    message = email.message_from_bytes(server.mail, policy=email.policy.default)
    assert message["To"] == "crisis@ops.example.org"
    assert message["Subject"] == "Hand-over, operation 012345, copy 4"
    [attached] = message.iter_attachments()
    assert attached.get_filename() == "list-copy-4.pdf.p7m"
    assert attached.get_content_type() == "application/pkcs7-mime"
    assert attached.get_content() == DOCUMENT.data
    assert server.lines.index(b"STARTTLS") < next(n for n, line in enumerate(server.lines) if line.startswith(b"mail"))


def test_tls_from_the_first_byte_at_its_port(pem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(pem, tls_first=True)
    monkeypatch.setattr(carriers, "_SMTPS_PORT", server.port)
    carry(server, pem)
    assert b"enveloped" in server.mail or b"pkcs7" in server.mail
    assert b"STARTTLS" not in server.lines


@pytest.mark.parametrize("fault", ["no-tls", "stranger", "refused"])
def test_what_is_not_safe_or_not_taken_is_told_and_nothing_was_sent(pem: Path, fault: str) -> None:
    server = Server(pem, starttls=fault != "no-tls", refuses="RCPT" if fault == "refused" else "")
    with pytest.raises(CarryError, match="mail relay did not take it"):
        carry(server, None if fault == "stranger" else pem)
    assert server.mail == b""


def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])
    with pytest.raises(CarryError):
        Relay(RelaySettings("127.0.0.1", port, "a@b.org")).carry(TO, DOCUMENT, 1)
