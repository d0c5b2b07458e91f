"""Certificates as files: a controller's authority in one folder, issued ones wherever their owner keeps them.

Belongs here: reading, writing and renewing. Does not belong here: what stands in a certificate
(certificates.py).

Files of an issued certificate: `certificate.pem`, `key.pem` (mode 0600) and `authority.pem`, in a folder of mode
0700. Everything is written whole to a new file and renamed, so a crash leaves the old or the new one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from contract.ids import ControllerId, SiteId
from controller.files import PUBLIC, make_private_folder, write_atomically
from controller.pki.certificates import (
    Credentials,
    Profile,
    authority_name,
    broker_profile,
    controller_profile,
    edge_profile,
    is_current,
    issue,
    make_authority,
)

_AUTHORITY_CERTIFICATE: Final = "authority.pem"
_AUTHORITY_KEY: Final = "authority-key.pem"
_CERTIFICATE: Final = "certificate.pem"
_KEY: Final = "key.pem"


class BadCertificateFilesError(Exception):
    """A folder of certificates is damaged, or belongs to another site; the message names the file."""


@dataclass(frozen=True, slots=True)
class CertificateFiles:
    """Where one party of the wire finds its certificate, its private key, and the authority it trusts."""

    certificate: Path
    key: Path
    authority: Path


class Authority:
    """A controller's authority in its folder, made when it is first wanted."""

    def __init__(self, folder: Path, site: SiteId, controller: ControllerId, now: datetime) -> None:
        """Load the authority of `controller` from `folder`, or make it at aware `now` if there is none.

        Raises BadCertificateFilesError if files are missing, damaged or of another controller, OSError.
        """
        self._site = site
        self.certificate_file = folder / _AUTHORITY_CERTIFICATE
        key_file = folder / _AUTHORITY_KEY
        if self.certificate_file.exists():
            self._authority = load_credentials(self.certificate_file, key_file)
            if self._authority.certificate.subject != authority_name(site, controller):
                message = (
                    f"{self.certificate_file} is not the authority of controller {controller!r} of site {site!r}: "
                    "put back the folder that is, or move this one away; then the root has to sign this controller's "
                    "request again, and each gate is enrolled again"
                )
                raise BadCertificateFilesError(message)
            return
        self._authority = make_authority(site, controller, now)
        # The key first: a crash in between leaves no certificate, and the next start makes both anew.
        make_private_folder(folder)
        write_atomically(key_file, self._authority.key_pem)
        write_atomically(self.certificate_file, self._authority.certificate_pem, PUBLIC)

    @property
    def certificate_pem(self) -> str:
        """The authority's own certificate, which stands on the root's list."""
        return self._authority.certificate_pem.decode()

    def broker_files(self, folder: Path, host_names: Sequence[str], now: datetime) -> CertificateFiles:
        """Return the broker's files in `folder`, issued at aware `now` if missing, foreign or nearly expired.

        `host_names` are DNS names or IP addresses beside loopback. Raises OSError.
        """
        return self._files(folder, broker_profile(self._site, host_names), now)

    def edge_files(self, folder: Path, identity: str, now: datetime) -> CertificateFiles:
        """Return the files of the gate with that identity in `folder`, issued at `now` if need be. Raises OSError."""
        return self._files(folder, edge_profile(self._site, identity), now)

    def controller_files(
        self, folder: Path, controller: ControllerId, host_names: Sequence[str], now: datetime
    ) -> CertificateFiles:
        """Return the files of `controller` in `folder`, issued at aware `now` if need be.

        Good for the client of brokers and for the server of its own HTTPS. Raises BadIdError, OSError.
        """
        return self._files(folder, controller_profile(self._site, controller, host_names), now)

    def _files(self, folder: Path, profile: Profile, now: datetime) -> CertificateFiles:
        files = CertificateFiles(folder / _CERTIFICATE, folder / _KEY, folder / _AUTHORITY_CERTIFICATE)
        if not self._usable(files, profile, now):
            issued = issue(self._authority, profile, now)
            make_private_folder(folder)
            write_atomically(files.authority, self._authority.certificate_pem, PUBLIC)
            write_atomically(files.key, issued.key_pem)
            write_atomically(files.certificate, issued.certificate_pem, PUBLIC)
        return files

    def _usable(self, files: CertificateFiles, profile: Profile, now: datetime) -> bool:
        try:
            held = load_credentials(files.certificate, files.key)
            trusted = files.authority.read_bytes()
        except (BadCertificateFilesError, OSError):
            return False
        if trusted != self._authority.certificate_pem:
            return False
        return is_current(held.certificate, self._authority.certificate, profile, now)


def load_credentials(certificate_file: Path, key_file: Path) -> Credentials:
    """Read a certificate and its key. Raises BadCertificateFilesError if they are missing or do not belong together."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        message = f"{certificate_file} and {key_file} can not be read: {error}"
        raise BadCertificateFilesError(message) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        message = f"{key_file} is not the key of {certificate_file}"
        raise BadCertificateFilesError(message)
    return Credentials(certificate, key)
