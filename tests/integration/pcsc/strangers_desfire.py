"""A DESFire reader's program of another author (PyPI's python-desfire), run in an environment of its own.

`python strangers_desfire.py APPLICATION_HEX KEY_HEX`: prints each native command as a line of hexadecimal digits and
reads its answer, status first, from standard input; then prints a JSON object with what it made of the card.
"""

import importlib
import json
import sys
from typing import Any

# Found only in the other environment.
devices: Any = importlib.import_module("desfire.devices.base")
desfire: Any = importlib.import_module("desfire.DESFire")
keys: Any = importlib.import_module("desfire.key")
schemas: Any = importlib.import_module("desfire.schemas")
enums: Any = importlib.import_module("desfire.enums")


class Pipe(devices.Device):  # type: ignore[misc]
    """Hands frames to the test, which has the reader."""

    def transceive(self, frame: list[int]) -> list[int]:
        sys.stdout.write(bytes(frame).hex() + "\n")
        sys.stdout.flush()
        return list(bytes.fromhex(sys.stdin.readline()))


def main() -> None:
    application, key = sys.argv[1:]
    card = desfire.DESFire(Pipe())
    uid = bytes(card.get_card_version().uid).hex()
    applications = [bytes(one).hex() for one in card.get_application_ids()]
    card.select_application(application)
    card.authenticate(0, keys.DESFireKey(schemas.KeySettings(key_type=enums.DESFireKeyType.DF_KEY_AES), key))
    proven = bytes(card.get_real_uid()).hex()
    again = bytes(card.get_card_version().uid).hex()  # checks the session's chained CMAC
    found = {"uid": uid, "applications": applications, "proven": proven, "again": again}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
