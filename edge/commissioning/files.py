"""What the gate's own files say: who may read them, keys, certificate, disk, policy.

Belongs here: checks that need neither hardware nor network. Does not belong here: what a controller says of the same
(controllers.py).
"""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from contract.clock import NS_PER_S
from contract.enrolment import Enrolment
from contract.site import EdgeFile, Gate, GateDevices, ReaderKind
from drivers.osdp.config import WeakKeyError, check_key
from edge.commissioning.finding import Finding, Subject, failed, not_checked, passed
from edge.controllers import Controllers
from edge.policy_store import PolicyStore

_OTHERS: Final = 0o077
_GIB: Final = 1024**3
_LEAST_FREE_GIB: Final = 1.0
"""100,000 sealed events take some 50 MB; the rest is for video, and for the file system's ease."""
_CERTIFICATE_LEFT: Final = timedelta(days=30)


def check_files(files: EdgeFile, enrolment: Enrolment, gate: Gate, devices: GateDevices) -> Iterator[Finding]:
    """Yield findings about files, keys and disk of a gate. Raises OSError for a file that vanished meanwhile."""
    for name, path in (("enrolment file", files.enrolment), ("device file", files.devices)):
        yield _private(name, Path(path))
    yield _certificate(enrolment)
    for reader in gate.reader:
        if reader.kind is ReaderKind.OSDP:
            yield _osdp_key(reader.id, devices.scbk.get(reader.id, ""))
    yield _disk(Path(files.state))


def check_policy(enrolment: Enrolment, state: Path, now_ns: int) -> Finding:
    """Tell whether the gate has a policy to decide by, and until when; `now_ns` since 1970-01-01 UTC."""
    store = PolicyStore(enrolment, state, Controllers(enrolment, state))
    store.load()
    if store.rules is None:
        return not_checked(
            Subject.POLICY,
            enrolment.edge,
            "the gate has no policy yet: it would admit nobody",
            "start the gate once beside its controller, then check again",
        )
    header = store.rules.policy.header
    left_h = (header.expires_at_s - now_ns / NS_PER_S) / 3600
    words = f"policy {header.policy_version} with {len(store.rules.policy)} credentials, good for {left_h:.0f} h"
    if left_h <= 0:
        return failed(Subject.POLICY, enrolment.edge, words, "let the gate reach its controller")
    return passed(Subject.POLICY, enrolment.edge, words, good_for_h=round(left_h, 1))


def _private(name: str, path: Path) -> Finding:
    mode = path.stat().st_mode & 0o777
    if mode & _OTHERS:
        return failed(Subject.FILES, name, f"mode {mode:04o}: others can read it", f"chmod 600 {path.name}")
    return passed(Subject.FILES, name, f"mode {mode:04o}: its owner's alone")


def _certificate(enrolment: Enrolment) -> Finding:
    certificate = x509.load_pem_x509_certificate(enrolment.tls_certificate_pem.encode())
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    words = f"valid until {certificate.not_valid_after_utc:%Y-%m-%d}"
    if left < _CERTIFICATE_LEFT:
        return failed(Subject.KEYS, "gate certificate", words, "let the controller enrol this gate again")
    return passed(Subject.KEYS, "gate certificate", words, days_left=left.days)


def _osdp_key(reader: str, text: str) -> Finding:
    try:
        check_key(bytes.fromhex(text))
    except WeakKeyError as error:
        return failed(Subject.KEYS, reader, str(error), "draw 16 random bytes, put them into reader and device file")
    except ValueError:
        return failed(Subject.KEYS, reader, "the key is not hexadecimal", "write it as 32 hexadecimal digits")
    return passed(Subject.KEYS, reader, "a key of its own: neither the default key nor one that can be guessed")


def _disk(state: Path) -> Finding:
    there = next(folder for folder in (state, *state.parents) if folder.exists())
    free_gib = shutil.disk_usage(there).free / _GIB
    words = f"{free_gib:.1f} GiB free"
    if free_gib < _LEAST_FREE_GIB:
        return failed(Subject.DISK, "state folder", words, f"make room: at least {_LEAST_FREE_GIB:.0f} GiB")
    return passed(Subject.DISK, "state folder", words, free_gib=round(free_gib, 1))
