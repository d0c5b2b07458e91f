"""The gate officer's screen: face and name of whoever stands at the gate, at that moment, for whoever may see it.

A page that a process of its own serves on the gate's machine, so that a dead page never takes the gate down; it works
without the network. `beside.py` is the gate's side of it, `main.py` the process, `showing.py` what may be shown now.
Nothing is kept: no list, no file, no history (L1, L2).

Belongs here: that screen. Does not belong here: decisions, or who may sign in (the controller says it, by signed
orders).
"""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
TEMPLATES: Final = FOLDER / "templates"
STATIC: Final = FOLDER / "static"
CATALOGUES: Final = FOLDER / "catalogues"
