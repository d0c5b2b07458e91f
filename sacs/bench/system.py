"""The real gate and the real controller, as the bench sees and moves them.

Belongs here: simulators.bench.doing.System. Does not belong here: the gate's process (gate_process.py), or what the
controller received (news.py).
"""

import asyncio
from typing import Final

import msgspec

from contract.ids import EdgeId
from controller.live import GateLine, GateState, Live
from sacs.bench.gate_process import BenchGate
from sacs.demo.children import ChildError
from sacs.officers.caller import Caller
from simulators.bench.errors import CanNotError
from simulators.bench.state import ControllerNow
from simulators.network import Network

BACK_WITHIN_S: Final = 90.0
_LOOK_S: Final = 0.2


class _Operation(msgspec.Struct):
    id: str


class _Operations(msgspec.Struct):
    open: list[_Operation]


class BenchSystem:
    """One gate and its controller. `address`: the controller's page; `commander`: ends what a fire has opened."""

    def __init__(self, gate: BenchGate, edge: EdgeId, address: str, commander: Caller) -> None:
        self._gate = gate
        self._edge = edge
        self._address = address
        self._commander = commander
        self._live: Live | None = None
        self._pictures = 0

    def see(self, live: Live | None) -> None:
        """Take the controller's newest picture; None: it does not answer."""
        self._live = live
        self._pictures += 1

    @property
    def is_gate_running(self) -> bool:
        """Whether the gate's process is there."""
        return self._gate.is_running

    @property
    def is_network_up(self) -> bool:
        """Whether the cable between gate and controller is in."""
        return self._gate.is_network_up

    def controller(self) -> ControllerNow:
        """Return what the controller says."""
        live = self._live
        if live is None:
            return ControllerNow(self._address)
        line = self._line(live)
        return ControllerNow(
            self._address,
            answers=True,
            gate_state=line.state.value if line else "",
            lowest=live.premises.lowest,
            best=live.premises.best,
            highest=live.premises.highest,
            journaled=live.events_journaled,
            stored=live.events_stored,
            alarms=len(live.alarms),
        )

    async def network(self, how: Network) -> None:
        """Let the cable be so. Raises CanNotError."""
        try:
            await self._gate.network(how)
        except OSError as error:
            raise CanNotError(f"the cable's port is taken by another program: {error}") from error

    async def stop_gate(self) -> None:
        """Stop the gate's program in an orderly way."""
        await self._gate.stop()

    async def kill_gate(self) -> None:
        """Kill the gate's program."""
        await self._gate.kill()

    async def start_gate(self) -> None:
        """Start the gate's program."""
        await self._gate.start()

    async def all_back(self, *, with_devices: bool = True) -> None:
        """Wait until every device answers, and the gate has its policy and is heard. Raises CanNotError.

        `with_devices`: False does not wait for devices, which may be meant to be dead.
        """
        pictures = self._pictures
        try:
            async with asyncio.timeout(BACK_WITHIN_S):
                # What the controller says may be some seconds old: a second look is taken at a newer picture.
                while self._pictures < pictures + 2 or (missing := self._missing(with_devices=with_devices)):
                    self._check()
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise CanNotError(f"after {BACK_WITHIN_S:.0f} s not everything is back: {missing}") from None

    async def end_operations(self) -> None:
        """End every open operation, as the bench's own commander. Raises CanNotError."""
        try:
            await asyncio.to_thread(self._end_operations)
        except OSError as error:
            raise CanNotError(f"an operation that a fire has opened can not be ended: {error}") from error

    def _end_operations(self) -> None:
        answer = self._commander.call("GET", "api/operations")
        for each in msgspec.json.decode(answer, type=_Operations).open:
            self._commander.call("POST", f"api/operations/{each.id}/closing")

    def _missing(self, *, with_devices: bool) -> str:
        """Return what is not there yet, in words; nothing if all is."""
        line = self._line(self._live) if self._live is not None else None
        if line is None:
            return "the controller does not answer"
        lost = [*(reader.reader for reader in line.readers if not reader.online)]
        lost += [board.board for board in line.boards if not board.online]
        if lost and with_devices:
            return f"no answer from {', '.join(lost)}"
        if line.state is not GateState.ONLINE or not line.readers:
            return f"the gate is {line.state.value}"
        return "the gate has no policy yet" if line.policy_version < line.policy_wanted else ""

    def _line(self, live: Live) -> GateLine | None:
        return next((line for line in live.gates if line.gate == self._edge), None)

    def _check(self) -> None:
        try:
            self._gate.child.check()
        except ChildError as error:
            raise CanNotError(str(error)) from error
