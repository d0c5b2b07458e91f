"""A bench without devices, for tests of scenes: it notes acts, and what follows is planted."""

from collections.abc import Callable

from contract.clock import SystemClock
from simulators.bench.acts import AnyAct, as_data
from simulators.bench.errors import CanNotError
from simulators.bench.journal import Fact, Journal, Source
from simulators.bench.state import BenchState, ControllerNow, PortalNow, ReaderNow

CONTROLLER = ControllerNow("http://127.0.0.1:1/")


def state(*, is_released: bool = False, light: str = "blue", held: str | None = None) -> BenchState:
    """A bench with one reader and one door."""
    reader = ReaderNow("entry", "osdp", "in", "bus", is_secure=True, light=light, held=held)
    door = PortalNow("door", "door", ["in"], is_released=is_released, is_open=False, passed=0)
    return BenchState("gate", CONTROLLER, [reader], [door], [], [], [], is_network_up=True, is_gate_running=True)


class NotedBench:
    """`follows`: what happens after an act, by its name; `impossible`: acts that can not be done."""

    def __init__(self) -> None:
        self.journal = Journal(SystemClock())
        self.done: list[str] = []
        self.follows: dict[str, Callable[[], None]] = {}
        self.impossible: set[str] = set()
        self.now = state()

    def state(self) -> BenchState:
        return self.now

    async def do(self, act: AnyAct) -> None:
        facts = {name: str(value) for name, value in as_data(act).items() if name != "act"}
        self.journal.add(Source.ACT, act.name, facts={**facts})
        if act.name in self.impossible:
            raise CanNotError(f"{act.name} can not be done")
        self.done.append(act.name)
        if act.name in self.follows:
            self.follows[act.name]()

    def decided(self, outcome: str, reason: str | None = None) -> None:
        facts: dict[str, Fact] = {"outcome": outcome, "reason": reason, "reader": "entry"}
        self.journal.add(Source.GATE, "decision", "in", facts=facts)

    def alarmed(self, kind: str) -> None:
        self.journal.add(Source.CONTROLLER, "alarm", "door", facts={"alarm": kind, "gate": "gate"})
