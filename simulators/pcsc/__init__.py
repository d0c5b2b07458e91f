"""A PC/SC service of one's own with simulated readers: the real pcscd, and vpcd as the readers' driver."""

from simulators.pcsc.reader import Heard, Moment, VirtualReader
from simulators.pcsc.service import PcscUnavailableError, PrivatePcscd
from simulators.pcsc.words import words_of

__all__ = ["Heard", "Moment", "PcscUnavailableError", "PrivatePcscd", "VirtualReader", "words_of"]
