"""The ledger: one append-only file of signed entries, each chained to the one before by its hash.

It is the memory of the law: receipts of deletion, who did what when, authorizations, operations, disclosures, changes,
breaches; never a movement, a holder or a name. Modules: `entry` (an entry, and checking a chain of them), `kinds` (what
may be said), `ledger` (the file, open for appending), `head` (a signed statement of where it ends), `opening` (what is
done about a damaged one), `rescue` (what of it is still vouched for), `report` (what an auditor's machine finds in a
copy).

`entry`, `kinds`, `head` and `report` need nothing but msgspec and cryptography, so that a copy can be checked anywhere.
Belongs here: the ledger itself. Does not belong here: deciding what deserves an entry, or showing it.
"""

from controller.ledger.entry import Entry, Fact, LedgerError
from controller.ledger.ledger import Ledger

__all__ = ["Entry", "Fact", "Ledger", "LedgerError"]
