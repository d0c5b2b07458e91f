"""What the gates journaled, read from their rings after the site has stopped, and what a count of it must say.

Written apart from the controller's fold on purpose: a mistake there must not stand here as well. Needs the vault, and
keys that have not died; both belong to the test.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from contract.events import AccessGranted, AccessNotTaken, AnyEvent, decode_event
from contract.ids import OUTSIDE, AreaId, ControllerId, EdgeId, Epoch, HolderId, new_epoch
from contract.sealing import decode_wraps
from contract.site import Site
from controller.store.records import RecordStore
from controller.vault import FileVault
from edge.program import RING
from edge.ring_file import RecordKind, RingFile
from sacs.demo.site import Folders

_ALL = 1 << 40


class Journaled(NamedTuple):
    """One event; sorts by when it happened."""

    occurred_ns: int
    edge: EdgeId
    epoch: Epoch
    number: int
    event: AnyEvent


@dataclass(frozen=True)
class Rings:
    """All events of all gates, each gate's in the order in which its ring has them."""

    of_gate: dict[EdgeId, list[Journaled]]

    @property
    def events(self) -> list[Journaled]:
        """All of them."""
        return [entry for entries in self.of_gate.values() for entry in entries]

    def count(self, kind: type[AnyEvent]) -> int:
        """Return how many events of that kind there are."""
        return sum(isinstance(entry.event, kind) for entry in self.events)

    def present(self, site: Site) -> dict[AreaId, int]:
        """Return how many are in each area: where a holder went last is where he is."""
        leads_to = {point.id: point.to_area for point in site.access_point}
        unused = {(e.edge, e.epoch, e.event.grant_number) for e in self.events if isinstance(e.event, AccessNotTaken)}
        place: dict[HolderId, AreaId] = {}
        for entry in sorted(self.events, key=lambda entry: entry[:4]):
            if isinstance(entry.event, AccessGranted) and (entry.edge, entry.epoch, entry.number) not in unused:
                place[entry.event.holder] = leads_to[entry.event.access_point]
        inside = [area for area in place.values() if area != OUTSIDE]
        return {area.id: inside.count(area.id) for area in site.area}


def read_rings(site: Site, folders: Folders, controller: ControllerId) -> Rings:
    """Open all that lies in the gates' rings, pictures left out. Every one of its keys must be alive."""
    vault = FileVault(folders.vault, controller, look_only=True)
    return Rings({gate.id: list(_read(folders.of_edge(gate.id), vault)) for gate in site.gate})


def stored_numbers(folders: Folders) -> list[tuple[EdgeId, Epoch, int]]:
    """Return (edge, epoch, number) of each row that stands in the controller's store."""
    with closing(RecordStore(folders.state / "controller" / "records.db")) as store:
        names = [(key_id, decode_wraps(wraps).name) for key_id, wraps in store.keys(-1)]
        return [(name.edge, name.epoch, number) for key_id, name in names for number, _ in store.records(key_id)]


def _read(folder: Path, vault: FileVault) -> Iterator[Journaled]:
    with closing(RingFile(folder / RING, new_epoch())) as ring:
        for epoch, first, last in [(extent.epoch, extent.first, extent.last) for extent in ring.extents()]:
            records, upto = ring.read(epoch, first, last, RecordKind.EVENT, most=_ALL, most_bytes=_ALL)
            assert upto == last
            for record in records:
                wraps = decode_wraps(record.wraps)
                event = decode_event(vault.open(wraps).open(record.number, record.body))
                yield Journaled(event.occurred_ns, wraps.name.edge, epoch, record.number, event)
