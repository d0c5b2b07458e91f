"""libosdp's control panel, with types, and with what it leaves undone done.

What we know of libosdp 3.2.9 and therefore do here (measured or read off the wheel; docs/adr and the wire
tests tell more):

- Without ENFORCE_SECURE a wrong key ends in clear text: always set. INSTALL_MODE and key setting: never.
- Its random numbers, of which RND.A of the handshake is one, come from rand(), which it never seeds: every start would
  draw the same, and a recorded session could be played back. `reseed` answers.
- Its callbacks leak a reference to each event: the dictionary is emptied here, and `events` counts what remains.
- Its timers follow the wall clock: who drives it must watch for leaps.
- A card event is only delivered while a device is online; we check again that its channel is secure.

Belongs here: everything that names `osdp_sys`. Does not belong here: when to do what.
"""

import ctypes
import os
from collections.abc import Callable
from typing import Any, Final, Protocol

import osdp_sys  # type: ignore[import-not-found]

from drivers.osdp.messages import Command, PdSetup, SetBuzzer, SetLed, SetOutput

SEED_BYTES: Final = 4
_TONE_DEFAULT: Final = 2
_LED_PERMANENT_SET: Final = 1
_LED_TEMPORARY_SET: Final = 2
_libc = ctypes.CDLL(None)
_libc.srand.argtypes = [ctypes.c_uint]
_libc.srand.restype = None


def reseed() -> None:
    """Seed the C library's random numbers from the kernel's: RND.A can not be foretold."""
    _libc.srand(int.from_bytes(os.urandom(SEED_BYTES), "little"))


class LineChannel(Protocol):
    """What libosdp sends through. It calls these names; `id` tells lines apart and must not be 0."""

    id: int

    def read(self, limit_bytes: int) -> bytes:
        """Return what has arrived; nothing if nothing has. Must not raise."""
        ...

    def write(self, frame: bytes) -> int:
        """Send what the line takes and return how many bytes those were. Must not raise."""
        ...

    def flush(self) -> None:
        """Throw away what has arrived. Must not raise."""
        ...


class PanelEvents(Protocol):
    """What a panel tells its owner, from within `refresh`. `index` is the device's place in the list of set-ups."""

    def on_status(self, index: int, is_online: bool) -> None:  # noqa: FBT001 - a callback by position
        """The device came online or went offline, where it would stay for 300 s."""
        ...

    def on_card(self, index: int, bits: int, data: bytes) -> None:
        """A card word."""
        ...

    def on_inputs(self, index: int, states: bytes) -> None:
        """The state of all inputs."""
        ...

    def on_local(self, index: int, report: bytes) -> None:
        """Tamper and power."""
        ...

    def on_refused(self, index: int) -> None:
        """A command did not succeed."""
        ...


class Panel:
    """One control panel for the devices of one line."""

    def __init__(self, pds: tuple[PdSetup, ...], channel: LineChannel, events: PanelEvents) -> None:
        osdp_sys.set_loglevel(osdp_sys.LOG_CRIT)
        flags = osdp_sys.FLAG_ENFORCE_SECURE | osdp_sys.FLAG_ENABLE_NOTIFICATION
        self.events = 0
        self._to = events
        self._panel = osdp_sys.ControlPanel([_pd_info(pd, channel, flags) for pd in pds])
        self._panel.set_event_callback(self._on_event)
        self._panel.set_command_completion_callback(self._on_completion)
        self.refresh: Callable[[], None] = self._panel.refresh

    def is_secure(self, index: int) -> bool:
        """Whether the device's secure channel is up; with ENFORCE_SECURE that is under its own key."""
        return bool(self._panel.sc_status() & 1 << index)

    def disable(self, index: int) -> bool:
        """Take a device out, at its next refresh. Returns whether libosdp accepted that."""
        return bool(self._panel.disable_pd(index))

    def enable(self, index: int) -> bool:
        """Put a device back that is taken out. Returns False while it is not taken out yet."""
        return bool(self._panel.enable_pd(index))

    def submit(self, index: int, command: Command) -> bool:
        """Queue a command for the next slot on the line. Returns False if the device is not online."""
        return bool(self._panel.submit_command(index, _as_library_command(command)))

    def _on_event(self, index: int, event: dict[str, Any]) -> int:
        self.events += 1
        kind = event["event"]
        if kind == osdp_sys.EVENT_CARDREAD:
            self._to.on_card(index, event.get("length", len(event["data"]) * 8), event["data"])
        elif kind == osdp_sys.EVENT_NOTIFICATION:
            if event["type"] == osdp_sys.EVENT_NOTIFICATION_PD_STATUS:
                self._to.on_status(index, bool(event["arg0"]))
        elif kind == osdp_sys.EVENT_STATUS:
            if event["type"] == osdp_sys.STATUS_REPORT_INPUT:
                self._to.on_inputs(index, event["report"])
            elif event["type"] == osdp_sys.STATUS_REPORT_LOCAL:
                self._to.on_local(index, event["report"])
        event.clear()
        return 0

    def _on_completion(self, index: int, _command: dict[str, Any], status: int) -> None:
        if status != osdp_sys.COMPLETION_OK:
            self._to.on_refused(index)


def _pd_info(pd: PdSetup, channel: LineChannel, flags: int) -> dict[str, Any]:
    unused_by_a_panel = dict.fromkeys(("version", "model", "vendor_code", "serial_number", "firmware_version"), 0)
    return {
        "name": f"pd-{pd.address}",
        "address": pd.address,
        "flags": flags,
        "scbk": pd.key,
        "channel": channel,
        **unused_by_a_panel,
    }


def _as_library_command(command: Command) -> dict[str, Any]:
    match command:
        case SetOutput():
            return {
                "command": osdp_sys.CMD_OUTPUT,
                "output_no": command.output,
                "control_code": command.control,
                "timer_count": command.timer_ds,
            }
        case SetLed():
            is_temporary = command.timer_ds > 0
            return {
                "command": osdp_sys.CMD_LED,
                "reader": 0,
                "led_number": 0,
                "temporary": is_temporary,
                "control_code": _LED_TEMPORARY_SET if is_temporary else _LED_PERMANENT_SET,
                "on_count": command.on_ds,
                "off_count": command.off_ds,
                "on_color": command.on_color,
                "off_color": command.off_color,
                "timer_count": command.timer_ds,
            }
        case SetBuzzer():
            return {
                "command": osdp_sys.CMD_BUZZER,
                "reader": 0,
                "control_code": _TONE_DEFAULT,
                "on_count": command.on_ds,
                "off_count": command.off_ds,
                "rep_count": command.repeat,
            }
