"""The demo's own site with shorter limits: the same gates and programs, periods of 10 s that are kept for 40 s.

The law's limits may be made shorter, so keys die within a run that a test can wait for.
"""

import re
from importlib.resources import files
from typing import Final

DEMO_SITE: Final = files("simulators") / "sites" / "demo.toml"

_SHORTER: Final = {
    "movement_period_s": "10",
    "movement_keep_s": "40",
    "video_period_s": "10",
    "video_keep_s": "40",
    "settle_s": "3",
    "segment_s": "5",
    "people": "24",
    "stay_s": "[6, 25]",
    "away_s": "[3, 20]",
    "overstay_s": "[45, 60]",
}


def short_site() -> str:
    """Return the site file's text."""
    text = DEMO_SITE.read_text(encoding="utf-8")
    for field, value in _SHORTER.items():
        text, changed = re.subn(rf"^{field} = .*$", f"{field} = {value}", text, flags=re.MULTILINE)
        assert changed, f"the demo's site has no {field} any more"
    return text
