"""The header in which the console says from which address a browser's request came.

Belongs here: its name, which both processes know. The console sets it in the place of whatever a browser sent.
"""

from typing import Final

PEER: Final = "x-sacs-peer"
