"""The vault against a model, whatever comes in whatever order."""

import contextlib
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contract.clock import NS_PER_S
from contract.periods import HOUR_S, Kind, Period, Retention
from controller.vault import FileVault
from tests.unit.controller.disk import Stopped, bytes_below, failing
from tests.unit.controller.sources import MAIN

RETENTION = Retention()


class VaultMachine(RuleBasedStateMachine):
    """Keys are made, destroyed, and the machine stops in between."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.now_s = 1_800_000_000
        self.alive: dict[Period, bytes] = {}
        self.dead: dict[Period, bytes] = {}

    @initialize()
    def begin(self) -> None:
        self.vault = FileVault(self.folder, MAIN)
        self.make()

    @rule(hours=st.integers(0, 30))
    def wait(self, hours: int) -> None:
        self.now_s += hours * HOUR_S

    @rule()
    def make(self) -> None:
        self.vault.ensure(RETENTION, self.now_s * NS_PER_S)
        made = {period: key for period, key in self.vault._keys.items() if period not in self.alive}
        begin = min(RETENTION.period_at(kind, self.now_s * NS_PER_S).start_s for kind in Kind)
        assert all(period.start_s >= begin for period in made)
        assert all(key not in self.dead.values() for key in made.values())
        self.alive |= made

    @precondition(lambda self: self.alive)
    @rule(data=st.data())
    def destroy(self, data: st.DataObject) -> None:
        doomed = data.draw(st.lists(st.sampled_from(sorted(self.alive)), max_size=5))
        self.vault.destroy(doomed)
        for period in set(doomed):
            self.dead[period] = self.alive.pop(period)

    @precondition(lambda self: self.alive)
    @rule(data=st.data(), at=st.integers(0, 9), after=st.booleans())
    def stop_while_destroying(self, data: st.DataObject, at: int, after: bool) -> None:
        doomed = data.draw(st.sampled_from(sorted(self.alive)))
        with failing(at, Stopped(), after=after), contextlib.suppress(Stopped):
            self.vault.destroy([doomed])
        self.vault = FileVault(self.folder, MAIN)
        if doomed not in self.vault.periods():
            self.dead[doomed] = self.alive.pop(doomed)

    @rule()
    def restart(self) -> None:
        self.vault = FileVault(self.folder, MAIN)

    @invariant()
    def what_must_live_lives_and_the_dead_are_nowhere(self) -> None:
        assert self.vault._keys == self.alive
        everything = bytes_below(self.folder)
        assert all(key in everything for key in self.alive.values())
        assert not any(key in everything for key in self.dead.values())
        assert [path.name for path in self.folder.iterdir()] == ["keys"]

    def teardown(self) -> None:
        shutil.rmtree(self.folder)


TestVaultMachine = VaultMachine.TestCase
TestVaultMachine.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
