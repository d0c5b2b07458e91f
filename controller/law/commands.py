"""How anybody can check each rule: commands with this controller's own folders and key filled in.

Most of them need this program; those that need nothing of it (find, sqlite3, sha256sum) stand first. Belongs here:
those lines. Does not belong here: what they print (the guides).
"""

import shlex
from pathlib import Path
from typing import Final

from contract.ids import ControllerId
from contract.periods import MOVEMENT_LIMIT_S
from controller.domain.violations import Rule

_OLDEST_HOURS: Final = "\"SELECT (strftime('%s','now') - min(period_s)) / 3600.0 FROM content_key\""


_LONGER: Final = (
    'printf \'[[area]]\\nid = "hall"\\n[[access_point]]\\nid = "in"\\nfrom = "outside"\\nto = "hall"\\n'
    f"[retention]\\nmovement_keep_s = {MOVEMENT_LIMIT_S + 1}\\n' > longer.toml && "
    "sacs controller --site longer.toml --state longer-state --vault longer-vault"
)
"""A whole site of one second more than the law allows, and a start with it."""


def commands(state: Path, vault: Path, controller: ControllerId, ledger_key: str, end: str) -> dict[Rule, list[str]]:
    """Return the commands for each rule, to be run on the controller's machine unless they say otherwise.

    `end`: of the ledger, as NUMBER:HASH. Behind each command stands, as a shell's comment, what it must show.
    """
    at, keys, name = shlex.quote(str(state)), shlex.quote(str(vault)), shlex.quote(controller)
    database = shlex.quote(str(state / "records.db"))
    ledger = shlex.quote(str(state / "ledger.jsonl"))
    verify_ledger = (
        f"sacs verify-ledger {ledger} --key {ledger_key} --name {name} --head {end}"
        "  # Whole, exit code 0: this end is in it"
    )
    verify_deletion = (
        f"sacs verify-deletion --state {at} --vault {keys} --site SITE_FILE --name {name}"
        "  # Clean, exit code 0: 0 of the keys opened are past the limit"
    )
    return {
        Rule.L1: [
            "sacs law --table  # the same as docs/guide/who-sees-what.md",
            "curl --silent --cookie sacs-session=VALUE ADDRESS/api/openapi.json  # every resource, each with its deed",
        ],
        Rule.L2: [
            verify_ledger,
            f"grep -E 'authorization-|briefing-|role-|break-glass' {ledger}  # one line for each act, by account",
        ],
        Rule.L3: [
            f"grep -E 'disclosure-|hand-over-|addressee-' {ledger}  # a line for each copy made, and for its end",
        ],
        Rule.L4: [
            f"sqlite3 -readonly {database} {_OLDEST_HOURS}  # hours since the oldest period began: below the limit",
            f"grep key-destroyed {ledger} | tail -n 3  # key_gone not after planned, but for a second or so",
            verify_deletion,
        ],
        Rule.L5: ["find GATE_STATE -name '*.seg' -mtime +30  # prints nothing", verify_deletion],
        Rule.L6: [verify_ledger, f"sha256sum {ledger}  # the same for every copy that was made at this entry"],
        Rule.L7: [f"grep -r -a -l NAME {at} GATE_STATE  # prints nothing, whosever name it is", verify_deletion],
        Rule.L8: [
            "grep -n keep_s SITE_FILE  # not above the limits under L4 and L5; nothing where the standard holds",
            f"{_LONGER}  # refuses to start and names the clause, exit code 1",
        ],
        Rule.L9: [
            "sha256sum SITE_FILE  # the SHA-256 of the site file above",
            "sacs law --json  # at each site: the same SHA-256 of the settings, unless a difference is listed above",
        ],
    }
