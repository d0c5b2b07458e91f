"""The name of every fact that an entry can have, in words and with its unit.

Belongs here: names of facts that hold for all kinds. Does not belong here: which kind has which.
"""

from typing import Final

from controller.ledger.kinds.kind import word

FACTS: Final = {
    "alert": word("number of the alert"),
    "attempts": word("attempts"),
    "became_unnamed": word("persons inside who became unnamed"),
    "by": word("officer"),
    "canaries": word("canaries planted"),
    "deed": word("what was asked for"),
    "ending": word("why it ended"),
    "files": word("files"),
    "first_key": word("public key of the first"),
    "form": word("form"),
    "found_number": word("last entry found"),
    "hits": word("hits"),
    "inside": word("persons inside, best estimate (-1: unknown)"),
    "known_at": word("seen at"),
    "known_hash": word("hash that was seen"),
    "known_number": word("last entry seen"),
    "line": word("line"),
    "named": word("of them with a name"),
    "not_read": word("names without content"),
    "notice": word("entry that was reported"),
    "number": word("entry"),
    "operation": word("operation"),
    "period_kind": word("kind of record"),
    "period_s": word("length of the period (s)"),
    "period_start": word("start of the period"),
    "persons": word("persons"),
    "place": word("place"),
    "places": word("places"),
    "plan": word("plan"),
    "planned": word("planned for"),
    "reason": word("reason"),
    "refusal": word("why it was refused"),
    "rows": word("rows removed"),
    "rule": word("rule"),
    "scanned_bytes": word("bytes read"),
    "sealed": word("sealed"),
    "second_key": word("public key of the second"),
    "set_aside": word("set aside as"),
    "sha256": word("SHA-256"),
    "source": word("gate or system"),
    "trigger": word("what opened it"),
    "unnamed": word("of them without a name"),
    "vanished": word("files that went away meanwhile"),
    "vault": word("vault, or what it owes"),
    "violation": word("what was found"),
    "what": word("kind of operation"),
    "witness": word("witness"),
}
