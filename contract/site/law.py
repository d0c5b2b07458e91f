"""What a site may set about the law of the data, within its limits; and whose alerts it takes.

Belongs here: shapes and their limits. Does not belong here: retention (contract/periods.py), or carrying any of it out.
"""

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

from contract.site.error import SiteFileError

LEAST_AREA_SHOWN: Final = 3
"""Below this, whoever is inside an area himself learns who is with him: one of two sees exactly the other one."""
LONGEST_RECONFIRM_MIN: Final = 120
"""Earlier, reconfirming would be a list of who is inside."""


class Law(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`smallest_area_shown`: areas with fewer persons are not detailed outside an operation.

    `reconfirm_before_min`: from how many minutes before a record dies its person may be reconfirmed on sight.
    """

    smallest_area_shown: int = 5
    reconfirm_before_min: int = LONGEST_RECONFIRM_MIN


class AlertSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A system whose signed alerts open an emergency: host country, mass notification.

    `key`: its public key (Ed25519, 32 bytes in hex).
    """

    id: str
    key: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    name: str = ""


def check_law(law: Law) -> None:
    """Raise SiteFileError for what would show more of single persons than the law allows."""
    if law.smallest_area_shown < LEAST_AREA_SHOWN:
        message = (
            f"site file: [law] smallest_area_shown = {law.smallest_area_shown} is refused: it can not be below "
            f"{LEAST_AREA_SHOWN}, for in an area of two each would know where the other is (A/RES/61/263, 27 (a))"
        )
        raise SiteFileError(message)
    if not 1 <= law.reconfirm_before_min <= LONGEST_RECONFIRM_MIN:
        message = (
            f"site file: [law] reconfirm_before_min = {law.reconfirm_before_min} is refused: use 1 to "
            f"{LONGEST_RECONFIRM_MIN} minutes; earlier, officers would be shown who is inside without need "
            "(A/RES/61/263, 27 (a))"
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
