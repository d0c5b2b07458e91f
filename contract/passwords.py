"""How a password is written before it is hashed, wherever that happens.

Belongs here: that rule. Does not belong here: what a good password is, or hashing.
"""

import unicodedata


def normalized(password: str) -> str:
    """Return a password as it is hashed: NFKC, as NIST SP 800-63B wants, so that any keyboard writes the same."""
    return unicodedata.normalize("NFKC", password)
