"""libosdp's control panel for one device, with types, and with what it leaves undone done.

What we know of libosdp 3.2.9 and therefore do here (measured or read off its source; docs/adr/0009 and the wire tests
tell more):

- Without ENFORCE_SECURE a wrong key ends in clear text: always set. INSTALL_MODE and key setting: never.
- Its random numbers, of which RND.A of the handshake is one, come from rand(), which it never seeds: every start would
  draw the same, and a recorded session could be played back. `reseed` answers.
- Its callbacks leak a reference to each event: the dictionary is emptied here, and `events` counts what remains.
- It retries by itself, a second apart, and gives up for 300 s: so it is handed whole answers only (guard.py), and where
  none comes `close` makes it give up at once: a frame with a wrong CRC does that.
- One panel could serve a whole line; then one device's new key would need a new panel for all.

Belongs here: everything that names `osdp_sys`. Does not belong here: when to do what.
"""

import ctypes
import os
from enum import Enum
from typing import Any, Final, Protocol

import osdp_sys  # type: ignore[import-not-found]

from drivers.osdp.frames import HAS_CRC, IS_REPLY, SHORTEST_BYTES, SOM
from drivers.osdp.messages import Command, SetBuzzer, SetLed, SetOutput, SetText

SEED_BYTES: Final = 4
STEPS: Final = 8
"""A step decides, sends, looks for the answer, or acts on it: more than these are never needed for one of them."""
EVENTS_PER_PANEL: Final = 25
"""A panel that is thrown away leaks 2 KB, as much as so many events."""
_CAPABILITIES: Final = range(1, 15)
_TONE_DEFAULT: Final = 2
_LED_PERMANENT_SET: Final = 1
_LED_TEMPORARY_SET: Final = 2
_TEXT_TEMPORARY: Final = 3
_libc = ctypes.CDLL(None)
_libc.srand.argtypes = [ctypes.c_uint]
_libc.srand.restype = None


def reseed() -> None:
    """Seed the C library's random numbers from the kernel's: RND.A can not be foretold."""
    _libc.srand(int.from_bytes(os.urandom(SEED_BYTES), "little"))


class Ask(Enum):
    """What a device is asked for beside its poll."""

    LOCAL = osdp_sys.STATUS_REPORT_LOCAL
    """osdp_LSTAT (0x64): tamper and power."""
    INPUTS = osdp_sys.STATUS_REPORT_INPUT
    """osdp_ISTAT (0x65): all inputs."""


class PanelEvents(Protocol):
    """What a panel tells its owner, from within its methods. Nothing here may raise."""

    def on_card(self, bits: int, data: bytes) -> None:
        """A card word."""
        ...

    def on_keys(self, data: bytes) -> None:
        """Keys of the keypad."""
        ...

    def on_inputs(self, states: bytes) -> None:
        """The state of all inputs."""
        ...

    def on_local(self, report: bytes) -> None:
        """Tamper and power."""
        ...

    def on_refused(self, kind: type) -> None:
        """A command of this kind did not succeed."""
        ...


class Panel:
    """One device under one key (16 bytes), taken out until `open`. `events` counts what libosdp leaked so far."""

    id = 1  # what libosdp tells lines apart by; 0 would mean none

    def __init__(self, address: int, key: bytes, to: PanelEvents) -> None:
        osdp_sys.set_loglevel(osdp_sys.LOG_CRIT)
        self.events = 0
        self._to = to
        self._address = address
        self._in = b""
        self._out = b""
        self._is_closing = False
        unused_by_a_panel = dict.fromkeys(("version", "model", "vendor_code", "serial_number", "firmware_version"), 0)
        info = {
            "name": f"pd-{address}",
            "address": address,
            "flags": osdp_sys.FLAG_ENFORCE_SECURE,
            "scbk": key,
            "channel": self,
            **unused_by_a_panel,
        }
        self._info = info
        self._begin()

    def read(self, limit_bytes: int) -> bytes:
        """Hand libosdp the answer: it calls this, and neither this nor the next two may raise."""
        piece, self._in = self._in[:limit_bytes], self._in[limit_bytes:]
        return piece

    def write(self, frame: bytes) -> int:
        """Take what libosdp sends, without its mark byte."""
        self._out = bytes(frame[frame.find(SOM) :])
        return len(frame)

    def flush(self) -> None:
        """Throw away what libosdp has not read."""
        self._in = b""

    @property
    def is_secure(self) -> bool:
        """Whether the secure channel is up, and the device online: with ENFORCE_SECURE that is one thing."""
        return bool(self._panel.sc_status())

    def open(self) -> None:
        """Begin a session with the next question."""
        self._panel.enable_pd(0)
        self._panel.refresh()

    def renew(self) -> None:
        """Forget everything that the device ever said: libosdp keeps some of it through all sessions."""
        self.events += EVENTS_PER_PANEL
        self._begin()

    def close(self) -> None:
        """End the session, whatever libosdp waits for, and forget what it was asked to do."""
        self._is_closing = True
        self._panel.flush_commands(0)
        self._panel.disable_pd(0)
        for _ in range(STEPS):
            if not self._panel.is_pd_enabled(0):
                break
            self._in = self._broken_frame()
            self._panel.refresh()
        self._in = self._out = b""
        self._is_closing = False

    def question(self) -> bytes:
        """Return the frame that libosdp wants to send now; nothing if no poll is due, or if it gave the device up."""
        for _ in range(STEPS):
            if not self.is_secure:
                reseed()  # RND.A is drawn when a handshake begins
            self._panel.refresh()
            if self._out:
                frame, self._out = self._out, b""
                return frame
        return b""

    def answer(self, frame: bytes) -> None:
        """Hand libosdp the answer to its question."""
        self._in = frame
        self._panel.refresh()

    def submit(self, command: Command | Ask) -> bool:
        """Queue a command for the next question. Returns False if the device is not online."""
        if isinstance(command, Ask):
            return bool(self._panel.submit_command(0, {"command": osdp_sys.CMD_STATUS, "type": command.value}))
        return bool(self._panel.submit_command(0, _as_library_command(command)))

    def identity(self) -> tuple[int, int, int, int, int]:
        """Return what the device said that it is: vendor code, model, version, serial number, firmware."""
        told = self._panel.get_pd_id(0)
        names = ("vendor_code", "model", "version", "serial_number", "firmware_version")
        vendor, model, version, serial, firmware = (int(told[name]) & 0xFFFFFFFF for name in names)
        return vendor, model, version, serial, firmware

    def capabilities(self) -> tuple[tuple[int, int, int], ...]:
        """Return what the device said that it can: function code, compliance level, number of items."""
        told = ((code, *self._panel.check_capability(0, code)) for code in _CAPABILITIES)
        return tuple((code, level, items) for code, level, items in told if level or items)

    def _begin(self) -> None:
        self._panel = osdp_sys.ControlPanel([self._info])
        self._panel.set_event_callback(self._on_event)
        self._panel.set_command_completion_callback(self._on_completion)
        self.close()

    def _broken_frame(self) -> bytes:
        head = bytes([SOM, self._address | IS_REPLY, SHORTEST_BYTES, 0, HAS_CRC])
        return head.ljust(SHORTEST_BYTES, b"\0")

    def _on_event(self, _index: int, event: dict[str, Any]) -> int:
        self.events += 1
        kind = event["event"]
        if kind == osdp_sys.EVENT_CARDREAD:
            self._to.on_card(event.get("length", len(event["data"]) * 8), event["data"])
        elif kind == osdp_sys.EVENT_KEYPRESS:
            self._to.on_keys(event["data"])
        elif kind == osdp_sys.EVENT_STATUS:
            if event["type"] == osdp_sys.STATUS_REPORT_INPUT:
                self._to.on_inputs(event["report"])
            elif event["type"] == osdp_sys.STATUS_REPORT_LOCAL:
                self._to.on_local(event["report"])
        event.clear()
        return 0

    def _on_completion(self, _index: int, command: dict[str, Any], status: int) -> None:
        is_refused = status != osdp_sys.COMPLETION_OK and not self._is_closing
        if is_refused and self.is_secure:  # else the channel broke down, and nobody knows what the device meant
            self._to.on_refused(_KINDS[command["command"]])


_KINDS: Final = {
    osdp_sys.CMD_OUTPUT: SetOutput,
    osdp_sys.CMD_LED: SetLed,
    osdp_sys.CMD_BUZZER: SetBuzzer,
    osdp_sys.CMD_TEXT: SetText,
    osdp_sys.CMD_STATUS: Ask,
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
        case SetText():
            return {
                "command": osdp_sys.CMD_TEXT,
                "reader": 0,
                "control_code": _TEXT_TEMPORARY,
                "temp_time": command.shown_s,
                "offset_row": 1,
                "offset_col": 1,
                "data": command.text,
            }
