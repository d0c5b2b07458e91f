"""What a check is. Belongs here: the type, and what it finds. Does not belong here: any check."""

from dataclasses import dataclass
from typing import Protocol

from controller.domain.violations import Violation


@dataclass(frozen=True, order=True)
class Finding:
    """Something that is wrong at this moment. `gate`: at which, if at one; `place`: otherwise a part of the system."""

    violation: Violation
    gate: str = ""
    place: str = ""


class Check(Protocol):
    """Looks at one thing, again and again."""

    @property
    def name(self) -> str:
        """Its name on screens: lower case and hyphens."""
        ...

    @property
    def every_s(self) -> float:
        """How long it waits between two looks."""
        ...

    async def look(self) -> set[Finding]:
        """Return what is wrong now. Whatever it raises is told as a check that failed."""
        ...
