"""The state of a bench as a file: how its gate stands, and which cards are held before its readers.

    {"gate": {...simulators.gate_state...}, "held": {"entry": "staff"}, "unplugged": ["card-slot"]}

It holds the keys of OSDP readers: it is made with mode 0600.

Belongs here: taking it, writing it, reading it, and bringing the bench into it. Does not belong here: what the state of
a gate is (gate_state.py), network and programs, which begin anew with each bench.
"""

import asyncio
import os
import re
from pathlib import Path
from typing import Final, Never

import msgspec
import structlog

from simulators.bench.cards import CardsBefore
from simulators.bench.errors import CanNotError
from simulators.bench.journal import Journal
from simulators.gate import SimulatedGate
from simulators.gate_state import GateState, GateStateError, check, restore, state_of, with_keys

_SECRET: Final = 0o600
_SUFFIX: Final = ".json"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_LOOK_S: Final = 1.0
"""How often a change is looked for that nobody did here: a panel may change a reader's key or rate."""
_TOGETHER_S: Final = 0.2
"""Changes within this time are written once."""

_log = structlog.get_logger()


class BenchKept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bench. `held`: reader -> card; `unplugged`: smart card readers. What is left out is as it should be."""

    gate: GateState = GateState()
    held: dict[str, str] = {}
    unplugged: list[str] = []


class BenchStates:
    """The states of one bench. `folder`: where those lie that have a name."""

    def __init__(self, gate: SimulatedGate, cards: CardsBefore, folder: Path) -> None:
        self._gate = gate
        self._cards = cards
        self._folder = folder

    def now(self) -> BenchKept:
        """Return how the bench stands."""
        return BenchKept(
            gate=state_of(self._gate),
            held={name: card.name for name, card in self._cards.held.items()},
            unplugged=[name for name, slot in self._cards.slots.items() if not slot.is_plugged_in],
        )

    def save(self, name: str) -> None:
        """Save how the bench stands. Raises CanNotError."""
        path = self._path(name)
        try:
            _write(self.now(), path)
        except OSError as error:
            raise CanNotError(f"the state can not be saved as {path}: {error.strerror}") from error

    async def load(self, name: str) -> None:
        """Bring the bench into a saved state; a reader that had the key that its gate knows has it again.

        A card that was held is held up anew, and a reader that is to be otherwise restarts. Raises CanNotError.
        """
        path = self._path(name)
        names = ", ".join(sorted(each.stem for each in self._folder.glob(f"*{_SUFFIX}"))) or "none"
        kept = _read(path, f"no state {name!r} in {self._folder}; there are: {names}")
        await self._bring(path, msgspec.structs.replace(kept, gate=with_keys(kept.gate, self._gate.scbk)))

    async def take_up(self, path: Path) -> None:
        """Bring a bench whose gate does not run yet into a state, keys and all. Raises CanNotError."""
        kept = _read(path, f"no bench has left a state at {path}: start without --resume")
        await self._bring(path, kept)

    async def keep(self, path: Path, journal: Journal) -> Never:
        """Write the state whenever it has changed, until cancelled; then once more.

        While it can not be written, that is logged once and tried again.
        """
        written: BenchKept | None = None
        is_failing = False
        try:
            while True:
                if (now := self.now()) != written:
                    try:
                        _write(now, path)
                    except OSError as error:
                        if not is_failing:
                            _log.warning(
                                "the state of the bench can not be saved", file=str(path), error=error.strerror
                            )
                        is_failing = True
                    else:
                        written, is_failing = now, False
                await journal.wait(_LOOK_S)
                await asyncio.sleep(_TOGETHER_S)
        finally:
            if self.now() != written:
                _write(self.now(), path)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise CanNotError(f"{name!r} can not name a state: use a-z, 0-9 and hyphens")
        return self._folder / f"{name}{_SUFFIX}"

    async def _bring(self, path: Path, kept: BenchKept) -> None:
        gate, cards = self._gate, self._cards
        readers = {str(name): reader for name, reader in gate.readers.items()}
        try:
            check(gate, kept.gate)
            cards.check(readers, kept.held, kept.unplugged)
            for name in list(cards.held):
                cards.take_away(readers[name], name)
            for name, slot in cards.slots.items():
                await slot.plug(is_in=name not in kept.unplugged)
            restore(gate, kept.gate)
        except (CanNotError, GateStateError) as error:
            raise CanNotError(f"{path} is no state of this bench: {error}") from error
        for name, card in kept.held.items():
            cards.show(readers[name], name, card)


def _read(path: Path, if_gone: str) -> BenchKept:
    try:
        return msgspec.json.decode(path.read_bytes(), type=BenchKept)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CanNotError(f"{path} is no state of a bench: {error}; take another one, or delete it") from error
    except FileNotFoundError as error:
        raise CanNotError(if_gone) from error
    except OSError as error:
        raise CanNotError(f"the state {path} can not be read: {error.strerror}") from error


def _write(kept: BenchKept, path: Path) -> None:
    """Write a state for its owner's eyes alone, whole or not at all. Raises OSError."""
    new = path.with_name(path.name + ".new")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET), "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(kept)))
    new.replace(path)
