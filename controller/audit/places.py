"""The register of places: everything the system writes, where, by whom, sealed under what, and until when.

A test watches a whole run and fails for any file that no place here covers, and for any place that the run does not
meet, so the register is complete. `sacs verify-deletion` names what it finds by these places, and whatever lies in a
folder of the system without being in the register is a finding. Belongs here: the register. Does not belong here:
searching (plants.py, carving.py).
"""

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from controller.audit.plants import places_below


class Where(enum.StrEnum):
    """The folder, or the medium, that a place lies in."""

    CONTROLLER = "sacs controller --state"
    VAULT = "sacs controller --vault"
    GATE = "sacs edge --state"
    LOGS = "standard error of each program"
    TEMPORARY = "$TMPDIR"
    MEMORY = "memory"
    OUTSIDE = "outside of the system"


@dataclass(frozen=True)
class Place:
    """One place. `pattern`: of a path below that folder, as a regular expression; empty where it is no file.

    `sealed`: under what, or why it needs no seal. `until`: when it goes, or can no longer be read. `has_keys`: whether
    it holds keys that open what is sealed: such a file is at its place in its own folder alone.
    """

    name: str
    where: Where
    pattern: str
    writer: str
    holds: str
    sealed: str
    until: str
    has_keys: bool = False

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(rf"(?:.*/)?(?:{self.pattern})")

    def covers(self, path: str) -> bool:
        """Return whether a path is of this place; `path`: with slashes, from any folder above it."""
        return bool(self.pattern) and self._compiled.fullmatch(path) is not None


_DATABASE: Final = r"(?:-wal|-shm|-journal)?"
_HALF: Final = r"\.[^/]+\.[a-z0-9_]{8}"
_SITE_LIFE: Final = "as long as the site"
_NO_PERSON: Final = "no person in it"
_PUBLIC: Final = "public"
_PRIVATE_KEY: Final = "owner alone (mode 0600); names nobody"

PLACES: Final = (
    Place(
        "records", Where.CONTROLLER, rf"records\.db{_DATABASE}", "truth process",
        "sealed events, notes and snapshots; known numbers; tallies without persons",
        "the hour's key", "60 s before the hour's start + 24 h; sooner when the cycle is complete",
    ),
    Place(
        "reference", Where.CONTROLLER, rf"reference\.db{_DATABASE}", "truth process",
        "holders, passes, credentials, accounts; areas, gates",
        "personal columns under the reference key", "as long as the site; a gate's replaced key: 30 days",
    ),
    Place(
        "ledger", Where.CONTROLLER, r"ledger(?:-altered-\d+)?\.jsonl", "truth process",
        "receipts, trail, disclosures, authorizations, changes, breaches", "no movement, no holder in it; signed",
        _SITE_LIFE,
    ),
    Place(
        "ledger key", Where.CONTROLLER, r"ledger\.key", "truth process", "the ledger's public key", _PUBLIC, _SITE_LIFE,
    ),
    Place(
        "policies", Where.CONTROLLER, r"policies/[^/]+\.policy", "truth process",
        "what each gate may admit: cards as keyed hashes", "each gate's policy key", "the next policy",
    ),
    Place(
        "faces", Where.CONTROLLER, r"screens/faces", "truth process",
        "names and photos for gate officers' screens", "each row under its card and a secret that is kept in memory",
        "the next faces",
    ),
    Place(
        "collector's token", Where.CONTROLLER, r"metrics\.token", "truth process", "what a collector of figures shows",
        _PRIVATE_KEY, _SITE_LIFE,
    ),
    Place(
        "broker store", Where.CONTROLLER, r"broker/store/.+", "broker",
        "sealed batches on their way; signed health, time, public keys", "the hour's key, as sealed by the gate",
        "unreadable when the hour's key dies",
    ),
    Place(
        "broker files", Where.CONTROLLER, r"broker/[^/]+\.(?:conf|log|acl|pid|db)", "broker and truth process",
        "the broker's configuration and log", _NO_PERSON, "the next start",
    ),
    Place(
        "certificates", Where.CONTROLLER, r"(?:authority|broker-tls|controller-tls|page-tls)/[^/]+", "truth process",
        "certificates and keys of this machine's TLS", _PRIVATE_KEY, "the next certificate",
    ),
    Place(
        "list of controllers", Where.CONTROLLER, r"controllers\.list|root\.public|trusted\.pem", "truth process",
        "who the site's controllers are, signed by its root", _PUBLIC, "the next list",
    ),
    Place(
        "signing key", Where.CONTROLLER, r"signing\.key(?:\.sealed)?", "truth process",
        "the controller's signing key", f"{_PRIVATE_KEY}; under the token where there is one", _SITE_LIFE,
    ),
    Place(
        "outbox", Where.CONTROLLER, r"outbox/[^/]+\.p7m", "truth process",
        "lists of the missing that the standing order handed over", "each addressee's certificate: no key for it here",
        "the site's transport takes it",
    ),
    Place("clock", Where.CONTROLLER, r"clock", "truth process", "the highest time used", _NO_PERSON, "the next minute"),
    Place(
        "copy of the reference key", Where.CONTROLLER, r"reference-key\.for-root(?:\.[0-9a-f]+)?", "truth process",
        "the reference key, for the site's root to keep", "the offline root's key", "a technician has carried it away",
    ),
    Place("ports", Where.CONTROLLER, r"ports\.json", "truth process", "two port numbers", _NO_PERSON, _SITE_LIFE),
    Place(
        "period keys", Where.VAULT, r"keys(?:\.[a-z]+)?|token\.json", "truth process",
        "private halves of the period pairs", "owner alone; under a token's key where there is one",
        "each key at its end; see the law report", has_keys=True,
    ),
    Place(
        "reference key", Where.VAULT, r"reference\.key(?:\.sealed)?", "truth process", "the reference key",
        "owner alone; under the token where there is one", _SITE_LIFE, has_keys=True,
    ),
    Place(
        "exchange key", Where.VAULT, r"exchange\.key(?:\.sealed)?", "truth process",
        "to which another controller wraps content keys", "owner alone; under the token where there is one", _SITE_LIFE,
        has_keys=True,
    ),
    Place(
        "ledger head", Where.VAULT, r"ledger\.head", "truth process", "where the ledger ended", _PUBLIC,
        "the next head",
    ),
    Place(
        "canaries", Where.VAULT, r"canaries\.sealed", "truth process", "texts of nobody that must never be found",
        "the reference key", _SITE_LIFE,
    ),
    Place(
        "enrolments", Where.VAULT, r"enrolments/[^/]+\.enrolment", "truth process",
        "a gate's keys, to be carried to it", _PRIVATE_KEY, "the gate is first heard", has_keys=True,
    ),
    Place(
        "half-written files", Where.CONTROLLER, _HALF, "truth process", "the next form of one of these files",
        "as that file", "renamed or removed at once",
    ),
    Place(
        "ring", Where.GATE, rf"ring\.sqlite{_DATABASE}", "gate", "its sealed events and snapshots of 24 hours",
        "the hour's public keys: the gate can not read them", "the hour's end of life, by itself",
    ),
    Place(
        "video", Where.GATE, r"video/.+\.(?:seg|part)", "recorder", "sealed video",
        "the day's public keys", "30 days after its first frame, by itself",
    ),
    Place(
        "video table", Where.GATE, rf"video/.+/segments\.sqlite{_DATABASE}", "recorder",
        "names and times of segments, and of gaps between them",
        _NO_PERSON, "with each segment",
    ),
    Place(
        "gate policy", Where.GATE, r"\.?policy\.sealed(?:\.new)?", "gate", "whom it may admit: cards as keyed hashes",
        "the gate's policy key", "the next policy",
    ),
    Place(
        "public keys", Where.GATE, r"(?:keys/\.?[^/]+\.keys|heads/\.?[^/]+\.head)(?:\.new)?", "gate",
        "public period keys, and where each controller's ledger ended", _PUBLIC, "the next message",
    ),
    Place(
        "controllers at a gate", Where.GATE, r"\.?controllers\.list(?:\.new)?", "gate",
        "to whom it seals, signed by the site's root", _PUBLIC, "the next list",
    ),
    Place(
        "reader keys", Where.GATE, r"\.?retired-reader-keys(?:\.new)?", "gate",
        "digests of readers' former keys", _NO_PERSON, _SITE_LIFE,
    ),
    Place(
        "faces at a gate", Where.GATE, r"\.?faces(?:\.new)?", "gate", "names and photos for its officer's screen",
        "each row under its card and a secret that is kept in memory", "the next faces",
    ),
    Place(
        "technician's socket", Where.GATE, r"technician\.sock", "gate", "one Unix socket", "no data",
        "the program's end",
    ),
    Place(
        "logs", Where.LOGS, r"logs/[^/]+\.log", "every program", "what it did, by kind and gate",
        "no person, credential or plate in it", "the site's rotation",
    ),
    Place(
        "sockets", Where.TEMPORARY, r"sacs-[^/]+(?:/truth)?", "truth process", "one Unix socket", "no data",
        "the program's end",
    ),
    Place(
        "probe", Where.TEMPORARY, r"[a-z0-9_]{8}", "Python", "four letters, to try the folder", "no data",
        "removed at once",
    ),
    Place(
        "TLS in memory", Where.MEMORY, r"/memfd:.+", "gate", "its TLS key while it is loaded", "never on a disk",
        "closed at once",
    ),
    Place(
        "video on its way", Where.MEMORY, "", "gate's video process, truth process, painter, console",
        "a live picture; pieces of a recording that is looked at or handed over", "in clear, and never on a disk",
        "shown; a gate's picture after half a second",
    ),
    Place(
        "memory", Where.MEMORY, "", "every program", "open records and keys", "locked, and refused to core dumps",
        "the program's end",
    ),
    Place(
        "swap and core dumps", Where.MEMORY, "", "the machine", "memory of every program",
        "none is written: looked at all the time (process/exposure.py)", "what is not so is alarmed",
    ),
    Place(
        "browser", Where.OUTSIDE, "", "an officer's browser", "the page that is open", "Cache-Control: no-store",
        "the page is closed",
    ),
    Place(
        "tablet", Where.OUTSIDE, "", "the page of the assembly point",
        "sealed rolls, handed lists, its own marks, its keys",
        "the tablet's key of the period and a commander's passphrase; lists and marks: keys of the tablet",
        "each period's limit, by itself; lists and marks: their operation's end",
    ),
    Place(
        "print queue", Where.OUTSIDE, "", "the machine that prints", "a page on its way to the printer",
        "that machine's encrypted disk", "printed",
    ),
    Place(
        "simulated world", Where.OUTSIDE, "", "sacs sim, sacs demo, sacs bench", "invented people, and where they are",
        "no part of the system, and never of real persons", "as long as you keep it",
    ),
    Place(
        "clips", Where.OUTSIDE, "", "an officer", "recordings that were handed over",
        "the recipient's certificate: no key for it here; a disclosure: see the ledger", "as its recipient decides",
    ),
    Place(
        "prints", Where.OUTSIDE, "", "an officer", "numbered copies of a roll or list", "a disclosure: see the ledger",
        "returned or destroyed, as recorded",
    ),
)  # fmt: skip


_PASSING: Final = frozenset({Where.TEMPORARY, Where.MEMORY})


def place_of(path: str) -> Place | None:
    """Return the place that covers a path in a folder of the system, if any does."""
    return next((place for place in PLACES if place.where not in _PASSING and place.covers(path)), None)


def holds_keys(path: str) -> bool:
    """Return whether a file of that path is a vault's, with keys; whatever other place it may lie in."""
    return any(place.has_keys and place.covers(path) for place in PLACES)


def passing_place_of(path: str) -> Place | None:
    """Return the place that covers what a program opened elsewhere, for a moment or in memory, if any does."""
    return next((place for place in PLACES if place.where in _PASSING and place.covers(path)), None)


def survey(folders: Iterable[Path]) -> tuple[frozenset[str], list[Path]]:
    """Return the names of the places that files below `folders` belong to, and the files that no place covers.

    A file that is named itself (a disk image) lies in no folder of the system and is none of the latter.
    """
    roots = list(folders)
    met: set[str] = set()
    unknown: list[Path] = []
    for path in places_below(roots):
        if path.is_symlink() or not path.is_dir():
            place = place_of(path.as_posix())
            if place is None and path in roots:
                continue
            if place is None:
                unknown.append(path)
            else:
                met.add(place.name)
    return frozenset(met), unknown
