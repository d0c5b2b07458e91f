"""Names of those on boards, in memory only and only while names are open.

Belongs here: learning and forgetting them, and the order in which persons are listed. Does not belong here: who may see
them (api).
"""

import asyncio
from bisect import bisect_right, insort
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from contract.ids import HolderId
from controller.service.site.reference import Holder, Reference

_SORTED_ONE_BY_ONE: Final = 64


class Names:
    """What reference data says of holders. Belongs to the event loop; names open in a thread."""

    def __init__(self, reference: Reference) -> None:
        self._reference: Final = reference
        self._of: dict[HolderId, Holder] = {}
        self._revision = -1

    def __repr__(self) -> str:
        """Name nobody."""
        return f"<{len(self._of)} names>"

    @property
    def revision(self) -> int:
        """Another one after each change of the reference data: somebody may be called otherwise."""
        return self._reference.revision

    def get(self, holder: HolderId) -> Holder | None:
        """Return what is known of a holder, if it was learned."""
        return self._of.get(holder)

    async def learn(self, holders: Collection[HolderId]) -> None:
        """Learn those that are not known yet. Whoever is in no reference data any more has an empty name."""
        if self._revision != self._reference.revision:
            self._of, self._revision = {}, self._reference.revision
        lacking = [holder for holder in holders if holder not in self._of]
        if lacking:
            found = await asyncio.to_thread(self._reference.holders, lacking)
            for holder in lacking:
                self._of[holder] = found.get(holder) or Holder(holder, "", "")

    def forget(self) -> None:
        """Forget all of them."""
        self._of = {}


class Order:
    """Holders by name, whatever its case."""

    def __init__(self) -> None:
        self._keys: dict[HolderId, str] = {}
        self._sorted: list[tuple[str, HolderId]] = []

    def put(self, named: Iterable[Holder]) -> None:
        """Add holders that are not in it yet, or are under another name."""
        fresh = []
        for each in named:
            key = each.name.casefold()
            before = self._keys.get(each.id)
            if before == key:
                continue
            if before is not None:
                self.remove(each.id)
            self._keys[each.id] = key
            fresh.append((key, each.id))
        if len(fresh) > _SORTED_ONE_BY_ONE:
            self._sorted = sorted([*self._sorted, *fresh])
        else:
            for named_so in fresh:
                insort(self._sorted, named_so)

    def remove(self, holder: HolderId) -> None:
        """Take a holder out."""
        key = self._keys.pop(holder, None)
        if key is not None:
            del self._sorted[bisect_right(self._sorted, (key, holder)) - 1]

    def __contains__(self, holder: object) -> bool:
        return holder in self._keys

    def __len__(self) -> int:
        return len(self._sorted)

    def clear(self) -> None:
        """Forget all names."""
        self._keys, self._sorted = {}, []

    def all(self) -> Sequence[tuple[str, HolderId]]:
        """Return (name without case, holder) of all, in order; not to be changed."""
        return self._sorted

    def place(self, after: HolderId, among: Sequence[tuple[str, HolderId]]) -> int:
        """Return where those begin that stand behind a holder, in a part of `all`; 0 for one who is not in it."""
        key = self._keys.get(after)
        return 0 if key is None else bisect_right(among, (key, after))
