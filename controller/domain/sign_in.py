"""Rules of signing in: what a password must be, how long a session lasts, how long to wait after failures.

Passwords follow NIST SP 800-63B (length, a list of what is guessed first, no rules of composition, no expiry). Belongs
here: these rules. Does not belong here: hashing and storing (service/).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contract.clock import NS_PER_S
from contract.passwords import normalized

PASSWORD_AT_LEAST: Final = 12
"""Characters of a password; NIST SP 800-63B asks for 8 at least."""
PASSWORD_AT_MOST: Final = 256
"""More would only make work for whoever sends it: a hash is as slow as its input is long."""
IDLE_S: Final = 30 * 60
"""A session ends so long after it was last used."""
LIFE_S: Final = 12 * 3600
"""A session ends so long after it was opened, used or not: one shift."""
CODE_LIFE_S: Final = 24 * 3600
"""A one-time code works for so long."""
FORGOTTEN_AFTER_S: Final = 24 * 3600
"""Failed sign-ins count for so long after the last one."""
_ALPHABETS: Final = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "0123456789012345")
_GUESSED_FIRST: Final = frozenset(
    {
        "password", "passwort", "motdepasse", "contrasena", "welcome", "letmein", "changeme", "administrator",
        "security", "iloveyou", "unitednations", "controller", "accesscontrol", "secret", "sunshine", "princess",
        "football", "trustno", "correcthorsebatterystaple",
    }
)  # fmt: skip
_FEWEST_DIFFERENT: Final = 5
_RUN: Final = 6
_REST_AT_LEAST: Final = 8
"""So many characters must be left of a password when what is guessed first is taken out."""
_SHORTEST_TELLING: Final = 4


class PasswordError(ValueError):
    """A password that is too easy to guess; the message says why, and does not repeat it."""


def check_password(password: str, personal: Iterable[str]) -> None:
    """Refuse what is short or guessed first. `personal`: what is known of its owner. Raises PasswordError."""
    text = normalized(password)
    if len(text) < PASSWORD_AT_LEAST:
        raise PasswordError(f"a password has at least {PASSWORD_AT_LEAST} characters: several words do well")
    if len(text) > PASSWORD_AT_MOST:
        raise PasswordError(f"a password has at most {PASSWORD_AT_MOST} characters")
    lower = text.casefold()
    if len(set(lower)) < _FEWEST_DIFFERENT:
        raise PasswordError("this repeats the same few characters: take several words")
    rest = _without_runs(lower)
    for word in (*_GUESSED_FIRST, *_telling(personal)):
        rest = rest.replace(word, "")
    if len(rest) < _REST_AT_LEAST:
        raise PasswordError("this is guessed first: take words that have nothing to do with you or this work")


def _telling(personal: Iterable[str]) -> list[str]:
    return [part for text in personal for part in text.casefold().split() if len(part) >= _SHORTEST_TELLING]


def _without_runs(text: str) -> str:
    """Return `text` without runs along the alphabet, the digits or a keyboard, either way."""
    for row in _ALPHABETS:
        for line in (row, row[::-1]):
            for start in range(len(line) - _RUN + 1):
                text = text.replace(line[start : start + _RUN], "")
    return text


@dataclass(frozen=True)
class Patience:
    """How failures from one source slow the next try down: not at all up to `free`, then twice as long each time.

    At `alarm` failures somebody is told.
    """

    free: int
    longest_s: int
    alarm: int

    def waits_until_ns(self, failures: int, last_ns: int) -> int:
        """Return from when on the next try is looked at, after so many failures, the last one at `last_ns`."""
        if failures < self.free:
            return last_ns
        return last_ns + min(self.longest_s, 1 << min(failures - self.free, 30)) * NS_PER_S


OF_NAME: Final = Patience(free=5, longest_s=900, alarm=10)
"""For one sign-in name. A passkey is not slowed down by it: no stranger's guesses lock anybody out of a muster."""
OF_ADDRESS: Final = Patience(free=20, longest_s=60, alarm=50)
"""For one network address, behind which a whole control centre may sit."""
