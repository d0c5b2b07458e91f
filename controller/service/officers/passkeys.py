"""Passkeys (W3C Web Authentication, level 3): registering, signing in, removing.

Discoverable credentials with user verification: the authenticator knows the account and asks for finger or PIN, so a
passkey is two factors by itself and no name is typed. Belongs here: challenges and keys. Does not belong here: sessions
(sign_in.py), or the page that talks to the authenticator (console/static/passkeys.js).
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import Engine, delete
from sqlmodel import Session, col, select
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from contract.clock import NS_PER_S, Clock
from contract.ids import AccountId
from controller.ledger import Ledger
from controller.service.alarms import Alarms
from controller.service.site.reference import ReferenceKey
from controller.store.accounts import PasskeyRow

LOOPBACK_ID: Final = "localhost"
"""The relying party of a console that listens on loopback; browsers take no address for one."""
_CHALLENGE_BYTES: Final = 32
_CHALLENGE_S: Final = 300
_CHALLENGES: Final = 1000
"""So many challenges wait at a time: more requests push the oldest out."""
_LABEL_AT_MOST: Final = 60
_TO_SIGN_IN: Final = AccountId("")


class PasskeyError(ValueError):
    """A passkey that can not be taken; the message says what to do."""


@dataclass(frozen=True)
class Passkey:
    """One passkey of an account. `id` in base64url; `label`: its owner's name for it; times in ns since 1970 UTC."""

    id: str
    label: str = field(repr=False)
    added_ns: int


@dataclass(frozen=True)
class _Challenge:
    account: AccountId
    until_ns: int


class Passkeys:
    """Keeps passkeys. `rp_id`: the host name that they belong to, for ever; `site`: what authenticators show.

    `must_keep` raises what `register` and `remove` raise where another controller keeps accounts.
    """

    def __init__(
        self,
        engine: Engine,
        key: ReferenceKey,
        clock: Clock,
        ledger: Ledger,
        alarms: Alarms,
        rp_id: str,
        site: str,
        must_keep: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._key = key
        self._clock = clock
        self._ledger = ledger
        self._alarms = alarms
        self._rp_id = rp_id
        self._site = site
        self._must_keep = must_keep
        self._challenges: dict[bytes, _Challenge] = {}

    def of(self, account: AccountId) -> list[Passkey]:
        """Return an account's passkeys, the oldest first."""
        chosen = select(PasskeyRow).where(PasskeyRow.account == account).order_by(col(PasskeyRow.added_ns))
        with Session(self._engine) as session:
            return [
                Passkey(
                    bytes_to_base64url(row.credential), self._key.open("passkey", row.sealed).decode(), row.added_ns
                )
                for row in session.exec(chosen)
            ]

    def registration_options(self, account: AccountId, sign_in_name: str) -> str:
        """Return what a browser's `navigator.credentials.create` wants, as JSON."""
        options = generate_registration_options(
            rp_id=self._rp_id,
            rp_name=self._site,
            user_id=bytes.fromhex(account),
            user_name=sign_in_name,
            challenge=self._challenge(account),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(base64url_to_bytes(each.id)) for each in self.of(account)
            ],
        )
        return options_to_json(options)

    def register(self, account: AccountId, credential: str, label: str, origin: str) -> Passkey:
        """Take a new passkey. `credential`: what the browser returned, as JSON. Raises PasskeyError."""
        self._must_keep()
        label = label.strip()
        if not label or len(label) > _LABEL_AT_MOST or not label.isprintable():
            raise PasskeyError(f"name the passkey, in up to {_LABEL_AT_MOST} printable characters")
        try:
            read = parse_registration_credential_json(credential)
            verified = verify_registration_response(
                credential=read,
                expected_challenge=self._taken(read.response.client_data_json, account),
                expected_rp_id=self._rp_id,
                expected_origin=self._origin(origin),
                require_user_verification=True,
            )
        except WebAuthnException as error:
            raise _refused(error) from None
        now_ns = self._clock.now_ns()
        with Session(self._engine) as session:
            if session.get(PasskeyRow, verified.credential_id) is not None:
                raise PasskeyError("this passkey is registered already")
            session.add(
                PasskeyRow(
                    credential=verified.credential_id,
                    account=account,
                    public_key=verified.credential_public_key,
                    sign_count=verified.sign_count,
                    sealed=self._key.seal("passkey", label.encode()),
                    added_ns=now_ns,
                )
            )
            session.commit()
        self._ledger.append("passkey-added", now_ns, account=account)
        return Passkey(bytes_to_base64url(verified.credential_id), label, now_ns)

    def sign_in_options(self) -> str:
        """Return what a browser's `navigator.credentials.get` wants, as JSON; it names no account."""
        return options_to_json(
            generate_authentication_options(
                rp_id=self._rp_id,
                challenge=self._challenge(_TO_SIGN_IN),
                user_verification=UserVerificationRequirement.REQUIRED,
            )
        )

    def signed_in(self, credential: str, origin: str) -> AccountId:
        """Return whose passkey answered. `credential`: what the browser returned, as JSON. Raises PasskeyError."""
        try:
            read = parse_authentication_credential_json(credential)
            with Session(self._engine) as session:
                row = session.get(PasskeyRow, read.raw_id)
            if row is None:
                raise PasskeyError("this passkey is not known here: sign in with your password and add it")
            verified = verify_authentication_response(
                credential=read,
                expected_challenge=self._taken(read.response.client_data_json, _TO_SIGN_IN),
                expected_rp_id=self._rp_id,
                expected_origin=self._origin(origin),
                credential_public_key=row.public_key,
                credential_current_sign_count=0,  # compared below: the library does not tell this refusal from others
                require_user_verification=True,
            )
        except WebAuthnException as error:
            raise _refused(error) from None
        if (row.sign_count or verified.new_sign_count) and verified.new_sign_count <= row.sign_count:
            now_ns = self._clock.now_ns()
            self._alarms.of_system(now_ns, "passkey-copied")
            self._ledger.append("passkey-copied", now_ns, account=row.account)
            raise PasskeyError("this passkey counted backwards, as a copy does: it was refused and reported")
        with Session(self._engine) as session:
            if (kept := session.get(PasskeyRow, read.raw_id)) is not None:
                kept.sign_count = verified.new_sign_count
                session.commit()
        return AccountId(row.account)

    def remove(self, account: AccountId, id_: str) -> bool:
        """Remove a passkey of an account; return whether it was there."""
        self._must_keep()
        try:
            credential = base64url_to_bytes(id_)
        except ValueError:
            return False
        chosen = delete(PasskeyRow).where(col(PasskeyRow.account) == account, col(PasskeyRow.credential) == credential)
        with Session(self._engine) as session:
            was_there = session.exec(chosen).rowcount > 0
            session.commit()
        if was_there:
            self._ledger.append("passkey-removed", self._clock.now_ns(), account=account)
        return was_there

    def _challenge(self, account: AccountId) -> bytes:
        now_ns = self._clock.now_ns()
        self._challenges = {each: of for each, of in self._challenges.items() if now_ns < of.until_ns}
        while len(self._challenges) >= _CHALLENGES:
            del self._challenges[next(iter(self._challenges))]
        challenge = secrets.token_bytes(_CHALLENGE_BYTES)
        self._challenges[challenge] = _Challenge(account, now_ns + _CHALLENGE_S * NS_PER_S)
        return challenge

    def _taken(self, client_data: bytes, account: AccountId) -> bytes:
        """Return the challenge that an answer names, which is used up now. Raises PasskeyError."""
        challenge = parse_client_data_json(client_data).challenge
        waiting = self._challenges.pop(challenge, None)
        if waiting is None or waiting.account != account or self._clock.now_ns() >= waiting.until_ns:
            raise PasskeyError("this took too long, or was answered already: try again")
        return challenge

    def _origin(self, origin: str) -> str:
        """Return the origin that an answer must have come from: the page's own, of our host. Raises PasskeyError."""
        host = urlsplit(origin).hostname or ""
        if host != self._rp_id and not host.endswith(f".{self._rp_id}"):
            raise PasskeyError(f"passkeys work at the address https://{self._rp_id} alone (or http://localhost)")
        return origin


def _refused(error: WebAuthnException) -> PasskeyError:
    """Say in our words that an answer of an authenticator did not hold; the library's hold parts of the answer."""
    return PasskeyError(f"the passkey's answer was refused ({type(error).__name__}): try again, or use another one")
