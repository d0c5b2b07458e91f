"""Passwords hashed with argon2id (RFC 9106), off the event loop and few at a time.

Belongs here: hashing and comparing. Does not belong here: what a good password is (domain/sign_in.py), or whose it is
(accounts.py).
"""

import asyncio
import base64
import secrets
from typing import Final

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from contract.passwords import normalized

COST: Final = RFC_9106_LOW_MEMORY
"""RFC 9106, section 4, second recommendation: 3 passes over 64 MiB in 4 lanes."""
_AT_ONCE: Final = 2
"""So many hashes are made at a time: each takes its memory, and a flood of guesses must not take all of it."""


class Passwords:
    """Makes and checks hashes. `cost`: what they shall cost; a hash that was made with less is made anew when used."""

    def __init__(self, cost: Parameters = COST) -> None:
        self._hasher = PasswordHasher.from_parameters(cost)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        # Made of random bytes: no password fits, and to find that out takes as long as with a real one.
        salt, rest = (base64.b64encode(secrets.token_bytes(size)).rstrip(b"=").decode() for size in (16, 32))
        self._nobodys = f"$argon2id$v=19$m={cost.memory_cost},t={cost.time_cost},p={cost.parallelism}${salt}${rest}"

    async def hashed(self, password: str) -> str:
        """Return the hash of a password, with its salt and parameters (PHC string)."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, _encoded(password))

    async def fits(self, hashed: str | None, password: str) -> bool:
        """Tell whether a password has that hash. Without a hash it takes as long, and fits never."""
        async with self._turns:
            fits = await asyncio.to_thread(self._verify, hashed or self._nobodys, _encoded(password))
        return fits and hashed is not None

    def is_too_cheap(self, hashed: str) -> bool:
        """Tell whether a hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(hashed)

    def _verify(self, hashed: str, password: bytes) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


def _encoded(password: str) -> bytes:
    """Return what is hashed; also of what is no text, which JSON can carry all the same."""
    return normalized(password).encode(errors="surrogatepass")
