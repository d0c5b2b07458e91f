"""A card that lies before a reader, judged: once, as one card, however often it is reset or exchanged meanwhile.

Belongs here: beginning anew. Does not belong here: waiting for a card (watch.py), or the judgement (judge.py).
"""

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


def judge_presented(
    service: Service, reader: str, seen: Sight, judge: CardJudge, pause: Callable[[float], object]
) -> tuple[Verdict, Sight]:
    """Return the judgement of the card at `reader`, and what was seen there when it was judged.

    `seen`: what was seen when it came; `pause`: waits so many seconds. Raises ReaderGoneError, ServiceError.
    """
    words = "it was taken away before it was read"
    for _ in range(_TRIES):
        if not seen.is_present:
            break
        try:
            verdict = _judged(service, reader, seen, judge)
        except CardBusyError:
            words = "another program keeps it for itself"
            verdict = None
            pause(_BUSY_S)
        after = service.look(reader) or seen
        # A refusal counts if the card is still the one that was refused; what was proven was proven.
        if verdict is not None and (verdict.credential is not None or after.changes == seen.changes):
            return verdict, seen
        seen = after
    return Verdict(kind=CardKind.UNKNOWN, refusal=ReadRefusal.CARD_REMOVED, words=words), seen


def _judged(service: Service, reader: str, seen: Sight, judge: CardJudge) -> Verdict | None:
    """Return the judgement; None if the card went or was reset in between."""
    if seen.is_mute:
        return _unusable("it does not answer")
    try:
        with service.connect(reader) as card:
            return judge.judge(card, card.atr)
    except CardGoneError:
        return None
    except CardError as error:
        return _unusable(str(error))


def _unusable(words: str) -> Verdict:
    return Verdict(kind=CardKind.UNKNOWN, refusal=ReadRefusal.UNSUPPORTED_CARD, words=words)
