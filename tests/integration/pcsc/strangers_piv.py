"""A PIV card of another author (PyPI's jcecard), run in an environment of its own.

Reads lines from standard input and answers each with a line of hexadecimal digits: `power` with the answer to reset,
`manage` (opens the card for its issuer, as if the management key had been shown) with nothing, a command APDU with its
response.
"""

import importlib
import logging
import sys
import tempfile
from pathlib import Path
from typing import Any

# Found only in the other environment.
cards: Any = importlib.import_module("jcecard.main")
answers_to_reset: Any = importlib.import_module("jcecard.atr")


def main() -> None:
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        card = cards.OpenPGPCard(atr=answers_to_reset.DEFAULT_ATR, storage_path=Path(folder) / "card.json")
        for line in sys.stdin:
            match line.strip():
                case "power":
                    card.power_on()
                    answer = card.get_atr()
                case "manage":
                    card._piv_applet.security.mgmt_authenticated = True
                    answer = b""
                case command:
                    answer = card.process_apdu(bytes.fromhex(command))
            sys.stdout.write(answer.hex() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
