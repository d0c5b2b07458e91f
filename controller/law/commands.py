"""How anybody can check each rule: commands with this controller's own folders and key filled in.

Most of them need this program; those that need nothing of it (find, sqlite3, sha256sum) stand first. Belongs here:
those lines. Does not belong here: what they print (the guides).
"""

import shlex
from pathlib import Path
from typing import Final

from contract.ids import ControllerId
from controller.domain.violations import Rule

_OLDEST_HOURS: Final = "\"SELECT (strftime('%s','now') - min(period_s)) / 3600.0 FROM content_key\""


def commands(state: Path, vault: Path, controller: ControllerId, ledger_key: str) -> dict[Rule, list[str]]:
    """Return the commands for each rule, to be run on the controller's machine unless they say otherwise."""
    at, keys, name = shlex.quote(str(state)), shlex.quote(str(vault)), shlex.quote(controller)
    database = shlex.quote(str(state / "records.db"))
    ledger = shlex.quote(str(state / "ledger.jsonl"))
    verify_ledger = f"sacs verify-ledger {ledger} --key {ledger_key} --name {name}"
    verify_deletion = f"sacs verify-deletion --state {at} --vault {keys} --site SITE_FILE --name {name}"
    return {
        Rule.L1: [
            "sacs law --table",
            "curl --silent --cookie sacs-session=VALUE ADDRESS/api/openapi.json",
        ],
        Rule.L2: [
            verify_ledger,
            f"grep -E 'authorization-|briefing-|role-|break-glass' {ledger}",
        ],
        Rule.L3: [f"grep -E 'disclosure-|hand-over-|addressee-' {ledger}"],
        Rule.L4: [
            f"sqlite3 -readonly {database} {_OLDEST_HOURS}",
            f"grep key-destroyed {ledger} | tail -n 3",
            verify_deletion,
        ],
        Rule.L5: ["find GATE_STATE -name '*.seg' -mtime +30", verify_deletion],
        Rule.L6: [verify_ledger, f"sha256sum {ledger}"],
        Rule.L7: [f"grep -r -a -l NAME {at} GATE_STATE", verify_deletion],
        Rule.L8: ["grep -n keep_s SITE_FILE", "sacs controller --site SITE_FILE_WITH_A_LONGER_LIMIT"],
        Rule.L9: ["sha256sum SITE_FILE", "sacs law --json"],
    }
