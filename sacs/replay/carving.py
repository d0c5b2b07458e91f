"""Carving a replay: at moments spread over it every byte that was written is searched for what the log names.

Belongs here: when, and what comes of it. Does not belong here: how bytes are searched (controller/audit).
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from contract.periods import Retention
from controller.audit.carving import open_what_opens, readable_without_key
from controller.audit.plants import SHORTEST_PLANT, PlantSearch
from controller.vault import Vault
from sacs.replay.report import Carved
from sacs.replay.system import ReplayError


def moments(begin_ns: int, end_ns: int, count: int) -> list[int]:
    """Return `count` moments spread evenly between two others, the latest first."""
    return [begin_ns + (end_ns - begin_ns) * at // (count + 1) for at in range(count, 0, -1)]


class Carver:
    """Searches all `roots` for `credentials` in every form, and tries every wrapped key that lies there on `vault`.

    `records`: the record store, of which every row is decoded as it stands. Credentials of fewer than six characters
    are left out: chance would find them. Raises ReplayError if none remains.
    """

    def __init__(
        self, roots: Sequence[Path], records: Path, credentials: Iterable[str], vault: Vault, retention: Retention
    ) -> None:
        self._roots: Final = roots
        self._records: Final = records
        plants = [text for text in credentials if len(text) >= SHORTEST_PLANT]
        if not plants:
            message = f"--carve: all credentials have fewer than {SHORTEST_PLANT} characters: chance would find them"
            raise ReplayError(message)
        self._search: Final = PlantSearch(plants)
        self._vault: Final = vault
        self._retention: Final = retention
        self.found = Carved(0, 0, 0, 0, 0, 0)

    def carve(self, now_ns: int) -> None:
        """Search once; add to what was `found`. `now_ns`: the log's time, ns since 1970-01-01 UTC."""
        scan = self._search.scan(self._roots)
        opened = open_what_opens(self._roots, self._vault, self._retention, now_ns)
        before = self.found
        self.found = Carved(
            before.moments + 1,
            before.scanned_bytes + scan.bytes_read,
            before.plants_found + len(scan.hits),
            before.rows_readable + readable_without_key(self._records),
            before.keys_opened + opened.opened,
            before.keys_opened_past_limit + opened.past_limit,
        )
