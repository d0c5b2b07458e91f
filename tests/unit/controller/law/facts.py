"""Facts of a site that keeps every rule, to be changed one at a time."""

from typing import Any

from controller.domain.violations import Rule
from controller.law.facts import Copies, Facts, LastDeath, LastScan
from tests.unit.controller.sources import at_ns

NOW_S = 1_800_000_000
COMMANDS = {rule: [f"check {rule}"] for rule in Rule}


def facts(**changed: Any) -> Facts:  # noqa: ANN401  whatever a fact is
    """All is well, but for what is `changed`."""
    well: dict[str, Any] = {
        "now_ns": at_ns(NOW_S),
        "found": frozenset(),
        "standing": {},
        "operations": (),
        "looks": 3,
        "attempts": 0,
        "last_look_entry": 12,
        "officers": 4,
        "authorized": 4,
        "fit": 4,
        "fit_commanders": 2,
        "expiring": 0,
        "broke_glass": 0,
        "has_investigators": True,
        "copies": Copies(2, 1, 1, 0),
        "addressees": 1,
        "oldest_readable_s": 82_800.0,
        "movement_limit_s": 86_400,
        "video_limit_s": 30 * 86_400,
        "oldest_video_key_s": 29 * 86_400.0,
        "keys_destroyed": 100,
        "latest_death_s": 0.8,
        "late_deaths": 0,
        "last_death": LastDeath(99, "movement", "2027-01-15T07:59:00+00:00", "2027-01-15T07:59:00.8+00:00"),
        "last_scan": LastScan(98, "2027-01-15T07:30:00+00:00", 123_456_789, 0),
        "expired": 0,
        "late": 0,
        "video_segments": 2880,
        "ledger_entries": 100,
        "checks": 6,
        "holders": 12_000,
        "vault_complies": True,
        "vault_kind": "token",
        "exposed": (),
        "gates": 4,
        "gates_silent": 0,
        "gate_screens": 1,
        "profile_sha256": "ab" * 32,
        "site_file_sha256": "cd" * 32,
        "program": "0.1.0",
    }
    return Facts(**{**well, **changed})
