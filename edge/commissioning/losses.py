"""Why a reader or board can not be relied upon, for whoever has to mend it.

Belongs here: the words and the remedy of each reason. Does not belong here: the reasons themselves (drivers/ports.py).
"""

from typing import Final

from drivers.ports import LossReason

_UNHEARD: Final = (
    "nothing was heard of it",
    "look at supply, wiring, address and rate",
)
_WORDS: Final = {
    LossReason.LINE_ABSENT: (
        "its line can not be opened: the device file says {line} is {path}",
        "is the adapter plugged in, is that its path (ls -l /dev/serial/by-id), may this account open it (dialout)?",
    ),
    LossReason.LINE_LOST: (
        "its line {line} ({path}) failed while in use",
        "look at adapter, plug and cable, then check again",
    ),
    LossReason.NO_ANSWER: (
        "does not answer on line {line} ({path})",
        "look at supply, wiring (A and B swapped?), address and rate",
    ),
    LossReason.NOT_SECURE: (
        "answers, but not with its own key",
        "put the same key into reader (configuration card or maker's tool, never over the bus) and device file (scbk)",
    ),
    LossReason.BUS_PROCESS_LOST: (
        "the program that serves its line {line} ended",
        "check again; if it stays so, send the log of this check to who maintains sacs",
    ),
    LossReason.READER_ABSENT: (
        "the smart card service knows no reader {path}",
        "is it plugged in? `lines` in the device file has to say its name, or the beginning: sacs card names them all",
    ),
    LossReason.SERVICE_LOST: (
        "the smart card service does not answer",
        "start it: systemctl start pcscd.socket",
    ),
}


def in_words(reason: LossReason | None, line: str, path: str) -> tuple[str, str]:
    """Return what is wrong and what to do about it; None: nothing was ever heard.

    `line`: its line's name in the site file, `path`: what the device file says that this is.
    """
    words, remedy = _UNHEARD if reason is None else _WORDS[reason]
    return words.format(line=line, path=path or "nothing"), remedy
