"""What is said of a card in the end.

Belongs here: the shapes. Does not belong here: how a judge comes to it (piv.py, desfire.py, judge.py).
"""

from dataclasses import dataclass, field
from enum import StrEnum

from contract.site import Assurance
from drivers.ports import Credential, ReadRefusal


class CardKind(StrEnum):
    """What kind of card it says that it is."""

    PIV = "piv"
    DESFIRE = "desfire"
    UID = "uid"
    """It has a serial number, and nothing else that anybody here understands."""
    UNKNOWN = "unknown"


class CardRefusedError(Exception):
    """A card that is not to be taken for what it says. `reason`: the one; `words`: what exactly is wrong."""

    def __init__(self, reason: ReadRefusal, words: str) -> None:
        super().__init__(words)
        self.reason = reason
        self.words = words


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement of one card: either `credential` or `refusal`.

    `words`: of a refusal what exactly is wrong. `steps`: what was found good before, in words for a technician; they
    name issuers and dates, and no holder.
    """

    kind: CardKind
    credential: Credential | None = None
    refusal: ReadRefusal | None = None
    words: str = ""
    steps: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_authenticated(self) -> bool:
        """Whether the card proved a secret and everything else held."""
        return self.credential is not None and self.credential.assurance is Assurance.AUTHENTICATED
