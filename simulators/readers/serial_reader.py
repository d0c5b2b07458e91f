"""A simulated card reader on a serial line, of one of the models of serial_models.py.

Human face: `present` a card for a moment, `hold` it, `pull` it away; `send` any bytes. Wire face: what such a reader
sends, at its rate; a driver that listens at another hears what a wrong rate makes of it (line.py).

Not simulated: radio fields, two cards before one reader, and lights.

Belongs here: when a reader speaks. Does not belong here: what it says (serial_models.py).
"""

import asyncio

from simulators.line import PtyLine
from simulators.readers.serial_models import Presentable, model


class SimulatedSerialReader:
    """One reader. `name`: its model; `baud`: the rate at which it is set to work, in bits per second.

    Raises ValueError for a model that can not be simulated.
    """

    def __init__(self, line: PtyLine, name: str = "rdm6300", baud: int = 9600) -> None:
        self._line = line
        self._model = model(name)
        self._baud = baud
        self._passed: list[Presentable] = []
        self._held: Presentable | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heard = b""
        self._is_started = not self._model.started_by
        if self._model.asked_by or self._model.started_by:
            line.listen(self._on_heard, lambda: self._baud)

    def present(self, card: Presentable) -> None:
        """Hold a card before the reader for as long as it takes to be read once."""
        if self._model.asked_by:
            self._passed.append(card)
        elif self._is_started:
            self.send(self._model.encode(card))

    def hold(self, card: Presentable) -> None:
        """Hold a card before the reader until it is pulled away."""
        self.pull()
        self._held = card
        self._again(card)

    def pull(self) -> None:
        """Take the held card away."""
        self._held = None
        if self._timer is not None:
            self._timer.cancel()

    def send(self, data: bytes) -> None:
        """Send any bytes: a broken frame, noise."""
        self._line.send(data, self._baud)

    def _again(self, card: Presentable) -> None:
        if not self._model.asked_by:
            self.present(card)
        if self._model.repeats_every_s:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._model.repeats_every_s, self._again, card)

    def _on_heard(self, piece: bytes) -> None:
        asked, started = self._model.asked_by, self._model.started_by
        self._heard += piece
        if started and started in self._heard:
            self._is_started = True
            self._heard = b""
        while asked and asked in self._heard:
            self._heard = self._heard.partition(asked)[2]
            card = self._passed.pop(0) if self._passed else self._held
            self.send((self._model.encode(card) if card is not None else b"") or self._model.nothing)
        self._heard = self._heard[-len(asked or started) :]
