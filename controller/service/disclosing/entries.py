"""How the ledger tells of copies, batches and addressees, in both directions.

Belongs here: that translation, so that all is folded again at start. Does not belong here: what follows from it.
"""

from datetime import datetime
from typing import Final

from contract.clock import NS_PER_S, from_datetime, to_datetime
from contract.ids import AccountId, AreaId, OperationId
from controller.domain.disclosure import Copy, DisclosureReason, Ending, Form, Recipient
from controller.domain.hand_over import Batch
from controller.domain.standing_order import Addressee, Way
from controller.ledger import Entry, Fact

MADE: Final = "disclosure-made"
RETURNED: Final = "disclosure-returned"
DESTROYED: Final = "disclosure-destroyed"
ENDINGS: Final = {RETURNED: Ending.RETURNED, DESTROYED: Ending.DESTROYED}
DECLINED: Final = "hand-over-declined"
DELIVERED: Final = "hand-over-delivered"
FAILED: Final = "hand-over-failed"
ADDRESSEE_SET: Final = "addressee-set"
ADDRESSEE_REMOVED: Final = "addressee-removed"
STANDING_ORDER: Final = ""
"""Stands for an officer where the standing order acted."""


def facts_of_copy(copy: Copy, sha256: str = "") -> dict[str, Fact]:
    """Return what an entry says of a copy. `sha256`: of the encrypted file, where it is one.

    Of a list in clear no digest is kept: whoever guesses its names could check his guess against it.
    """
    facts: dict[str, Fact] = {
        "operation": copy.operation,
        "copy": copy.number,
        "form": copy.form.value,
        "recipient": copy.recipient.value,
        "reason": copy.reason.value,
        "areas": "\n".join(copy.areas),
        "persons": copy.persons,
        "by": copy.officer or STANDING_ORDER,
    }
    more = {"note": copy.note, "addressee": copy.addressee, "sha256": sha256}
    facts |= {name: value for name, value in more.items() if value}
    if copy.period_s:
        facts["period_start"] = period_text(copy.period_s)
    return facts


def copy_of(entry: Entry) -> Copy:
    """Return the copy of which an entry says that it was made."""
    facts = entry.facts
    return Copy(
        number=int(facts["copy"]),
        operation=OperationId(str(facts["operation"])),
        form=Form(str(facts["form"])),
        recipient=Recipient(str(facts["recipient"])),
        reason=DisclosureReason(str(facts["reason"])),
        areas=tuple(AreaId(area) for area in str(facts["areas"]).split("\n") if area),
        persons=int(facts["persons"]),
        officer=AccountId(str(facts["by"])) if facts["by"] else None,
        made_ns=at_ns_of(entry),
        note=str(facts.get("note", "")),
        addressee=str(facts.get("addressee", "")),
        period_s=_period_s(facts["period_start"]) if "period_start" in facts else 0,
    )


def batch_of(entry: Entry) -> Batch:
    """Return the batch of which an entry says that it was declined."""
    return Batch(OperationId(str(entry.facts["operation"])), _period_s(entry.facts["period_start"]))


def facts_of_addressee(addressee: Addressee) -> dict[str, Fact]:
    """Return what an entry says of an addressee."""
    return {
        "addressee": addressee.id,
        "recipient": addressee.recipient.value,
        "way": addressee.way.value,
        "address": addressee.address,
        "certificate": addressee.certificate,
    }


def addressee_of(entry: Entry) -> Addressee:
    """Return the addressee of which an entry says that it was set."""
    facts = entry.facts
    return Addressee(
        str(facts["addressee"]),
        Recipient(str(facts["recipient"])),
        Way(str(facts["way"])),
        str(facts["address"]),
        str(facts["certificate"]),
    )


def at_ns_of(entry: Entry) -> int:
    """Return when an entry was made, in ns since 1970 UTC."""
    return from_datetime(datetime.fromisoformat(entry.at))


def period_text(start_s: int) -> str:
    """Return the start of a period as entries say it: ISO 8601, UTC."""
    return to_datetime(start_s * NS_PER_S).isoformat()


def _period_s(text: Fact) -> int:
    return from_datetime(datetime.fromisoformat(str(text))) // NS_PER_S
