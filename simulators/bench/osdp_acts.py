"""What a person does at an OSDP reader beside holding cards before it: one function an act.

Belongs here: acts on one OSDP reader. Does not belong here: finding it (doing.py), or what it does (simulators/osdp).
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from contract.site import ReaderConfig
from simulators.bench import acts
from simulators.bench.errors import CanNotError
from simulators.gate import SCBK_BYTES
from simulators.osdp.state import Misbehaviour
from simulators.readers.osdp_reader import SimulatedOsdpReader

WELL: Final = "well"
"""No misbehaviour."""


def type_keys(reader: SimulatedOsdpReader, act: acts.Pin, _key: bytes) -> None:
    """Press keys; `#` ends a PIN where nothing else does. Raises CanNotError if nobody hears them."""
    keys = act.keys if set(act.keys) & set("#*") else act.keys + "#"
    if not reader.type_keys(keys):
        raise CanNotError(f"reader {act.reader} is dead, or no panel listens: the keys are lost")


def tamper(reader: SimulatedOsdpReader, act: acts.Tamper, _key: bytes) -> None:
    """Open or shut the housing."""
    reader.set_tampered(tampered=act.open)


def power_fail(reader: SimulatedOsdpReader, act: acts.PowerFail, _key: bytes) -> None:
    """Let its supply fail, or come back."""
    reader.set_power_failure(failed=act.failed)


def change_key(reader: SimulatedOsdpReader, act: acts.ChangeKey, key: bytes) -> None:
    """Change its key as a configuration card does: it restarts with it. `key`: the one that the gate knows."""
    reader.power_off()
    match act.key:
        case acts.NewKey.RIGHT:
            reader.change_key(key)
        case acts.NewKey.RANDOM:
            reader.change_key(secrets.token_bytes(SCBK_BYTES))
        case acts.NewKey.DEFAULT:
            reader.lose_key()
    reader.power_on()


def misbehave(reader: SimulatedOsdpReader, act: acts.Misbehave, _key: bytes) -> None:
    """Let it behave as an attack wants, or well. Raises CanNotError for what it does not know."""
    if act.how == WELL:
        reader.misbehave()
    elif act.how in set(Misbehaviour):
        reader.misbehave(Misbehaviour(act.how))
    else:
        raise CanNotError(f"no misbehaviour {act.how!r}; there are: {', '.join([WELL, *Misbehaviour])}")


def make_well(config: ReaderConfig, reader: SimulatedOsdpReader, key: bytes) -> None:
    """Bring everything at a reader back to what its site file says. `key`: the one that the gate knows."""
    wanted = msgspec.structs.replace(reader.state, address=config.address, baud=config.baud)
    if reader.state != wanted:
        reader.restore(wanted)
    reader.misbehave()
    reader.set_tampered(tampered=False)
    reader.set_power_failure(failed=False)
    if reader.key != key:
        change_key(reader, acts.ChangeKey(config.id, acts.NewKey.RIGHT), key)
    reader.power_on()


OSDP_ACTS: Final[Mapping[type[acts.Act], Callable[[SimulatedOsdpReader, Any, bytes], None]]] = {
    acts.Pin: type_keys,
    acts.Tamper: tamper,
    acts.PowerFail: power_fail,
    acts.ChangeKey: change_key,
    acts.Misbehave: misbehave,
}
