"""PC/SC readers of a gate.

Belongs here: which reader is which device of the PC/SC service, and what its cards have to prove. Does not belong here:
the driver, which is loaded only where such a reader is configured (it needs the extra `pcsc`).
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from contract.clock import Clock
from contract.site import Gate, GateDevices, ReaderKind
from drivers.ports import Reader
from edge.hardware.error import HardwareError
from edge.hardware.lines import path_of

_NS = 1_000_000_000


def pcsc_readers(config: Gate, devices: GateDevices, clock: Clock, piv: Path | None) -> Iterator[Reader]:
    """Yield the PC/SC readers of a gate. `piv`: folder with roots/, intermediates/ and crls/. Raises HardwareError."""
    configured = [reader for reader in config.reader if reader.kind is ReaderKind.PCSC]
    if not configured:
        return
    try:
        from drivers.pcsc.judge import CardJudge  # noqa: PLC0415 - not loaded at a gate without such a reader
        from drivers.pcsc.reader import PcscReader  # noqa: PLC0415
        from drivers.pcsc.trust_folder import TrustFolder  # noqa: PLC0415
    except ImportError as error:
        message = f"reader {configured[0].id} needs what `make pcsc` adds, in the clone of this program: {error}"
        raise HardwareError(message) from error

    def now() -> dt.datetime:
        return dt.datetime.fromtimestamp(clock.now_ns() / _NS, dt.UTC)

    try:
        trust = None if piv is None else TrustFolder(piv)
        for reader in configured:
            judge = CardJudge(now, trust, devices.desfire_keys, plain_uid=reader.plain_uid)
            yield PcscReader(
                reader.id,
                path_of(devices, reader.device),
                judge,
                clock,
                hold_off_ms=reader.hold_off_ms,
                is_secure=not reader.plain_uid,
            )
    except HardwareError:
        raise
    except ValueError as error:  # bad files of PIV, or a bad DESFire key
        raise HardwareError(str(error)) from error
