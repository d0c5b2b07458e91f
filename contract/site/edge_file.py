"""An edge file: where one gate's files lie, as TOML. It is what `sacs edge` and `sacs doctor` are started with.

    enrolment = "north.enrolment"   # by which the controller enrolled this gate
    site = "site.toml"              # the site file
    devices = "north.json"          # lines, reader keys, camera addresses of this gate
    state = "state"                 # folder of the sealed ring, the sealed policy and public keys
    screen_port = 8090              # where the gate officer's screen listens, on loopback; if there is one

    [video]                         # where controllers fetch recordings and live pictures; if there are cameras
    host = "10.20.0.7"              # this machine as controllers reach it
    port = 8443

Relative paths start at the folder of the edge file.

Belongs here: the file's shape. Does not belong here: reading it, or the files that it names.
"""

from pathlib import PurePath
from typing import Annotated

import msgspec

from contract.site.error import SiteFileError


class VideoAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a gate listens for controllers that fetch video. `host`: a name or an address; `port`: 0 for any."""

    host: Annotated[str, msgspec.Meta(min_length=1)]
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0


class EdgeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Paths of one gate; see the module. `piv`: folder with roots/, intermediates/ and crls/ for PIV cards, if any.

    `screen_port`: on the gate's own machine, 0 for any that is free; None where no officer has a screen. `video`: None
    where nobody fetches any.
    """

    enrolment: str
    site: str
    devices: str
    state: str
    piv: str | None = None
    screen_port: Annotated[int, msgspec.Meta(ge=0, le=65535)] | None = None
    video: VideoAddress | None = None


def parse_edge_file(text: str, folder: str) -> EdgeFile:
    """Return the edge file in a TOML text, with relative paths below `folder`. Raises SiteFileError."""
    try:
        file = msgspec.toml.decode(text, type=EdgeFile)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        message = f"edge file: {error}; it names enrolment, site, devices and state"
        raise SiteFileError(message) from error
    below = PurePath(folder)
    return EdgeFile(
        enrolment=str(below / file.enrolment),
        site=str(below / file.site),
        devices=str(below / file.devices),
        state=str(below / file.state),
        piv=None if file.piv is None else str(below / file.piv),
        screen_port=file.screen_port,
        video=file.video,
    )
