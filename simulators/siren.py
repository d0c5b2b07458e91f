"""Sirens at outputs of readers and boards, and the ears of the people on the site.

Wire face: `on_output` is told what a relay does. Human face: whoever is on the premises hears when one of them sounds,
and when all are silent again.

Belongs here: sirens and hearing them. Does not belong here: what people do then (evacuation.py), devices (readers/,
boards/).
"""

import asyncio
from collections.abc import Callable, Iterable

from contract.ids import SignalId


class SimulatedSiren:
    """One siren, lamp or relay in a running event loop."""

    def __init__(self, id_: SignalId) -> None:
        self.id = id_
        self.is_sounding = False
        self.listeners: list[Callable[[], None]] = []

    def on_output(self, sounding: bool) -> None:  # noqa: FBT001 - what a device calls
        """The relay that drives it closed or opened."""
        self.is_sounding = sounding
        for listener in self.listeners:
            listener()


class Ears:
    """Everybody who can hear these sirens."""

    def __init__(self, sirens: Iterable[SimulatedSiren]) -> None:
        self._sirens = list(sirens)
        self._changed = asyncio.Event()
        for siren in self._sirens:
            siren.listeners.append(self._wake)

    @property
    def hear(self) -> bool:
        """Whether any siren sounds now."""
        return any(siren.is_sounding for siren in self._sirens)

    async def until(self, *, sounding: bool) -> None:
        """Wait until a siren sounds, or until none does."""
        while self.hear is not sounding:
            await self._changed.wait()

    def _wake(self) -> None:
        """Wake whoever waits; they listen for themselves."""
        self._changed.set()
        self._changed.clear()
