"""What this site has set differently from the standard profile, and digests by which two sites are compared (L9).

Belongs here: comparing a site's rules with the defaults. Does not belong here: equipment, in which all sites differ.
"""

import hashlib
from typing import Final

import msgspec

from contract.periods import Retention
from contract.site import Site
from contract.site.law import Law
from controller.audit.places import PLACES

_STANDARD: Final = {"retention": Retention(), "law": Law()}


def different_settings(site: Site) -> dict[str, str]:
    """Return the rules that differ from the standard, as `table.name` and value."""
    return {
        f"{table}.{name}": str(value)
        for table, standard in _STANDARD.items()
        for name, value in msgspec.to_builtins(getattr(site, table)).items()
        if value != getattr(standard, name)
    }


def profile_digest(site: Site) -> str:
    """Return the SHA-256 (hex) of the site's rules: the same for all sites that set the same."""
    rules = {table: getattr(site, table) for table in _STANDARD}
    return hashlib.sha256(msgspec.json.encode(rules, order="deterministic")).hexdigest()


def places_digest() -> str:
    """Return the SHA-256 (hex) of the register of all places that the system writes."""
    told = [(p.name, p.where, p.pattern, p.writer, p.holds, p.sealed, p.until) for p in PLACES]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()
