"""A gate's sirens and relays: sounded while orders ask for it, and said again and again, for outputs are timed.

A gate that dies falls silent within 20 s; one that is started again within that time hears its order from the broker
and goes on. Belongs here: outputs in time, and what is told of them. Does not belong here: which signals sound
(domain/signals.py), drivers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from contract import events
from contract.clock import NS_PER_S
from contract.ids import AccountId, SignalId
from contract.site import SignalConfig
from drivers import ports
from edge.domain.signals import Signals
from edge.technician import SignalLine, SignalState
from edge.telling import Telling

HELD_MS: Final = 20_000
"""So long an output is switched on at a time; the longest that every board and OSDP device can time."""
AGAIN_NS: Final = 5 * NS_PER_S
BY_ORDER: Final = AccountId("")

_logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Signal:
    config: SignalConfig
    is_sounding: bool = False
    """It shall sound, and its device took the command."""
    has_failed: bool = False
    again_ns: int = 0


class Signalling:
    """The signals of one gate. Belongs to the event loop."""

    def __init__(
        self, config: Sequence[SignalConfig], hardware: Mapping[SignalId, ports.SignalHardware], telling: Telling
    ) -> None:
        self._signals = {signal.id: _Signal(signal) for signal in config}
        self._hardware = hardware
        self._telling = telling
        self._rule = Signals(self._signals)
        self._ordered: Mapping[SignalId, int] = {}

    @property
    def sounding(self) -> list[str]:
        """Names of what sounds, or shall sound."""
        return [
            signal.config.name or signal.config.id
            for signal in self._signals.values()
            if signal.is_sounding or signal.has_failed
        ]

    def obey(self, ordered: Mapping[SignalId, int]) -> None:
        """Sound what `ordered` asks for (domain/signals.py), and nothing else; to be called at least once a second."""
        self._ordered = ordered
        self._follow(BY_ORDER)

    def silence(self, by: AccountId) -> bool:
        """Silence all that sounds, until another operation asks for it; return whether anything did."""
        was_sounding = bool(self.sounding)
        self._rule.silence(self._ordered)
        self._follow(by)
        return was_sounding

    def standing(self) -> Iterator[SignalLine]:
        """Yield lines that tell what sounds now."""
        at = self._telling.now_text()
        for signal in self._signals.values():
            if signal.is_sounding or signal.has_failed:
                state = SignalState.FAILED if signal.has_failed else SignalState.SOUNDS
                yield SignalLine(at, signal.config.id, state)

    def _follow(self, by: AccountId) -> None:
        sounding = self._rule.sounding(self._ordered)
        for id_, signal in self._signals.items():
            if id_ in sounding:
                self._sound(signal)
            elif signal.is_sounding or signal.has_failed:
                self._silence(signal, by)

    def _sound(self, signal: _Signal) -> None:
        now_ns = self._telling.time.boottime_ns()
        if signal.is_sounding and now_ns < signal.again_ns:
            return
        id_, hardware = signal.config.id, self._hardware.get(signal.config.id)
        if hardware is None or not self._submitted(hardware):
            signal.is_sounding = False
            self._telling.counters["signal-not-submitted"] += 1
            if not signal.has_failed:
                signal.has_failed = True
                self._telling.event(lambda at_ns: events.SignalFailed(at_ns, id_))
                self._tell(id_, SignalState.FAILED)
            return
        signal.again_ns = now_ns + AGAIN_NS
        if not signal.is_sounding:
            signal.is_sounding, signal.has_failed = True, False
            self._telling.event(lambda at_ns: events.SignalSwitched(at_ns, id_, active=True, by=BY_ORDER))
            self._tell(id_, SignalState.SOUNDS)

    def _silence(self, signal: _Signal, by: AccountId) -> None:
        id_, hardware = signal.config.id, self._hardware.get(signal.config.id)
        signal.is_sounding = signal.has_failed = False
        if hardware is not None:
            hardware.silence()  # a device that is away ends by its own timer
        self._telling.event(lambda at_ns: events.SignalSwitched(at_ns, id_, active=False, by=by))
        self._tell(id_, SignalState.SILENT)

    @staticmethod
    def _submitted(hardware: ports.SignalHardware) -> bool:
        try:
            return hardware.sound(HELD_MS)
        except ports.BadCommandError as error:
            _logger.warning("signal_refused", signal=hardware.id, cause=str(error))
            return False

    def _tell(self, signal: SignalId, state: SignalState) -> None:
        self._telling.line(lambda at: SignalLine(at, signal, state))
