"""The console: pages from what the truth process tells over its socket. No keys, no database, no names.

Belongs here: rendering, and passing the API through. Does not belong here: any fact that the API does not tell, or the
look that other programs share (web/).

feed.py follows the truth; view.py turns a live picture into what a page shows; words.py says codes in words; page.py
renders; passthrough.py hands on the API; app.py joins them; main.py runs it as a process.
"""

from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
TEMPLATES: Final = _HERE / "templates"
"""Folder of the console's templates."""
CATALOGUES: Final = _HERE / "catalogues"
"""Folder of the console's translations, one `<language>.po` each."""
STATIC: Final = _HERE / "static"
"""Folder of the console's own style, to be served as `/static/console`."""
