"""What the controller received: differences of its live picture, written down as they come.

Belongs here: comparing two pictures. Does not belong here: the words for it (simulators/bench/words.py).
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from controller.live import Live
from simulators.bench.journal import Fact, Journal, Source

_EVERY_S: Final = 0.3

News = tuple[str, str, dict[str, Fact]]
"""Kind, place and facts of an entry."""


async def watch_controller(
    live: Callable[[], Live | None], journal: Journal, seen: Callable[[Live | None], None]
) -> None:
    """Write down what changes at the controller, until cancelled; `seen` gets every picture.

    `live`: asks for the picture, and may block; None while the controller does not answer.
    """
    before: Live | None = None
    is_silent = False
    while True:
        now = await asyncio.to_thread(live)
        seen(now)
        if now is None and not is_silent:
            is_silent = True
            journal.add(Source.CONTROLLER, "silent")
        if now is not None:
            is_silent = False
            if before is not None:
                for kind, place, facts in differences(before, now):
                    journal.add(Source.CONTROLLER, kind, place, facts=facts)
            before = now
        await asyncio.sleep(_EVERY_S)


def differences(before: Live, now: Live) -> Iterator[News]:
    """Yield what `now` has that `before` had not."""
    had = {(line.gate, line.kind): line.count for line in before.received}
    for line in now.received:
        more = line.count - had.get((line.gate, line.kind), 0)
        if more > 0:
            yield "received", line.gate, {"event": line.kind, "count": more}
    alarms = Counter((alarm.at, alarm.kind, alarm.gate, alarm.place) for alarm in now.alarms)
    alarms.subtract((alarm.at, alarm.kind, alarm.gate, alarm.place) for alarm in before.alarms)
    for (_, kind, name, place), count in reversed(alarms.items()):
        for _each in range(count):
            yield "alarm", place, {"alarm": kind, "gate": name}
    if (before.premises.best, before.premises.highest) != (now.premises.best, now.premises.highest):
        yield (
            "headcount",
            "",
            {"lowest": now.premises.lowest, "best": now.premises.best, "highest": now.premises.highest},
        )
    states = {gate.gate: gate.state for gate in before.gates}
    for gate in now.gates:
        if gate.state is not states.get(gate.gate):
            yield "gate-state", gate.gate, {"state": gate.state.value}
