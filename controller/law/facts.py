"""What the law report is drawn from: facts of one moment, gathered from the living parts.

Belongs here: their names and units. Does not belong here: asking for them (gather.py), or judging them (rows.py).
"""

from dataclasses import dataclass, field

from controller.domain.violations import Rule, Violation


@dataclass(frozen=True)
class LastScan:
    """The last search for canaries: its entry, when (ISO 8601, UTC), over how much, with how many hits."""

    entry: int
    at: str
    scanned_bytes: int
    hits: int


@dataclass(frozen=True)
class LastDeath:
    """The last key that died: which entry tells of it, when it was due and when it was done (ISO 8601, UTC)."""

    entry: int
    kind: str
    planned: str
    done: str


@dataclass(frozen=True)
class Copies:
    """Numbered copies with names: ever made, and what became of them; the last three add up to the first.

    `back`: returned or destroyed; `handed_over`: before the limit, by an officer or the standing order: these stay
    with who goes on; `out`: neither.
    """

    made: int
    back: int
    handed_over: int
    out: int


@dataclass(frozen=True)
class Facts:
    """All facts of one moment. Times in ns since 1970 UTC, lengths in seconds.

    `found`: what the checks find now; `blind`: checks of which nobody knows what they would find, each with why;
    `standing`: rules with a breach or fault on record that nobody took note of.
    `operations`: kinds of those that are open. `officers`, `authorized`, `fit`: how many have a role that may see
    movements, hold an authorization besides, could see them now. `exposed`: ways by which memory can reach a disk.
    `settings`: what this site has set differently from the standard profile, each with its value.
    `gate_screens`: gates at which an officer sees who presents a card.
    """

    now_ns: int
    found: frozenset[Violation]
    standing: dict[Rule, int]
    operations: tuple[str, ...]
    looks: int
    attempts: int
    last_look_entry: int
    officers: int
    authorized: int
    fit: int
    fit_commanders: int
    expiring: int
    broke_glass: int
    has_investigators: bool
    copies: Copies
    addressees: int
    oldest_readable_s: float
    movement_limit_s: int
    video_limit_s: int
    oldest_video_key_s: float
    keys_destroyed: int
    latest_death_s: float
    late_deaths: int
    last_death: LastDeath | None
    last_scan: LastScan | None
    expired: int
    late: int
    video_segments: int
    ledger_entries: int
    checks: int
    holders: int
    vault_complies: bool
    vault_kind: str
    exposed: tuple[str, ...]
    gates: int
    gates_silent: int
    gate_screens: int
    profile_sha256: str
    site_file_sha256: str
    program: str
    settings: dict[str, str] = field(default_factory=dict)
    blind: dict[str, Violation] = field(default_factory=dict)
