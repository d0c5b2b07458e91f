"""The state of a bench as a file: kept as it changes, saved under a name, and refused where it does not fit."""

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio

from contract.clock import SystemClock
from simulators.bench.box import box_of
from simulators.bench.cards import CardsBefore
from simulators.bench.errors import CanNotError
from simulators.bench.journal import Journal, Source
from simulators.bench.kept import BenchKept, BenchStates
from simulators.bench.osdp_acts import make_well
from simulators.gate import SimulatedGate
from simulators.gate_state import GateState
from simulators.readers.osdp_reader import SimulatedOsdpReader
from tests.integration.simulators.test_gate import ENTRY, started
from tests.integration.simulators.test_line import until


class StatesOfBench:
    """A bench without programs: a gate, a box of cards, and a folder for states."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gate: SimulatedGate = started(folder, "lines")
        self.cards = CardsBefore(box_of(""), None, {})
        self.states = BenchStates(self.gate, self.cards, folder)
        self.entry = self.gate.readers[ENTRY]

    @property
    def key(self) -> bytes | None:
        """The key of a reader."""
        assert isinstance(self.entry, SimulatedOsdpReader)
        return self.entry.key


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[StatesOfBench]:
    bench = StatesOfBench(tmp_path / "a")
    yield bench
    bench.gate.stop()


@pytest_asyncio.fixture
async def other(tmp_path: Path) -> AsyncIterator[StatesOfBench]:
    other = StatesOfBench(tmp_path / "b")
    yield other
    other.gate.stop()


async def until_written(path: Path, wanted: BenchKept) -> None:
    """Wait until the file says so."""
    await until(lambda: path.is_file() and msgspec.json.decode(path.read_bytes(), type=BenchKept) == wanted)


async def test_a_state_is_kept_as_it_changes_and_once_more_at_the_end(bench: StatesOfBench) -> None:
    path = bench.folder / "kept" / "state.json"
    journal = Journal(SystemClock())
    keeping = asyncio.create_task(bench.states.keep(path, journal))
    await until_written(path, bench.states.now())
    bench.gate.lines["usb"].hang_up()
    journal.add(Source.ACT, "unplug", "usb")
    await until_written(path, bench.states.now())
    bench.cards.show(bench.entry, ENTRY, "staff")
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping
    assert msgspec.json.decode(path.read_bytes(), type=BenchKept) == bench.states.now()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["state.json"]


async def test_a_bench_that_can_not_keep_its_state_goes_on(bench: StatesOfBench) -> None:
    path = bench.folder / "taken" / "state.json"
    path.mkdir(parents=True)  # nothing can be written in its place
    journal = Journal(SystemClock())
    keeping = asyncio.create_task(bench.states.keep(path, journal))
    await until(path.with_name("state.json.new").exists)
    assert not keeping.done()
    path.rmdir()
    journal.add(Source.ACT, "reset")
    await until_written(path, bench.states.now())
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping


async def test_a_saved_state_is_loaded_with_the_keys_that_the_gate_knows_now(
    bench: StatesOfBench, other: StatesOfBench
) -> None:
    bench.gate.lines["usb"].hang_up()
    bench.cards.show(bench.entry, ENTRY, "staff")
    bench.states.save("mine")
    (bench.folder / "mine.json").rename(other.folder / "mine.json")
    await other.states.load("mine")
    assert not other.gate.lines["usb"].is_plugged_in
    assert other.cards.held[ENTRY].name == "staff"
    assert other.key == bytes.fromhex(other.gate.scbk[ENTRY]) != bench.key


async def test_a_bench_that_goes_on_has_the_same_keys(bench: StatesOfBench, other: StatesOfBench) -> None:
    bench.states.save("mine")
    await other.states.take_up(bench.folder / "mine.json")
    assert other.states.now() == bench.states.now()
    assert other.key == bench.key


async def test_a_rate_and_a_key_from_a_state_are_mended_by_a_reset(bench: StatesOfBench) -> None:
    assert isinstance(bench.entry, SimulatedOsdpReader)
    before = bench.entry.state
    left = msgspec.structs.replace(before, baud=38400, address=9, key=bytes(16))
    state = BenchKept(gate=GateState(readers={ENTRY: left}))
    (bench.folder / "other.json").write_bytes(msgspec.json.encode(state))
    await bench.states.load("other")
    assert bench.entry.state == left
    (config,) = (each for each in bench.gate.config.reader if each.id == ENTRY)
    make_well(config, bench.entry, bytes.fromhex(bench.gate.scbk[ENTRY]))
    assert bench.entry.state == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no state of a bench: .*; take another one, or delete it"),
        ("\x80", "is no state of a bench"),
        ('{"hold": {}}', "unknown field"),
        ('{"gate": {"readers": {"entry": {"address": 200, "serial": 1}}}}', "an address is 0 to 126"),
        ('{"gate": {"lines": {"usb": {"faults": {"loss": 2}}}}}', "loss is a share of bytes"),
        ('{"gate": {"lines": {"moon": {}}}}', "is no state of this bench: .* it has no line moon"),
        ('{"held": {"moon": "staff"}}', "this gate has no reader moon"),
        ('{"unplugged": ["moon"]}', "this gate has no reader moon"),
        ('{"held": {"entry": "joker"}}', "no card 'joker' in the box"),
        ('{"held": {"entry": "piv"}}', "reader entry does not see the card piv"),
    ],
)
async def test_what_is_no_state_of_this_bench_is_refused_and_changes_nothing(
    bench: StatesOfBench, text: str, said: str
) -> None:
    before = bench.states.now()
    (bench.folder / "bad.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(CanNotError, match=said):
        await bench.states.load("bad")
    assert bench.states.now() == before


async def test_a_state_that_is_not_there_is_refused_with_those_that_are(bench: StatesOfBench) -> None:
    with pytest.raises(CanNotError, match=r"no state 'mine' in .*; there are: none"):
        await bench.states.load("mine")
    bench.states.save("yours")
    with pytest.raises(CanNotError, match="there are: yours"):
        await bench.states.load("mine")
    for name in ("../mine", "", "Mine", "m\n"):
        with pytest.raises(CanNotError, match="can not name a state"):
            bench.states.save(name)
    (bench.folder / "locked.json.new").mkdir()
    with pytest.raises(CanNotError, match="can not be saved as"):
        bench.states.save("locked")
