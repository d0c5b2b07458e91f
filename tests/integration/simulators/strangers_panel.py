"""A control panel of another author (the `osdp` of PyPI), run in an environment of its own.

`python strangers_panel.py LINE BAUD ADDRESS CHECK MASTER_KEY_HEX`, CHECK being `crc` or `checksum`: takes a command a
line on standard input and prints a JSON object a line. It shares its package's name with libosdp's, so it can not live
beside it.
"""

import importlib
import json
import sys
from typing import Any

# Found only in the other environment; in ours that name is another library.
osdp: Any = importlib.import_module("osdp")


def say(what: str, **more: object) -> None:
    sys.stdout.write(json.dumps({"what": what, **more}) + "\n")
    sys.stdout.flush()


class Panel(osdp.ControlPanel):  # type: ignore[misc]
    """Prints what a reader reports."""

    def on_raw_card_data_reply_received(self, address: int, raw_card_data: Any) -> None:  # noqa: ANN401
        say("card", address=address, count=raw_card_data.bit_count, data=raw_card_data.data.hex())

    def on_input_status_report_reply_received(self, address: int, input_status: Any) -> None:  # noqa: ANN401
        say("inputs", address=address, states=[bool(state) for state in input_status.statuses])

    def on_keypad_data_reply_received(self, address: int, keypad_data: Any) -> None:  # noqa: ANN401
        say("keys", address=address, data=bytes(keypad_data.data).hex())


def main() -> None:
    line, baud, address_text, check, master_key = sys.argv[1:]
    address = int(address_text)
    panel = Panel(bytes.fromhex(master_key))
    connection = osdp.SerialPortOsdpConnection(port=line, baud_rate=int(baud))
    bus = panel.start_connection(connection)
    panel.add_device(connection_id=bus, address=address, use_crc=check == "crc", use_secure_channel=True)
    say("started")
    for order in sys.stdin:
        if order == "id\n":
            identity = panel.id_report(bus, address)
            say("id", vendor=identity.vendor_code.hex(), serial=identity.serial_number)
        elif order == "capabilities\n":
            functions = [
                capability.function.name for capability in panel.device_capabilities(bus, address).capabilities
            ]
            say("capabilities", functions=functions)
        elif order == "output\n":
            control = osdp.OutputControl(0, osdp.OutputControlCode.TemporaryStateOnResumePermanentState, 5)
            say("output", done=panel.output_control(bus, address, osdp.OutputControls([control])))
        elif order == "light\n":
            light = osdp.ReaderLedControl(
                0, 0, osdp.TemporaryReaderControlCode.SetTemporaryAndStartTimer, 3, 3, osdp.LedColor.Green,
                osdp.LedColor.Black, 5, osdp.PermanentReaderControlCode.Nop, 0, 0, osdp.LedColor.Black,
                osdp.LedColor.Black,
            )  # fmt: skip
            say("light", done=panel.reader_led_control(bus, address, osdp.ReaderLedControls([light])))
        elif order == "online\n":
            say("online", is_online=panel.is_online(bus, address))
    panel.shutdown()


if __name__ == "__main__":
    main()
