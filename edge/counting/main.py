"""The counting process: `python -m edge.counting.main`, started by a recorder and by nobody else.

A process of its own: decoding costs a tenth of a core and more, and a picture that breaks the decoder must not break
the recording. It takes Begin, Stream and Packet on stdin, says Crossing and Sight on stdout (wire.py), and ends with
the end of stdin or at SIGTERM. Nothing is written to disk.

Belongs here: that loop. Does not belong here: counting (counter.py), decoding (decoder.py).
"""

import os
import signal
import sys
from typing import Final

from edge.counting.decoder import CountingDecoder
from edge.counting.wire import Begin, Crossing, FromCounter, Packet, Sight, Stream, to_counter
from process.memory import keep_in_memory
from process.pipe import BadPipeError, framed, received

_NICER: Final = 5


def main() -> int:
    """Count until the end of stdin; returns the exit status."""
    # Reports keep the real stdout; whatever a library prints goes to stderr. No core file ever holds a picture.
    reports = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    keep_in_memory()
    os.nice(_NICER)
    # Ctrl-C reaches the whole process group; the recorder ends this process when it is done with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    counting: CountingDecoder | None = None
    was_blind: bool | None = None
    try:
        for order in received(sys.stdin.fileno(), to_counter()):
            match order:
                case Begin(line, masks):
                    counting = CountingDecoder(line, masks)
                case Stream() if counting is not None:
                    counting.begin(order)
                    was_blind = None  # the recorder takes a lost stream for a blind camera
                case Packet() if counting is not None:
                    for crossed in counting.take(order):
                        _tell(reports, Crossing(crossed.side, crossed.persons, order.came_ns))
                    if counting.is_blind is not was_blind:
                        was_blind = counting.is_blind
                        _tell(reports, Sight(was_blind))
                case _:
                    return 1
    except (BadPipeError, BrokenPipeError):
        return 1
    return 0


def _tell(reports: int, report: FromCounter) -> None:
    os.write(reports, framed(report))  # some bytes: a pipe takes them whole


if __name__ == "__main__":
    sys.exit(main())
