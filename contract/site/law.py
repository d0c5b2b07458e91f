"""What a site may set about the law of the data, within its limits; and whose alerts it takes.

Belongs here: shapes and their limits. Does not belong here: retention (contract/periods.py), or carrying any of it out.
"""

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

from contract.site.error import SiteFileError

LEAST_AREA_SHOWN: Final = 3
"""Below this, whoever is inside an area himself learns who is with him: one of two sees exactly the other one."""


class Law(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`smallest_area_shown`: areas with fewer persons are not detailed outside an operation."""

    smallest_area_shown: int = 5


class AlertSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A system whose signed alerts open an emergency: host country, mass notification.

    `key`: its public key (Ed25519, 32 bytes in hex).
    """

    id: str
    key: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    name: str = ""


def check_law(law: Law) -> None:
    """Raise SiteFileError for what would show single persons."""
    if law.smallest_area_shown < LEAST_AREA_SHOWN:
        message = (
            f"site file: [law] smallest_area_shown = {law.smallest_area_shown} is refused: it can not be below "
            f"{LEAST_AREA_SHOWN}, for in an area of two each would know where the other is (A/RES/61/263, 27 (a))"
        )
        raise SiteFileError(message)


def check_alert_sources(sources: Iterable[AlertSource]) -> None:
    """Raise SiteFileError for two sources with one key: nobody could tell them apart."""
    keys: set[str] = set()
    for source in sources:
        if source.key in keys:
            message = f"site file: alert_source {source.id} has the key of another one: each needs a key of its own"
            raise SiteFileError(message)
        keys.add(source.key)
