"""How an encrypted file reaches an addressee: a folder that the site's own transport empties, or the mail relay.

What is carried is encrypted to the addressee, so neither way needs to be trusted with names. Belongs here: carrying.
Does not belong here: when, to whom, and trying again (hand_over.py).
"""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Protocol

from controller.domain.disclosure import short_code
from controller.domain.standing_order import Addressee
from controller.files import make_private_folder, write_atomically
from controller.service.disclosing.copies import Document

_SMTPS_PORT: Final = 465


class CarryError(Exception):
    """It could not be given now; the message says why, and names no person."""


class Carrier(Protocol):
    """One way."""

    def carry(self, addressee: Addressee, document: Document, within_s: float) -> None:
        """Give an encrypted document; blocks for `within_s` at most. Raises CarryError."""
        ...


class Outbox:
    """A folder, mode 0700. Whoever runs the site's transport takes files out of it; they appear there whole."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder

    def carry(self, addressee: Addressee, document: Document, within_s: float) -> None:  # noqa: ARG002  at once
        """Put the file there. The same copy put twice is one file. Raises CarryError."""
        try:
            make_private_folder(self._folder)
            write_atomically(self._folder / f"{addressee.id}-{document.name}", document.data)
        except OSError as error:
            raise CarryError(f"the outbox can not be written ({error.strerror})") from None


@dataclass(frozen=True)
class RelaySettings:
    """The site's mail relay. TLS from the first byte at port 465, else STARTTLS, which is required.

    `authority`: PEM file of the authority that certified the relay, None for those that the machine trusts.
    """

    host: str
    port: int
    sender: str
    authority: Path | None = None


class Relay:
    """Sends through the site's mail relay, which knows this controller by its address. The link is always encrypted."""

    def __init__(self, settings: RelaySettings) -> None:
        self._settings: Final = settings

    def carry(self, addressee: Addressee, document: Document, within_s: float) -> None:
        """Send it. Raises CarryError."""
        settings = self._settings
        try:
            trust = ssl.create_default_context(cafile=settings.authority)
            if settings.port == _SMTPS_PORT:
                with smtplib.SMTP_SSL(settings.host, settings.port, timeout=within_s, context=trust) as server:
                    server.send_message(self._message(addressee, document))
            else:
                with smtplib.SMTP(settings.host, settings.port, timeout=within_s) as server:
                    server.starttls(context=trust)
                    server.send_message(self._message(addressee, document))
        except (OSError, smtplib.SMTPException) as error:
            raise CarryError(f"the mail relay did not take it ({type(error).__name__})") from None

    def _message(self, addressee: Addressee, document: Document) -> EmailMessage:
        copy = document.copy
        message = EmailMessage()
        message["From"] = self._settings.sender
        message["To"] = addressee.address
        message["Subject"] = f"Hand-over, operation {short_code(copy.operation)}, copy {copy.number}"
        message["Message-ID"] = (
            f"<{copy.operation}.{copy.number}.{addressee.id}@{self._settings.sender.split('@')[-1]}>"
        )
        message.set_content(
            "The attached file is a list of persons not accounted for, encrypted to your certificate.\n"
            "The system that sent it deletes its own records on time: from now on this list is yours to act on.\n"
        )
        kind, _, subtype = document.media_type.split(";")[0].partition("/")
        message.add_attachment(document.data, maintype=kind, subtype=subtype, filename=document.name)
        return message
