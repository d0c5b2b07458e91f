"""The words for video: why somebody looks, why nothing is to be seen, and what the player says by itself.

Belongs here: one phrase a code; `{name}` stands for what the page fills in. Does not belong here: where it stands
(templates, static/video).
"""

from collections.abc import Callable
from typing import Final

from controller.console.office_words import REFUSALS
from controller.console.video_refusals import REFUSED
from controller.console.words import word

# ViewingReason of controller.domain.video.viewing.
REASONS: Final = {
    "missing": word("Somebody is missing"),
    "unseen": word("Somebody may have come or left unread"),
    "alarm": word("What lies behind an alarm"),
    "exercise": word("Exercise"),
}

# GapReason of the contract.
GAPS: Final = {
    "unreachable": word("The camera could not be reached"),
    "refused": word("The camera refused the gate"),
    "no-video": word("The camera sent no video"),
    "silent": word("The camera sent nothing any more"),
    "ended": word("The camera ended its stream"),
    "broken": word("What the camera sent could not be read"),
    "stalled": word("The camera skipped this time"),
    "no-key": word("The gate had no key of that day"),
    "disk": word("The gate's disk refused"),
    "stopped": word("The recorder did not run"),
    "not-served": word("The gate had no address of this camera"),
    "made-room": word("Deleted before its time for want of room"),
}

_SAYS: Final = {
    "loading": word("Loading"),
    "playing": word("Playing"),
    "paused": word("Paused"),
    "nothing": word("Nothing was recorded at this moment."),
    "nothing-because": word("Nothing was recorded at this moment: {why}."),
    "nothing-more": word("Nothing was recorded from here to the end."),
    "not-played": word("This browser can not play the recording."),
    "failed": word("The controller did not answer: it is tried again."),
    "over": word("Your viewing is over: nothing of it is left on this page."),
    "play": word("Play"),
    "pause": word("Pause"),
    "old": word("No picture since {time}."),
    "live-over": word("Your right to live pictures has ended."),
}


def words_of(gettext: Callable[[str], str]) -> dict[str, dict[str, str]]:
    """Return all words that the scripts of video need, in one language."""
    tables = {"say": _SAYS, "gaps": GAPS, "refused": REFUSED | REFUSALS}
    return {name: {code: gettext(text) for code, text in table.items()} for name, table in tables.items()}
