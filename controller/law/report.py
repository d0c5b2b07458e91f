"""The form of a law report, as the API sends it and screens, terminals and paper show it.

All texts are English and marked for the catalogues where they are written (rows.py); a screen translates them as they
are. Times are ISO 8601, UTC. Belongs here: the form. Does not belong here: any fact.
"""

import enum

import msgspec


class State(enum.StrEnum):
    """How a rule stands."""

    KEPT = "kept"
    ATTENTION = "attention"
    BROKEN = "broken"


class Unit(enum.StrEnum):
    """What an evidence's value is."""

    COUNT = "count"
    SECONDS = "seconds"
    BYTES = "bytes"
    MOMENT = "moment"
    TEXT = "text"
    YES = "yes"
    """1 is yes, 0 is no."""


class Evidence(msgspec.Struct, frozen=True):
    """One figure that a state rests on; `entry`: the ledger's entry that proves it, 0 if none does."""

    what: str
    unit: Unit
    value: str | int | float
    entry: int = 0


class Row(msgspec.Struct, frozen=True):
    """One rule: what it demands, how it stands, and why it does not where it does not.

    `commands`: what anybody can run to check it, with no trust in this program where that is possible.
    """

    rule: str
    claim: str
    state: State
    reasons: list[str]
    evidence: list[Evidence]
    commands: list[str]


class Standing(msgspec.Struct, frozen=True):
    """A breach or fault on record of which no auditor has taken note yet."""

    number: int
    at: str
    kind: str
    blame: str
    says: str
    facts: dict[str, str | int | float | bool]


class CheckLine(msgspec.Struct, frozen=True):
    """How a check stands; `last_at` empty: it has not come back yet."""

    name: str
    every_s: float
    last_at: str
    looks: int
    findings: int
    failed: str


class Vault(msgspec.Struct, frozen=True):
    """What kind of vault holds the keys, and what that kind proves and leaves open."""

    kind: str
    device: str
    complies: bool
    proves: list[str]
    leaves_open: list[str]


class Ledger(msgspec.Struct, frozen=True):
    """Where the ledger ends. `key`: by which anybody checks it (Ed25519); `hash`: of its last line (SHA-256); all hex.

    `head`: the signed statement of that end, hex.
    """

    controller: str
    key: str
    number: int
    hash: str
    head: str


class Report(msgspec.Struct, frozen=True):
    """The whole report. `places_sha256`: of the register of all places that the system writes."""

    at: str
    site: str
    name: str
    time_zone: str
    program: str
    state: State
    rows: list[Row]
    standing: list[Standing]
    checks: list[CheckLine]
    vault: Vault
    ledger: Ledger
    places_sha256: str
