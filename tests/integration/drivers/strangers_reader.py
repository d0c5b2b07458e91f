"""libosdp's own peripheral device on a line, in a process of its own: `strangers_reader.py PATH ADDRESS KEY`.

Told on standard input: `card BITS HEX`, `keys TEXT`, `input NUMBER 0|1`. Says on standard output, one JSON line each,
what it was commanded. It answers no questions about states (its binding can not), which many readers can not either.
"""

import json
import os
import select
import sys
from typing import Any, Final

import osdp_sys  # type: ignore[import-not-found]

from drivers.serial_line import LineLostError, open_line, read_piece

INPUTS: Final = 2
CAPABILITIES: Final = (
    (osdp_sys.CAP_CONTACT_STATUS_MONITORING, 1, INPUTS),
    (osdp_sys.CAP_OUTPUT_CONTROL, 4, 1),
    (osdp_sys.CAP_CARD_DATA_FORMAT, 1, 0),
    (osdp_sys.CAP_READER_LED_CONTROL, 1, 1),
    (osdp_sys.CAP_READER_AUDIBLE_OUTPUT, 1, 1),
    (osdp_sys.CAP_READER_TEXT_OUTPUT, 1, 1),
    (osdp_sys.CAP_CHECK_CHARACTER_SUPPORT, 1, 0),
    (osdp_sys.CAP_COMMUNICATION_SECURITY, 1, 1),
)


class Channel:
    """What libosdp reads from and writes to."""

    id = 1

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def read(self, limit_bytes: int) -> bytes:
        return read_piece(self._descriptor, limit_bytes)

    def write(self, frame: bytes) -> int:
        return os.write(self._descriptor, frame)

    def flush(self) -> None:
        while read_piece(self._descriptor):
            pass


def obey(command: dict[str, Any]) -> tuple[int, None]:
    if command["command"] == osdp_sys.CMD_STATUS:
        return -1, None
    sys.stdout.write(json.dumps({key: value for key, value in command.items() if isinstance(value, int | str)}) + "\n")
    sys.stdout.flush()
    return 0, None


def event_of(order: str) -> dict[str, Any]:
    match order.split():
        case ["card", bits, data]:
            return {
                "event": osdp_sys.EVENT_CARDREAD, "reader_no": 0, "format": osdp_sys.CARD_FMT_RAW_WIEGAND,
                "direction": 0, "length": int(bits), "data": bytes.fromhex(data),
            }  # fmt: skip
        case ["keys", keys]:
            return {"event": osdp_sys.EVENT_KEYPRESS, "reader_no": 0, "data": keys.encode()}
        case ["input", number, active]:
            states = bytes(int(active) if n == int(number) else 0 for n in range(INPUTS))
            return {"event": osdp_sys.EVENT_STATUS, "type": osdp_sys.STATUS_REPORT_INPUT, "report": states}
    raise SystemExit(f"what is {order!r}?")


def main() -> None:
    path, address, key = sys.argv[1:]
    osdp_sys.set_loglevel(osdp_sys.LOG_CRIT)
    with open_line(path, 115_200) as line:
        info = {
            "name": "stranger", "address": int(address), "flags": osdp_sys.FLAG_ENFORCE_SECURE,
            "scbk": bytes.fromhex(key), "channel": Channel(line.fileno()), "version": 2, "model": 3,
            "vendor_code": 0xC0FFEE, "serial_number": 0x12345678, "firmware_version": 0x010203,
        }  # fmt: skip
        offered = [{"function_code": c, "compliance_level": level, "num_items": n} for c, level, n in CAPABILITIES]
        device = osdp_sys.PeripheralDevice(info, capabilities=offered)
        device.set_command_callback(obey)
        while True:
            for ready in select.select([line.fileno(), sys.stdin.fileno()], [], [], 0.02)[0]:
                if ready != line.fileno():
                    order = sys.stdin.readline()
                    if not order:
                        return
                    device.submit_event(event_of(order))
            for _ in range(4):
                device.refresh()


if __name__ == "__main__":
    try:
        main()
    except LineLostError:
        sys.exit(0)
