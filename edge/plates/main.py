"""The plate process: `python -m edge.plates.main`, started by the gate and by nobody else.

A process of its own: reading takes a whole core for a moment, and the gate decides on cards meanwhile. It answers each
Look on stdin with a Seen on stdout (wire.py) and ends with the end of stdin or at SIGTERM. Nothing is written to disk,
and no plate into a log.

Belongs here: that loop. Does not belong here: reading (finder.py).
"""

import os
import signal
import sys
from typing import Final

import cv2

from edge.plates.finder import Found, PlateFinder
from edge.plates.picture import BadPictureError, Picture, decoded
from edge.plates.recognizer import Recognizer
from edge.plates.syntax import BadSyntaxError, syntax_of
from edge.plates.wire import Look, Seen, Spelt, looks
from process.memory import keep_in_memory
from process.pipe import BadPipeError, framed, received

_NICER: Final = 5
_SHOWN_PIXELS: Final = 640
_JPEG_QUALITY: Final = 80
_YELLOW: Final = (0, 220, 255)


def answer(finder: PlateFinder, look: Look) -> Seen:
    """Return what `finder` sees in the picture; nothing where it is no picture, or of unknown countries."""
    try:
        picture = decoded(look.jpeg)
        found = finder.find(picture, syntax_of(look.countries), look.within)
    except (BadPictureError, BadSyntaxError, cv2.error):
        return Seen()
    if found is None:
        return Seen()
    return Seen(tuple(Spelt(way.plate, way.confidence) for way in found.spellings), shown(picture, found))


def shown(picture: Picture, found: Found) -> bytes:
    """Return the picture as the officer sees it (JPEG): at most 640 pixels wide, with a frame around the plate."""
    scale = min(1.0, _SHOWN_PIXELS / picture.shape[1])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    box = found.box
    left, top, right, bottom = (round(v * scale) for v in (box.x, box.y, box.x + box.w, box.y + box.h))
    cv2.rectangle(small, (left - 4, top - 4), (right + 4, bottom + 4), _YELLOW, 2)
    made, jpeg = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return jpeg.tobytes() if made else b""


def main() -> int:
    """Answer until the end of stdin; returns the exit status."""
    # Answers keep the real stdout; whatever a library prints goes to stderr. No core file ever holds a plate.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    keep_in_memory()
    os.nice(_NICER)
    # Ctrl-C reaches the whole process group; the gate ends this process when it is done with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    finder = PlateFinder(Recognizer())
    try:
        for look in received(sys.stdin.fileno(), looks()):
            answers.write(framed(answer(finder, look)))
    except (BadPipeError, BrokenPipeError):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
