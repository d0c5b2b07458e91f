"""Whether one person is on the premises: the answer to a search.

It does not say when or where somebody passed: an area, and how well that is known. Belongs here: putting fold and
reference data together. Does not belong here: who may ask and when (api, domain/rights), or the roll call (muster).
"""

import asyncio
import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from contract.site import Site
from controller.domain.muster.known import Known, known
from controller.domain.presence.bounds import Headcount
from controller.domain.presence.fold import Presence
from controller.service.site.reference import Holder, Reference

MOST_MATCHES: Final = 5
"""More persons of one name are not listed: a search asks for one person, not for a list."""


class Answer(enum.StrEnum):
    """Whether a person is on the premises."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """Nothing that can be read places him inside, and he may be there all the same: `Match.because` says why."""


class TooManyMatchesError(ValueError):
    """A name that many have; the message says what to do."""


@dataclass(frozen=True)
class Match:
    """One person whom a search means, and whether he is inside. `area` and `known`: only if he is."""

    name: str = field(repr=False)
    category: str = field(repr=False)
    answer: Answer
    area: str | None
    known: Known | None
    because: list[str]


class PersonSearch:
    """Answers searches. Belongs to the event loop, for it reads the fold; names open in a thread.

    `headcount`: the figures of the premises as they are shown. `come_through`: whether every gate is heard and has
    brought what it has.
    """

    def __init__(
        self,
        site: Site,
        presence: Presence,
        reference: Reference,
        headcount: Callable[[], Headcount],
        come_through: Callable[[], bool | None],
    ) -> None:
        self._names: Final = {area.id: area.name or area.id for area in site.area}
        self._presence: Final = presence
        self._reference: Final = reference
        self._headcount: Final = headcount
        self._come_through: Final = come_through

    async def of_pass(self, number: str) -> list[Match]:
        """Return whether the holder of the pass with that printed number is inside; empty: there is no such pass."""
        holder = await asyncio.to_thread(self._reference.holder_of_pass, number)
        return [] if holder is None else [self._match(holder)]

    async def of_name(self, name: str) -> list[Match]:
        """Return whether whoever has exactly that name is inside; empty: nobody has. Raises TooManyMatchesError."""
        holders = await asyncio.to_thread(self._reference.named, name)
        if len(holders) > MOST_MATCHES:
            raise TooManyMatchesError(f"more than {MOST_MATCHES} persons have this name: search by the pass")
        return [self._match(holder) for holder in holders]

    def _match(self, holder: Holder) -> Match:
        placed = self._presence.where(holder.id)
        if placed is not None:
            area = self._names.get(placed.area, placed.area)
            return Match(holder.name, holder.category, Answer.YES, area, known(placed), [])
        because = self._because()
        answer = Answer.UNKNOWN if because else Answer.NO
        return Match(holder.name, holder.category, answer, None, None, because)

    def _because(self) -> list[str]:
        """Return why somebody may be inside of whom nothing is read: causes of figures, and gates that hold news.

        And those who came beside drivers, whoever they are.
        """
        count = self._headcount()
        because = {each.reason.value for each in count.causes if each.more or not each.is_bounded}
        if count.beside:
            because.add("beside-drivers")
        if not self._come_through():
            because.add("gates-not-heard")
        return sorted(because)
