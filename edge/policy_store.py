"""The gate's policy: fetched whole, checked, kept sealed on disk, and replaced only by a later version.

A manifest that an enrolled controller signed names version, size and hash; the document comes over HTTPS with mutual
TLS from that controller. It is opened in memory only: the state folder holds it as it came, sealed to the gate.

Belongs here: getting and keeping it. Does not belong here: the document (contract/policy.py), or decisions (domain).
"""

import asyncio
import hashlib
import http.client
from collections import Counter
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from contract.enrolment import Enrolment
from contract.messages import PolicyManifest
from contract.policy import Policy, PolicyError, open_policy
from contract.sealing import SealingError
from contract.signing import SignatureError
from edge.controllers import Controllers
from edge.domain.decide import Rules
from edge.fetching import FetchError, fetch
from edge.state_files import read_if_there, write_atomically

FILE: Final = "policy.sealed"
SIZE_LIMIT_BYTES: Final = 512 * 1024 * 1024
RETRY_FIRST_S: Final = 1.0
RETRY_LAST_S: Final = 60.0

_logger = structlog.get_logger(__name__)


class PolicyFetchError(FetchError):
    """A policy that could not be fetched, or is not what its manifest says."""


class PolicyStore:
    """The policy in force. `counters` has `policy-failed` (fetches and files that were refused), `policy-not-kept`.

    `controllers`: who may sign a policy, and where it is fetched.
    """

    def __init__(self, enrolment: Enrolment, folder: Path, controllers: Controllers) -> None:
        self._enrolment = enrolment
        self._private = enrolment.policy_private()
        self._controllers = controllers
        self._file = folder / FILE
        self._wanted: PolicyManifest | None = None
        self._is_wanted = asyncio.Event()
        self.rules: Rules | None = None
        self.counters: Counter[str] = Counter()

    @property
    def version(self) -> int:
        """The version in force, or 0."""
        return 0 if self.rules is None else self.rules.policy.header.policy_version

    def load(self) -> None:
        """Take the last policy on disk into force, if there is one and it opens; otherwise nobody passes."""
        sealed = read_if_there(self._file)
        if sealed is None:
            return
        try:
            self.rules = self._open(sealed)
        except PolicyFetchError as error:
            self._note(error)

    def want(self, manifest: PolicyManifest) -> None:
        """Ask for the policy that a verified `manifest` names; an earlier or the present version is passed over."""
        if manifest.policy_version > max(self.version, self._wanted.policy_version if self._wanted else 0):
            self._wanted = manifest
            self._is_wanted.set()

    def activate(self, sealed: bytes) -> None:
        """Take `sealed` into force whole, if it is later than the present one, and keep it.

        Raises PolicyFetchError for what does not open or is not later. A full disk keeps no blocked pass valid: that it
        could not be kept is counted (`policy-not-kept`), and a restart fetches it again.
        """
        rules = self._open(sealed)
        if rules.policy.header.policy_version <= self.version:
            message = f"policy {rules.policy.header.policy_version} is not later than {self.version}"
            raise PolicyFetchError(message)
        self.rules = rules
        try:
            write_atomically(self._file, sealed)
        except OSError as error:
            self.counters["policy-not-kept"] += 1
            _logger.warning("policy_not_kept", cause=error.strerror)

    async def run(self) -> None:
        """Fetch what is wanted, again and again until it is there; until cancelled."""
        retry_s = RETRY_FIRST_S
        while True:
            await self._is_wanted.wait()
            wanted = self._wanted
            if wanted is None or wanted.policy_version <= self.version:
                self._is_wanted.clear()
                retry_s = RETRY_FIRST_S
                continue
            try:
                await asyncio.to_thread(self._fetch, wanted)
            except (FetchError, OSError, http.client.HTTPException) as error:
                self._note(error)
                await asyncio.sleep(retry_s)
                retry_s = min(retry_s * 2, RETRY_LAST_S)
            else:
                _logger.info("policy_in_force", version=self.version)

    def _fetch(self, manifest: PolicyManifest) -> None:
        card = self._controllers.listed.card_of(manifest.controller)
        if card is None:
            message = f"{manifest.controller} is not enrolled here"
            raise PolicyFetchError(message)
        if not 0 < manifest.size_bytes <= SIZE_LIMIT_BYTES:
            message = f"a policy of {manifest.size_bytes} bytes: at most {SIZE_LIMIT_BYTES} are fetched"
            raise PolicyFetchError(message)
        path = f"/gate/policy/{manifest.policy_version}"
        sealed = fetch(card, path, manifest.size_bytes, self._controllers.tls_with(card))
        if len(sealed) != manifest.size_bytes or hashlib.sha256(sealed).digest() != manifest.sha256:
            raise PolicyFetchError("what was fetched is not what the manifest names")
        self.activate(sealed)

    def _open(self, sealed: bytes) -> Rules:
        try:
            policy: Policy = open_policy(sealed, self._enrolment.edge, self._private, self._controllers.keys)
            return Rules(policy, ZoneInfo(policy.header.time_zone))
        except (SealingError, SignatureError, PolicyError, ZoneInfoNotFoundError, ValueError) as error:
            raise PolicyFetchError(str(error)) from error

    def _note(self, error: Exception) -> None:
        self.counters["policy-failed"] += 1
        _logger.warning("policy_failed", cause=str(error))
