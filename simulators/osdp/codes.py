"""Command, reply, error and function codes of OSDP, with their names in words.

Belongs here: numbers and names of Annex A and the tables of clauses 6 and 7. Does not belong here: what follows a code
(commands.py, replies.py).
"""

from enum import IntEnum
from typing import Final

BROADCAST_ADDRESS: Final = 0x7F
"""Every device takes a message to this address for its own (5.4)."""
REPLY_FLAG: Final = 0x80
"""Set in the address of whatever a device sends (5.4)."""


class Command(IntEnum):
    """What a control unit sends (Annex A.1)."""

    POLL = 0x60
    ID = 0x61
    CAP = 0x62
    LSTAT = 0x64
    ISTAT = 0x65
    OSTAT = 0x66
    RSTAT = 0x67
    OUT = 0x68
    LED = 0x69
    BUZ = 0x6A
    TEXT = 0x6B
    COMSET = 0x6E
    BIOREAD = 0x73
    BIOMATCH = 0x74
    KEYSET = 0x75
    CHLNG = 0x76
    SCRYPT = 0x77
    ACURXSIZE = 0x7B
    FILETRANSFER = 0x7C
    MFG = 0x80
    XWR = 0xA1
    ABORT = 0xA2
    PIVDATA = 0xA3
    GENAUTH = 0xA4
    CRAUTH = 0xA5
    KEEPACTIVE = 0xA7


class Reply(IntEnum):
    """What a device sends (Annex A.2)."""

    ACK = 0x40
    NAK = 0x41
    PDID = 0x45
    PDCAP = 0x46
    LSTATR = 0x48
    ISTATR = 0x49
    OSTATR = 0x4A
    RSTATR = 0x4B
    RAW = 0x50
    FMT = 0x51
    KEYPAD = 0x53
    COM = 0x54
    BIOREADR = 0x57
    BIOMATCHR = 0x58
    CCRYPT = 0x76
    RMAC_I = 0x78
    BUSY = 0x79
    FTSTAT = 0x7A
    PIVDATAR = 0x80
    GENAUTHR = 0x81
    CRAUTHR = 0x82
    MFGSTATR = 0x83
    MFGERRR = 0x84
    MFGREP = 0x90
    XRD = 0xB1


class Nak(IntEnum):
    """Why a device does not do what it was told (7.3, table 47)."""

    NO_ERROR = 0
    BAD_CHECK = 1
    BAD_LENGTH = 2
    UNKNOWN_COMMAND = 3
    BAD_SEQUENCE = 4
    SECURITY_BLOCK_UNSUPPORTED = 5
    ENCRYPTION_REQUIRED = 6
    BIO_TYPE_UNSUPPORTED = 7
    BIO_FORMAT_UNSUPPORTED = 8
    UNABLE_TO_PROCESS = 9


class Function(IntEnum):
    """What a device says it can do, in osdp_PDCAP (7.5, Annex B)."""

    CONTACT_STATUS = 1
    OUTPUT_CONTROL = 2
    CARD_DATA_FORMAT = 3
    LED_CONTROL = 4
    AUDIBLE_OUTPUT = 5
    TEXT_OUTPUT = 6
    TIME_KEEPING = 7
    CHECK_CHARACTER = 8
    COMMUNICATION_SECURITY = 9
    RECEIVE_BUFFER_SIZE = 10
    LARGEST_COMBINED_MESSAGE = 11
    SMART_CARD = 12
    READERS = 13
    BIOMETRICS = 14
    SECURE_PIN_ENTRY = 15
    OSDP_VERSION = 16


class OutputControl(IntEnum):
    """What osdp_OUT asks of an output (6.10)."""

    NONE = 0
    OFF_NOW = 1
    """Permanent state off; a timed operation is aborted."""
    ON_NOW = 2
    """Permanent state on; a timed operation is aborted."""
    OFF_AFTER = 3
    """Permanent state off; a timed operation may complete."""
    ON_AFTER = 4
    """Permanent state on; a timed operation may complete."""
    TIMED_ON = 5
    """On for the timer's time, then back to the permanent state."""
    TIMED_OFF = 6
    """Off for the timer's time, then back to the permanent state."""


class Color(IntEnum):
    """Colours of a reader's light (6.11)."""

    BLACK = 0
    RED = 1
    GREEN = 2
    AMBER = 3
    BLUE = 4
    MAGENTA = 5
    CYAN = 6
    WHITE = 7


NAK_WORDS: Final = {
    Nak.NO_ERROR: "no error",
    Nak.BAD_CHECK: "check characters wrong",
    Nak.BAD_LENGTH: "length of the command wrong",
    Nak.UNKNOWN_COMMAND: "unknown command",
    Nak.BAD_SEQUENCE: "unexpected sequence number",
    Nak.SECURITY_BLOCK_UNSUPPORTED: "security block not supported",
    Nak.ENCRYPTION_REQUIRED: "only inside a secure channel",
    Nak.BIO_TYPE_UNSUPPORTED: "biometric type not supported",
    Nak.BIO_FORMAT_UNSUPPORTED: "biometric format not supported",
    Nak.UNABLE_TO_PROCESS: "can not process the command",
}
FUNCTION_WORDS: Final = {
    Function.CONTACT_STATUS: "contact inputs",
    Function.OUTPUT_CONTROL: "outputs",
    Function.CARD_DATA_FORMAT: "card data format",
    Function.LED_CONTROL: "lights",
    Function.AUDIBLE_OUTPUT: "tones",
    Function.TEXT_OUTPUT: "text display",
    Function.TIME_KEEPING: "time keeping",
    Function.CHECK_CHARACTER: "check characters",
    Function.COMMUNICATION_SECURITY: "secure channel",
    Function.RECEIVE_BUFFER_SIZE: "receive buffer",
    Function.LARGEST_COMBINED_MESSAGE: "largest combined message",
    Function.SMART_CARD: "smart cards",
    Function.READERS: "readers",
    Function.BIOMETRICS: "biometrics",
    Function.SECURE_PIN_ENTRY: "secure PIN entry",
    Function.OSDP_VERSION: "OSDP version",
}
COMMAND_WORDS: Final = {
    Command.POLL: "poll",
    Command.ID: "who are you",
    Command.CAP: "what can you do",
    Command.LSTAT: "report tamper and power",
    Command.ISTAT: "report inputs",
    Command.OSTAT: "report outputs",
    Command.RSTAT: "report readers",
    Command.OUT: "set outputs",
    Command.LED: "set lights",
    Command.BUZ: "set tone",
    Command.TEXT: "show text",
    Command.COMSET: "set address and baud rate",
    Command.BIOREAD: "read biometric data",
    Command.BIOMATCH: "match biometric data",
    Command.KEYSET: "set key",
    Command.CHLNG: "begin secure channel",
    Command.SCRYPT: "server cryptogram",
    Command.ACURXSIZE: "receive buffer of the panel",
    Command.FILETRANSFER: "file transfer",
    Command.MFG: "manufacturer's command",
    Command.XWR: "extended write",
    Command.ABORT: "abort",
    Command.PIVDATA: "read PIV data",
    Command.GENAUTH: "general authenticate",
    Command.CRAUTH: "challenge/response authenticate",
    Command.KEEPACTIVE: "keep the card powered",
}
REPLY_WORDS: Final = {
    Reply.ACK: "done, nothing to report",
    Reply.NAK: "refused",
    Reply.PDID: "identification",
    Reply.PDCAP: "capabilities",
    Reply.LSTATR: "tamper and power",
    Reply.ISTATR: "inputs",
    Reply.OSTATR: "outputs",
    Reply.RSTATR: "readers",
    Reply.RAW: "card",
    Reply.FMT: "card, as text",
    Reply.KEYPAD: "keys typed",
    Reply.COM: "address and baud rate",
    Reply.BIOREADR: "biometric data",
    Reply.BIOMATCHR: "biometric match",
    Reply.CCRYPT: "client cryptogram",
    Reply.RMAC_I: "secure channel is up: initial MAC",
    Reply.BUSY: "busy, ask again",
    Reply.FTSTAT: "file transfer status",
    Reply.PIVDATAR: "PIV data",
    Reply.GENAUTHR: "general authenticate result",
    Reply.CRAUTHR: "challenge/response result",
    Reply.MFGSTATR: "manufacturer's status",
    Reply.MFGERRR: "manufacturer's error",
    Reply.MFGREP: "manufacturer's reply",
    Reply.XRD: "extended read",
}


def command_name(code: int) -> str:
    """Return the standard's name of a command, as `osdp_POLL`; the number for an unknown one."""
    return f"osdp_{Command(code).name}" if code in COMMAND_WORDS else f"command 0x{code:02X}"


def reply_name(code: int) -> str:
    """Return the standard's name of a reply, as `osdp_ACK`; the number for an unknown one."""
    return f"osdp_{Reply(code).name}" if code in REPLY_WORDS else f"reply 0x{code:02X}"
