"""A gate's cameras in the site file: what each looks at, what of it nobody may see, how much disk it may take.

Belongs here: shapes and what can be said about one camera alone. Does not belong here: its address and password
(devices.py).
"""

from typing import Annotated

import msgspec

from contract.ids import AccessPointId, CameraId
from contract.site.error import SiteFileError
from contract.site.numbers import Some

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
"""A place in a picture: 0 is its left or upper edge, 1 its right or lower one."""
Place = tuple[Share, Share]
Mask = list[Place]
"""A polygon of what lies outside the premises."""
_CORNERS = 3


class CountingLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where people who cross are counted (an advisory beside the passages taken, never a decision).

    Whoever goes from the left of the line to its right, seen from its beginning to its end, goes `right`, the others
    go `left`; "" where nobody can go that way. `person`: how tall a grown person looks who stands at its beginning and
    at its end, as shares of the picture's height; none given: two who cross as one body count as one.
    """

    begin: Place
    end: Place
    left: AccessPointId = AccessPointId("")
    right: AccessPointId = AccessPointId("")
    person: tuple[Share, Share] | None = None


class CameraConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One camera of a gate. `segment_s`: length of a file.

    `keep_bytes`: how much disk its recording may take; when it is full the oldest goes first, with an alarm if that is
    before its time; None: as much as there is. `access_points`: whose passages it sees, for their pictures; none means
    all of the gate. `masks`: polygons of what lies outside the premises, black for everybody who looks. `counts`: the
    line at which people are counted.
    """

    id: CameraId
    name: str = ""
    segment_s: Some = 60
    keep_bytes: Some | None = None
    access_points: list[AccessPointId] = []
    masks: list[Mask] = []
    counts: CountingLine | None = None


def corners_of(mask: Mask, width: int, height: int) -> list[tuple[int, int]]:
    """Return a mask's corners in a picture of that size, in pixels, for a polygon that includes its edge."""
    return [(round(x * (width - 1)), round(y * (height - 1))) for x, y in mask]


def check_camera(camera: CameraConfig) -> None:
    """Raise SiteFileError for a camera that contradicts itself."""
    for mask in camera.masks:
        if len(mask) < _CORNERS:
            message = f"site file: a mask of camera {camera.id} has {len(mask)} corners: a polygon needs three or more"
            raise SiteFileError(message)
    line = camera.counts
    if line is None:
        return
    if line.begin == line.end or not (line.left or line.right):
        message = (
            f"site file: the counting line of camera {camera.id} needs two different ends, and an access_point in "
            "`left`, `right` or both"
        )
        raise SiteFileError(message)
    if line.left == line.right:
        message = (
            f"site file: the counting line of camera {camera.id} has access_point {line.left} at both sides: who comes "
            "and who goes could not be told apart"
        )
        raise SiteFileError(message)
