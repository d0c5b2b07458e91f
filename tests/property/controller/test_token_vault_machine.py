"""The vault under a token against a model: what must live does, and no copy of before a death opens what died."""

import contextlib
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contract.clock import NS_PER_S
from contract.periods import DAY_S, Period, Retention
from controller.vault import VaultError, VaultFault, open_token
from controller.vault.token import Token
from controller.vault.token_vault import TokenVault
from tests.unit.controller.disk import Stopped, failing
from tests.unit.controller.soft_token import soft_token
from tests.unit.controller.sources import MAIN

RETENTION = Retention()
NOW_S = 1_800_000_000


class TokenVaultMachine(RuleBasedStateMachine):
    """Keys are made and destroyed, the machine stops in between, the token comes and goes, copies are made."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.folder = Path(tempfile.mkdtemp())
        self.soft = soft_token(self.folder / "soft", self.patch)
        self.token = open_token(self.soft.settings)
        self.place = self.folder / "vault"
        self.now_s = NOW_S
        self.alive: dict[Period, bytes] = {}
        self.copies: list[Path] = []
        self.is_plugged = True

    @initialize()
    def begin(self) -> None:
        self.vault = TokenVault(self.place, MAIN, self.token)
        self.make()

    @precondition(lambda self: self.is_plugged)
    @rule(days=st.integers(0, 2))
    def make(self, days: int = 0) -> None:
        self.now_s += days * DAY_S
        self.vault.ensure(RETENTION, self.now_s * NS_PER_S)
        self.alive = dict(self.vault._keys)

    @rule(data=st.data())
    def destroy(self, data: st.DataObject) -> None:
        doomed = data.draw(st.lists(st.sampled_from(sorted(self.alive)), min_size=1, max_size=3))
        self.vault.destroy(doomed)
        for period in set(doomed):
            del self.alive[period]
        assert (self.vault.fault is VaultFault.TOKEN_GONE) is not self.is_plugged

    @precondition(lambda self: self.is_plugged)
    @rule(data=st.data(), at=st.integers(0, 7), after=st.booleans())
    def stop_while_destroying(self, data: st.DataObject, at: int, after: bool) -> None:
        doomed = data.draw(st.sampled_from(sorted(self.alive)))
        acts = ((Token, "make_key"), (Token, "destroy_keys"))
        with failing(at, Stopped(), after=after, also=acts), contextlib.suppress(Stopped):
            self.vault.destroy([doomed])
        self.vault = TokenVault(self.place, MAIN, self.token)
        if doomed not in self.vault.periods():
            del self.alive[doomed]

    @precondition(lambda self: self.is_plugged and self.vault.fault is None)
    @rule()
    def restart(self) -> None:
        self.vault = TokenVault(self.place, MAIN, self.token)

    @precondition(lambda self: len(self.copies) < 4)
    @rule()
    def copy(self) -> None:
        self.copies.append(self.folder / f"copy-{len(self.copies)}")
        shutil.copytree(self.place, self.copies[-1])

    @rule()
    def unplug_or_plug_in(self) -> None:
        if self.is_plugged:
            self.soft.unplug()
        else:
            self.soft.plug_in()
        self.is_plugged = not self.is_plugged
        self.vault.destroy([])

    @invariant()
    def memory_has_what_lives_and_nothing_else(self) -> None:
        assert self.vault._keys == self.alive

    @precondition(lambda self: self.is_plugged)
    @invariant()
    def no_copy_opens_what_died(self) -> None:
        for place in (self.place, *self.copies):
            with contextlib.suppress(VaultError):  # a copy of before a change, as it should be
                found = TokenVault(place, MAIN, self.token, look_only=True)
                assert set(found.periods()) <= set(self.alive)

    def teardown(self) -> None:
        self.patch.undo()
        shutil.rmtree(self.folder)


TestTokenVaultMachine = TokenVaultMachine.TestCase
TestTokenVaultMachine.settings = settings(max_examples=6, stateful_step_count=10, deadline=None)
