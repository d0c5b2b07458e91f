"""A PC/SC reader as the gate knows it.

Belongs here: the `Reader` port, between the gate's event loop and the thread that watches. Does not belong here:
either of them.
"""

import asyncio
import contextlib
import threading
from typing import Final

from contract.clock import Clock
from contract.ids import ReaderId
from drivers.pcsc.judge import CardJudge
from drivers.pcsc.watch import CardWatch
from drivers.ports import DeviceEvent, EventSink, Indication

_STOP_TRIES: Final = 20
_STOP_EACH_S: Final = 0.1
"""A card that does not answer may hold the thread for longer; it then ends by itself."""


class PcscReader:
    """See drivers.ports.Reader.

    `reader_name`: the service's name of it, or the beginning of that. `is_secure`: whether every card that it lets
    through has proven a secret. The same credential again within `hold_off_ms` is one read.
    """

    def __init__(
        self,
        reader: ReaderId,
        reader_name: str,
        judge: CardJudge,
        clock: Clock,
        *,
        hold_off_ms: int,
        is_secure: bool,
    ) -> None:
        self._id = reader
        self._reader_name = reader_name
        self._judge = judge
        self._clock = clock
        self._hold_off_ms = hold_off_ms
        self._is_secure = is_secure

    @property
    def id(self) -> ReaderId:
        """See drivers.ports.Reader."""
        return self._id

    async def run(self, sink: EventSink) -> None:
        """See drivers.ports.Reader."""
        loop = asyncio.get_running_loop()
        end: asyncio.Future[None] = loop.create_future()

        def deliver(event: DeviceEvent) -> None:
            if end.done():
                return
            try:
                sink(event)
            except Exception as error:  # noqa: BLE001 - passed on to who awaits the end
                end.set_exception(error)

        def fail(error: BaseException) -> None:
            if not end.done():
                end.set_exception(error)

        def emit(event: DeviceEvent) -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be closed before a card that hangs lets go
                loop.call_soon_threadsafe(deliver, event)

        watch = CardWatch(
            self._id,
            self._reader_name,
            self._judge,
            self._clock,
            emit,
            hold_off_ms=self._hold_off_ms,
            is_secure=self._is_secure,
        )

        def work() -> None:
            try:
                watch.work()
            except Exception as error:  # noqa: BLE001 - passed on to who awaits the end
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(fail, error)

        thread = threading.Thread(target=work, name=f"cards at {self._id}", daemon=True)
        thread.start()
        try:
            await end
        finally:
            end.cancel()
            await asyncio.to_thread(_end, thread, watch)

    def indicate(self, indication: Indication) -> None:
        """See drivers.ports.Reader; the service has no way to show anything at a reader."""


def _end(thread: threading.Thread, watch: CardWatch) -> None:
    """Stop `watch`, more than once: a wait of the service that just begins does not hear the first call."""
    for _ in range(_STOP_TRIES):
        watch.stop()
        thread.join(_STOP_EACH_S)
        if not thread.is_alive():
            return
