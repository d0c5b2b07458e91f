"""Roots, intermediates and revocation lists in folders, as PEM or DER.

Belongs here: reading files, and reading them again when they changed. Does not belong here: what they are good for.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, TypeVar

import structlog
from cryptography import x509

from drivers.pcsc.certificates import UNREADABLE
from drivers.pcsc.trust import Trust

_LARGEST_FILE_BYTES: Final = 64 * 1024 * 1024
_Item = TypeVar("_Item")
_logger = structlog.get_logger(__name__)


class TrustFileError(ValueError):
    """A file or folder that can not be used; the message names it and says what would do."""


def read_trust(roots: Path, intermediates: Path | None = None, crls: Iterable[Path] = ()) -> Trust:
    """Return what lies in the folders `roots` and `intermediates` and in the files `crls`. Raises TrustFileError.

    A file may hold several certificates or lists as PEM, or one as DER; README files and hidden ones are left alone.
    """
    return Trust(
        _certificates(_files(roots)),
        _certificates(_files(intermediates)) if intermediates is not None else (),
        [crl for path in crls for crl in _lists(path)],
    )


class TrustFolder:
    """A gate's folder with roots/, intermediates/ and crls/, read again whenever a file in it changes.

    What was good stays in use while a new file is bad: half a list that is being copied must not close a gate. Lists
    stay in use as well when the last one goes, or whoever exchanges them would let in whom they revoke; once they are
    out of date nobody is let in. A bad file is logged once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: object = None
        self._trust = self._read()

    def __call__(self) -> Trust:
        """Return what lies in the folder now."""
        try:
            if self._state() != self._seen:
                self._trust = self._with_lists(self._read())
        except TrustFileError as error:
            _logger.warning("PIV files can not be used; those of before stay in use", reason=str(error))
        return self._trust

    def _with_lists(self, trust: Trust) -> Trust:
        if self._trust.crls and not trust.crls:
            raise TrustFileError(f"{self._folder / 'crls'} holds no list any more: to do without, start the gate anew")
        return trust

    def _read(self) -> Trust:
        self._seen = self._state()
        intermediates, crls = self._folder / "intermediates", self._folder / "crls"
        return read_trust(
            self._folder / "roots",
            intermediates if intermediates.is_dir() else None,
            _files(crls) if crls.is_dir() else (),
        )

    def _state(self) -> object:
        """What tells one state of the folder from another."""
        try:
            return [
                (path.name, path.stat().st_mtime_ns, path.stat().st_size)
                for name in ("roots", "intermediates", "crls")
                for path in sorted((self._folder / name).glob("*"))
            ]
        except OSError:  # a file went away between two looks
            return None


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise TrustFileError(f"{folder} is no folder: it should hold certificates as PEM or DER files")
    try:
        return [
            path
            for path in sorted(folder.iterdir())
            if path.is_file() and not path.name.startswith(".") and not path.name.upper().startswith("README")
        ]
    except OSError as error:
        raise TrustFileError(f"{folder} can not be read: {error.strerror}") from error


def _certificates(paths: Iterable[Path]) -> list[x509.Certificate]:
    found: list[x509.Certificate] = []
    for path in paths:
        found += _items(path, x509.load_pem_x509_certificates, x509.load_der_x509_certificate, "certificate")
    return found


def _lists(path: Path) -> list[x509.CertificateRevocationList]:
    def several(data: bytes) -> list[x509.CertificateRevocationList]:
        end = b"-----END X509 CRL-----"
        return [x509.load_pem_x509_crl(part + end) for part in data.split(end)[:-1]]

    return _items(path, several, x509.load_der_x509_crl, "revocation list")


def _items(path: Path, pem: Callable[[bytes], list[_Item]], der: Callable[[bytes], _Item], what: str) -> list[_Item]:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_FILE_BYTES + 1)
        if len(data) > _LARGEST_FILE_BYTES:
            raise TrustFileError(f"{path} is too large for a {what}")
        items = pem(data) if b"-----BEGIN" in data else [der(data)]
    except OSError as error:
        raise TrustFileError(f"{path} can not be read: {error.strerror}") from error
    except UNREADABLE as error:
        if isinstance(error, TrustFileError):
            raise
        raise TrustFileError(f"{path} holds no {what} as PEM or DER: {error}") from error
    if not items:
        raise TrustFileError(f"{path} holds no {what}")
    return items
