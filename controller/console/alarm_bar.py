"""What stands on every page of the alarms that wait: for whom, and in which words.

Belongs here: what `alarms/bar.html` is given. Does not belong here: who is called to which (alarms_view.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from controller.console import words
from controller.console.alarms_view import Waiting, called_to, may_acknowledge
from controller.console.navigation import Oneself
from web.i18n import Language


def bar_context(
    me: Oneself | None, language: Language, waiting: Sequence[Waiting], names: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the bar needs. `names`: what gates and areas are called, by id."""

    def say(table: dict[str, str], code: str) -> str:
        return words.say(table, code, language)

    return {
        "called": called_to(me, waiting),
        "is_called": may_acknowledge(me),
        "alarm": lambda kind: say(words.ALARMS, kind),
        "denial": lambda reason: say(words.DENIALS | words.TURNED_AWAY | words.REFUSALS, reason),
        "where": lambda each: each.where(names),
    }
