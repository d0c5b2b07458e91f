"""How a command line names the site's mail relay.

Belongs here: reading these options. Does not belong here: sending (controller/service/disclosing/carriers.py).
"""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controller.service.disclosing.carriers import RelaySettings


class MailRelayError(ValueError):
    """Options of a mail relay that do not go together; the message says what would do."""


def relay_settings(relay: str | None, sender: str | None, authority: Path | None) -> "RelaySettings | None":
    """Return the relay at `HOST:PORT`, or None where none is named. Raises MailRelayError."""
    if relay is None:
        if sender or authority:
            raise MailRelayError("--mail-from and --mail-authority go with --mail-relay HOST:PORT")
        return None
    from controller.service.disclosing.carriers import RelaySettings

    host, colon, port = relay.rpartition(":")
    if not (host and colon and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise MailRelayError(f"--mail-relay {relay!r}: say HOST:PORT, for example mail.example.org:465")
    if not sender or sender.count("@") != 1 or not sender.isascii() or any(letter.isspace() for letter in sender):
        raise MailRelayError("--mail-relay needs --mail-from, the address that the mails come from")
    if authority is not None and not authority.is_file():
        raise MailRelayError(f"--mail-authority {authority}: there is no such file")
    return RelaySettings(host.strip("[]"), int(port), sender, authority)
