"""The certificate of a controller's page: the site's own, or one of an authority that vouches for this page alone.

Tablets work without the network by a service worker, which browsers allow to trusted HTTPS only (W3C Secure Contexts).
Belongs here: making, renewing and judging that certificate. Does not belong here: serving (console/), or what stands in
a certificate (certificates.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from contract.ids import ControllerId, SiteId
from controller.files import PUBLIC, make_private_folder, write_atomically
from controller.pki.certificates import (
    RENEW_BEFORE,
    Credentials,
    host_names_of,
    is_current,
    issue,
    make_page_authority,
    page_authority_name,
    page_profile,
)
from controller.pki.folder import BadCertificateFilesError, load_credentials

ENDS_SOON: Final = RENEW_BEFORE
"""A certificate of the site's own with less than this left is an alarm: nobody here can renew it."""


@dataclass(frozen=True)
class PageFiles:
    """Where the page's server finds its certificate and key. `authority`: what devices install; None for the site's."""

    certificate: Path
    key: Path
    authority: Path | None


class PageCertificate(Protocol):
    """What a page is served with. `files` stay where they are; their content is renewed."""

    @property
    def files(self) -> PageFiles:
        """Where they are."""
        ...

    def ends_soon(self, now: datetime) -> bool:
        """Renew it if that can be done here; return whether it ends soon all the same. Raises OSError."""
        ...


class OwnPageCertificate:
    """Issued here, by an authority of its own for `host_names`, and renewed by itself."""

    def __init__(
        self, state: Path, site: SiteId, controller: ControllerId, host_names: Sequence[str], now: datetime
    ) -> None:
        """Load it from `state`, or make it at aware `now`. Another host name makes a new authority, to be installed.

        Raises BadCertificateFilesError, OSError.
        """
        self._site: Final = site
        self._controller: Final = controller
        self._names: Final = tuple(dict.fromkeys(host_names))
        self._folder: Final = (state / "page-tls").absolute()
        self.files: Final = PageFiles(
            self._folder / "certificate.pem", self._folder / "key.pem", self._folder / "authority.pem"
        )
        self._authority_key: Final = self._folder / "authority-key.pem"
        self._authority: Final = self._authority_at(now)
        self.ends_soon(now)

    def ends_soon(self, now: datetime) -> bool:
        """Renew it if less than RENEW_BEFORE is left; only its authority's own end leaves it ending soon."""
        authority, profile = self._authority.certificate, page_profile(self._site, self._names)
        try:
            held: Credentials | None = load_credentials(self.files.certificate, self.files.key)
        except BadCertificateFilesError:
            held = None
        if held is None or not is_current(held.certificate, authority, profile, now):
            held = issue(self._authority, profile, now)
            write_atomically(self.files.key, held.key_pem)
            write_atomically(self.files.certificate, held.certificate_pem, PUBLIC)
        return held.certificate.not_valid_after_utc - now < ENDS_SOON

    def _authority_at(self, now: datetime) -> Credentials:
        assert self.files.authority is not None  # noqa: S101  made above
        if self.files.authority.exists():
            held = load_credentials(self.files.authority, self._authority_key)
            if self._fits(held.certificate, now):
                return held
        made = make_page_authority(self._site, self._controller, self._names, now)
        make_private_folder(self._folder)
        write_atomically(self._authority_key, made.key_pem)
        write_atomically(self.files.authority, made.certificate_pem, PUBLIC)
        return made

    def _fits(self, authority: x509.Certificate, now: datetime) -> bool:
        permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
        names = {str(each.value).removesuffix("/32").removesuffix("/128") for each in permitted}
        is_ours = authority.subject == page_authority_name(self._site, self._controller)
        return is_ours and names == set(self._names) and now + ENDS_SOON < authority.not_valid_after_utc


class SitePageCertificate:
    """The site's own: given as files, renewed by whoever gave them; what is new there is taken by itself."""

    def __init__(self, certificate: Path, key: Path, host_name: str, now: datetime) -> None:
        """Take the files. Raises BadCertificateFilesError where they do not fit one another, the name or `now`."""
        self.files: Final = PageFiles(certificate.absolute(), key.absolute(), None)
        held = _leaf(certificate)
        try:
            private = serialization.load_pem_private_key(key.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise BadCertificateFilesError(f"{key} can not be read as a key in PEM without a password") from error
        if private.public_key() != held.public_key():
            raise BadCertificateFilesError(f"{key} is not the key of {certificate}")
        if not _is_for(held, host_name):
            raise BadCertificateFilesError(f"{certificate} is not for {host_name}: say the name that it is for")
        if not held.not_valid_before_utc <= now < held.not_valid_after_utc:
            raise BadCertificateFilesError(f"{certificate} is not valid now: it is from {held.not_valid_before_utc}")

    def ends_soon(self, now: datetime) -> bool:
        """Return whether less than ENDS_SOON of it is left, or it can not be read any more."""
        try:
            return _leaf(self.files.certificate).not_valid_after_utc - now < ENDS_SOON
        except BadCertificateFilesError:
            return True


def _leaf(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise BadCertificateFilesError(f"{path} can not be read as certificates in PEM") from error


def _is_for(certificate: x509.Certificate, host_name: str) -> bool:
    names = host_names_of(certificate)
    return host_name in names or "*." + host_name.partition(".")[2] in names
