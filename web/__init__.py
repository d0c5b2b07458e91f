"""The look that gate pages, bench and console share: base template, style, scripts, languages and secure headers.

Belongs here: how pages look and speak, for any domain. Does not belong here: what a page says of gates, persons or
keys; whoever shows it brings templates and catalogues of its own.
"""

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"
"""Folder of style sheets and scripts, to be served as `/static`."""
TEMPLATES: Final = _HERE / "templates"
"""Folder of the base template."""
CATALOGUES: Final = _HERE / "catalogues"
"""Folder of the translations of the base template, one `<language>.po` each."""
