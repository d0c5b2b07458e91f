"""A card that lies before a reader, judged: once, as one card, however often it is reset or exchanged meanwhile.

Belongs here: beginning anew. Does not belong here: waiting for a card (watch.py), or the judgement (judge.py).
"""

import time
from collections.abc import Callable
from typing import Final

from drivers.pcsc.apdu import CardError, CardGoneError
from drivers.pcsc.judge import CardJudge
from drivers.pcsc.service import CardBusyError, Service, Sight
from drivers.pcsc.verdict import CardKind, Verdict
from drivers.ports import ReadRefusal

_TRIES: Final = 3
"""So often a card is read anew that was reset or exchanged while it was read."""
_BUSY_S: Final = 0.2
_NOTICED_S: Final = 0.6
"""The service looks every 0.4 s whether a card is there (pcsc-lite)."""


def judge_presented(
    service: Service, reader: str, seen: Sight, judge: CardJudge, pause: Callable[[float], object]
) -> tuple[Verdict, Sight]:
    """Return the judgement of the card at `reader`, and what was seen there when it was judged.

    `seen`: what was seen when it came; `pause`: waits so many seconds. Raises ReaderGoneError, ServiceError.
    """
    reason, words = ReadRefusal.CARD_REMOVED, "it was taken away before it was read"
    for _ in range(_TRIES):
        if not seen.is_present:
            break
        try:
            verdict = _judged(service, reader, seen, judge)
            after = service.look(reader) or seen
            # A refusal counts if the card is still the one that was refused; what was proven was proven.
            if verdict.credential is not None or after.changes == seen.changes:
                return verdict, seen
        except CardBusyError:
            reason, words = ReadRefusal.UNSUPPORTED_CARD, "another program keeps it for itself"
            pause(_BUSY_S)
            after = service.look(reader) or seen
        except CardGoneError:
            after = _changed(service, reader, seen)
        except CardError as error:
            reason, words = ReadRefusal.UNSUPPORTED_CARD, str(error)
            after = _changed(service, reader, seen)
            if after.changes == seen.changes:
                break
        seen = after
    if not seen.is_present:
        reason, words = ReadRefusal.CARD_REMOVED, "it was taken away before it was read"
    return Verdict(kind=CardKind.UNKNOWN, refusal=reason, words=words), seen


def _judged(service: Service, reader: str, seen: Sight, judge: CardJudge) -> Verdict:
    """Return the judgement. Raises CardBusyError, CardGoneError, CardError."""
    if seen.is_mute:
        raise CardError("it does not answer")
    with service.connect(reader) as card:
        return judge.judge(card, card.atr)


def _changed(service: Service, reader: str, seen: Sight) -> Sight:
    """Return what is seen at the reader once a card came or went there, or after the time that this may take.

    A card that is pulled falls silent at once, and the service notices only when it looks the next time.
    """
    until_s = time.monotonic() + _NOTICED_S
    now = seen
    while now.changes == seen.changes and (left_s := until_s - time.monotonic()) > 0:
        now = service.look(reader, now, int(left_s * 1000) + 1) or now
    return now
