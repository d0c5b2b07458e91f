"""What the library raises about certificates and lists that it can not read.

Belongs here: that alone. Does not belong here: what follows from it.
"""

from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""It reads lazily: these can come from any attribute of a certificate or list."""
