"""The bench: does acts on the devices of one simulated gate, and knows how they stand.

Belongs here: one function for each act. Does not belong here: what the devices do (simulators/), the order of acts
(player.py), how things are looked at (looking.py), or the gate and the controller, which whoever composes the bench
hands in as `System`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar
from zoneinfo import ZoneInfo

from contract.clock import Clock
from contract.ids import AccessPointId, ReaderId
from simulators.bench import acts
from simulators.bench.acts import AnyAct, as_data
from simulators.bench.box import BoxCard
from simulators.bench.cards import CardsBefore
from simulators.bench.errors import CanNotError
from simulators.bench.journal import NOT_DONE, UNHEARD, Entry, Journal, Source
from simulators.bench.kept import BenchStates
from simulators.bench.looking import board_now, line_now, portal_now, reader_now, why_unheard
from simulators.bench.osdp_acts import OSDP_ACTS, make_well
from simulators.bench.portal_acts import PORTAL_ACTS, make_whole
from simulators.bench.state import OPEN, SHUT, BenchState, ControllerNow, SirenNow
from simulators.bench.watched import Watched
from simulators.door import Contact
from simulators.gate import SimulatedGate, SimulatedReader
from simulators.line import PtyLine
from simulators.line_faults import NO_FAULTS, LineFaults
from simulators.network import Network
from simulators.readers.osdp_reader import SimulatedOsdpReader

_REST_PATIENCE_S: Final = 30.0
_LOOK_S: Final = 0.5
_CONCLUDED_S: Final = 2.0
"""A gate believes a contact for a second after the lock; then a grant that nobody took is concluded and delivered."""
_HEARD_S: Final = 2.5
"""A gate that has heard a card says so within this time; a smart card may take two of these seconds."""
_ANSWERS: Final = frozenset({"decision", "read-refused"})
T = TypeVar("T")


class System(Protocol):
    """The real gate and the real controller above the devices."""

    @property
    def is_gate_running(self) -> bool:
        """Whether the gate's program runs."""
        ...

    @property
    def is_network_up(self) -> bool:
        """Whether the cable between gate and controller is in."""
        ...

    def controller(self) -> ControllerNow:
        """Return what the controller says."""
        ...

    async def network(self, how: Network) -> None:
        """Let the network between gate and controller be so. Raises CanNotError."""
        ...

    async def stop_gate(self) -> None:
        """Stop the gate's program in an orderly way."""
        ...

    async def kill_gate(self) -> None:
        """Kill the gate's program."""
        ...

    async def start_gate(self) -> None:
        """Start the gate's program."""
        ...

    async def all_back(self) -> None:
        """Wait until every device answers and the gate has its policy. Raises CanNotError."""
        ...

    async def end_operations(self) -> None:
        """End what a fire has opened at the controller: it holds ways out free. Raises CanNotError."""
        ...


class Bench:
    """One bench. `is_recording`, `playing` (a scene's name) and `watched` are for its page."""

    def __init__(
        self,
        gate: SimulatedGate,
        cards: CardsBefore,
        states: BenchStates,
        system: System,
        journal: Journal,
        clock: Clock,
        zone: ZoneInfo,
    ) -> None:
        self.journal = journal
        self.clock: Final = clock
        self.zone: Final = zone
        self.cards: Final = cards
        self.is_recording = False
        self.playing: str | None = None
        self.watched: Final = Watched()
        self._seen: dict[str, str] = {}
        self._gate = gate
        self._states = states
        self._system = system
        journal.listen(self.watched.hear)
        journal.listen(self._hear)
        self._acts: Mapping[type[acts.Act], Callable[[Any], Awaitable[None]]] = {
            acts.Present: self._present,
            acts.Hold: self._hold,
            acts.Pull: self._pull,
            acts.Walk: self._walk,
            acts.PowerOff: self._power_off,
            acts.PowerOn: self._power_on,
            acts.Unplug: self._unplug,
            acts.PlugIn: self._plug_in,
            acts.Faults: self._faults,
            acts.NetworkDown: self._network_down,
            acts.NetworkUp: self._network_up,
            acts.GateStop: self._gate_stop,
            acts.GateKill: self._gate_kill,
            acts.GateStart: self._gate_start,
            acts.KillPcscd: self._kill_pcscd,
            acts.StartPcscd: self._start_pcscd,
            acts.SaveState: self._save_state,
            acts.LoadState: self._load_state,
            acts.Reset: self._reset,
            acts.Wait: self._wait,
            acts.Expect: self._expect,
        }

    @property
    def box(self) -> Sequence[BoxCard]:
        """All cards."""
        return self.cards.box

    def state(self) -> BenchState:
        """Return how everything stands."""
        gate = self._gate
        return BenchState(
            gate=gate.config.id,
            controller=self._system.controller(),
            readers=[
                reader_now(each, gate.readers[each.id], self.cards, gate.scbk.get(each.id))
                for each in gate.config.reader
            ],
            portals=[portal_now(portal) for portal in gate.portals.values()],
            boards=[board_now(each, gate.boards[each.id]) for each in gate.config.board],
            sirens=[SirenNow(each.id, each.is_sounding) for each in gate.sirens.values()],
            lines=[*(line_now(name, line) for name, line in gate.lines.items()), *self.cards.lines()],
            is_network_up=self._system.is_network_up,
            is_gate_running=self._system.is_gate_running,
            is_recording=self.is_recording,
            playing=self.playing,
            is_card_service_up=self.cards.is_service_running,
        )

    async def do(self, act: AnyAct) -> None:
        """Do one act, and write it down first; and also if it fails. Raises simulators.bench.errors.CanNotError."""
        facts: dict[str, Any] = as_data(act)
        facts.pop("act")
        place = next((str(facts[name]) for name in _PLACES if name in facts), "")
        begun = self.journal.add(Source.ACT, act.name, place, facts=facts)
        try:
            await self._do(act)
        except CanNotError as error:
            self.journal.add(Source.ACT, NOT_DONE, place, str(error), {"act": act.name, "number": begun.number})
            raise

    async def _do(self, act: AnyAct) -> None:
        kind = type(act)
        if isinstance(act, acts.AtPortal):
            PORTAL_ACTS[kind](_one_of(self._gate.portals, act.portal, "portal"), act)
        elif isinstance(act, acts.AtOsdpReader):
            name = act.reader
            OSDP_ACTS[kind](self._osdp(name), act, self._key(name))
        else:
            await self._acts[kind](act)

    async def _present(self, act: acts.Present) -> None:
        self._show(act.reader, act.card)
        await asyncio.sleep(act.for_s)
        self.cards.take_away(self._reader(act.reader), act.reader)

    async def _hold(self, act: acts.Hold) -> None:
        self._show(act.reader, act.card)

    def _show(self, name: str, card: str) -> None:
        self.cards.show(self._reader(name), name, card)
        asyncio.get_running_loop().call_later(_HEARD_S, self._tell_unheard, name, self.journal.last_number)

    def _tell_unheard(self, reader: str, since: int) -> None:
        """Write down that the gate said nothing to the card that was shown then, if that is so, and why."""
        said = [e for e in self.journal.since(since) if e.source is Source.GATE and e.kind in _ANSWERS]
        if any(reader in {entry.place, entry.facts.get("reader")} for entry in said):
            return
        self.journal.add(Source.ACT, UNHEARD, reader, facts={"why": why_unheard(self.state(), reader)})

    async def _pull(self, act: acts.Pull) -> None:
        self.cards.take_away(self._reader(act.reader), act.reader)

    async def _walk(self, act: acts.Walk) -> None:
        portals = {point: portal for portal in self._gate.portals.values() for point in portal.config.access_points}
        portal = _one_of(portals, act.access_point, "access point")
        point = AccessPointId(act.access_point)
        if not await portal.released_within(act.within_s, point) or not portal.walk_through(point):
            raise CanNotError(f"{act.access_point}: nobody gets through, {portal.id} is {portal.shows}")

    async def _power_off(self, act: acts.PowerOff) -> None:
        (self._gate.boards.get(act.device) or self._osdp(act.device)).power_off()

    async def _power_on(self, act: acts.PowerOn) -> None:
        (self._gate.boards.get(act.device) or self._osdp(act.device)).power_on()

    async def _unplug(self, act: acts.Unplug) -> None:
        if act.line in self.cards.slots:
            await self.cards.slots[act.line].plug(is_in=False)
        else:
            self._line(act.line).hang_up()

    async def _plug_in(self, act: acts.PlugIn) -> None:
        if act.line in self.cards.slots:
            await self.cards.slots[act.line].plug(is_in=True)
        else:
            self._line(act.line).plug_in()

    async def _faults(self, act: acts.Faults) -> None:
        self._line(act.line).set_faults(
            LineFaults(
                loss=act.loss,
                corruption=act.corruption,
                noise=act.noise,
                split=act.split,
                delay_ms=act.delay_ms,
                paced=act.paced,
            )
        )

    async def _network_down(self, act: acts.NetworkDown) -> None:
        await self._system.network(Network(act.how.value))

    async def _network_up(self, _: acts.NetworkUp) -> None:
        await self._system.network(Network.UP)

    async def _gate_stop(self, _: acts.GateStop) -> None:
        await self._system.stop_gate()
        self._seen.clear()

    async def _gate_kill(self, _: acts.GateKill) -> None:
        await self._system.kill_gate()
        self._seen.clear()

    async def _gate_start(self, _: acts.GateStart) -> None:
        await self._system.start_gate()

    async def _kill_pcscd(self, act: acts.KillPcscd) -> None:
        await self.cards.service.kill(act.back_after_s)

    async def _start_pcscd(self, _: acts.StartPcscd) -> None:
        await self.cards.service.start()

    async def _save_state(self, act: acts.SaveState) -> None:
        self._states.save(act.file)

    async def _load_state(self, act: acts.LoadState) -> None:
        await self._states.load(act.file)

    async def _wait(self, act: acts.Wait) -> None:
        await asyncio.sleep(act.seconds)

    async def _expect(self, _: acts.Expect) -> None:
        raise CanNotError("expect belongs into a scene: here the trace shows what happens")

    async def _reset(self, _: acts.Reset) -> None:
        gate = self._gate
        for line in gate.lines.values():
            line.set_faults(NO_FAULTS)
            line.plug_in()
        for board in gate.boards.values():
            board.power_on()
        for config in gate.config.reader:
            reader = gate.readers.get(config.id)
            if isinstance(reader, SimulatedOsdpReader):
                make_well(config, reader, self._key(config.id))
        for portal in gate.portals.values():
            make_whole(portal)
        await self.cards.reset({str(name): reader for name, reader in gate.readers.items()})
        await self._system.network(Network.UP)
        await self._system.start_gate()
        await self._system.all_back()
        await self._come_to_rest()

    async def _come_to_rest(self) -> None:
        """Wait until every portal is locked, and the gate sees it shut and has concluded what it granted."""
        portals = self._gate.portals.values()
        is_granted = not all(portal.is_at_rest for portal in portals)
        try:
            async with asyncio.timeout(_REST_PATIENCE_S):
                await self._system.end_operations()
                while not all(portal.is_at_rest for portal in portals):
                    await asyncio.sleep(_LOOK_S)
                    await self._system.end_operations()  # again: the gate may only now tell of a fire
                while not self._are_seen_shut():
                    await self.journal.wait(_REST_PATIENCE_S)
        except TimeoutError:
            raise CanNotError(f"after {_REST_PATIENCE_S:.0f} s not every portal is locked and seen shut") from None
        if is_granted:
            await asyncio.sleep(_CONCLUDED_S)

    def _are_seen_shut(self) -> bool:
        """Whether the gate sees every door shut: one whose contact it does not know yet can not be forced."""
        doors = [name for name, portal in self._gate.portals.items() if Contact.DPS in portal.contacts]
        return all(self._seen.get(name) == SHUT for name in doors)

    def _line(self, name: str) -> PtyLine:
        return _one_of(self._gate.lines, name, "line")

    def _key(self, reader: str) -> bytes:
        return bytes.fromhex(self._gate.scbk[ReaderId(reader)])

    def _reader(self, name: str) -> SimulatedReader:
        return _one_of(self._gate.readers, name, "reader")

    def _osdp(self, name: str) -> SimulatedOsdpReader:
        reader = self._reader(name)
        if not isinstance(reader, SimulatedOsdpReader):
            raise CanNotError(f"reader {name} is no OSDP reader: it has neither keypad, tamper contact, key nor power")
        return reader

    def _hear(self, entry: Entry) -> None:
        if entry.source is Source.GATE and entry.facts.get("state") in {OPEN, SHUT, "unknown"}:
            self._seen[entry.place] = str(entry.facts["state"])


_PLACES: Final = ("reader", "portal", "access_point", "device", "line")


def _one_of(things: Mapping[Any, T], name: str, what: str) -> T:
    if name not in things:
        raise CanNotError(f"no {what} {name!r} at this gate; it has: {', '.join(things) or 'none'}")
    return things[name]
