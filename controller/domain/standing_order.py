"""The standing order: who gets the names of those still missing, before their records expire and if nobody decides.

The authorizing officer sets it beforehand. Belongs here: who stands in it. Does not belong here: when it is carried out
(hand_over.py), certificates (service), or sending.
"""

import enum
from dataclasses import dataclass
from typing import Final

from contract.ids import BadIdError, machine_name
from controller.domain.disclosure import Recipient
from controller.domain.obstacle import ObstacleError

HAND_OVER_TO: Final = frozenset({Recipient.CRISIS_TEAM, Recipient.HOST_COUNTRY, Recipient.SEARCH_TEAM})
"""Who can go on where the system must stop."""
_LONGEST_ADDRESS: Final = 254
"""Of a mailbox (RFC 5321, 4.5.3.1, erratum 1690)."""


class Way(enum.StrEnum):
    """How the encrypted file reaches an addressee."""

    FOLDER = "folder"
    """Put into the outbox, from which the site's own transport takes it."""
    MAIL = "mail"
    """Sent through the site's mail relay."""


class StandingOrderError(ObstacleError):
    """An addressee that can not stand in the order; the message says what would do."""


@dataclass(frozen=True)
class Addressee:
    """One addressee. `id`: a name for files and screens, of no person; `address`: a mailbox, empty for a folder.

    `certificate`: X.509, PEM, with an RSA key: what is sent is encrypted to it.
    """

    id: str
    recipient: Recipient
    way: Way
    address: str
    certificate: str

    def check(self) -> None:
        """Raise StandingOrderError unless a hand-over could reach it; the certificate is looked at elsewhere."""
        try:
            machine_name(self.id)
        except BadIdError as error:
            raise StandingOrderError("bad-name", str(error)) from None
        if self.recipient not in HAND_OVER_TO:
            allowed = ", ".join(sorted(HAND_OVER_TO))
            raise StandingOrderError(
                "not-an-addressee", f"a {self.recipient} can not go on with a list of the missing: use {allowed}"
            )
        if self.way is Way.FOLDER and self.address:
            raise StandingOrderError("bad-address", "what is put into the outbox has no address: leave it empty")
        if self.way is Way.MAIL and not _is_mailbox(self.address):
            raise StandingOrderError("bad-address", "a mail needs one address of the form crisis-team@example.org")


def _is_mailbox(text: str) -> bool:
    """Tell whether it is one plain mailbox; a line break or a second address in it would change the mail's head."""
    local, at, domain = text.partition("@")
    plain = text.isascii() and text.isprintable() and not set(text) & set(' ,;:<>()[]\\"')
    return bool(plain and local and at and "." in domain.strip(".") and "@" not in domain) and (
        len(text) <= _LONGEST_ADDRESS
    )
