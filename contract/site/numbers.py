"""Numbers of a site file: what a setting can be. Belongs here: such types. Does not belong here: settings."""

from typing import Annotated

import msgspec

Some = Annotated[int, msgspec.Meta(ge=1)]
Number = Annotated[int, msgspec.Meta(ge=0)]
Terminal = Annotated[int, msgspec.Meta(ge=-1)]
"""The number of an input or output at a device; -1: nothing is wired there."""
Percent = Annotated[int, msgspec.Meta(ge=1, le=100)]
NOT_WIRED = -1
