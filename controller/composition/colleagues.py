"""Two controllers as one, put together: what this one asks of the others and answers them (ADR 0035).

Belongs here: which of these parts goes where. Does not belong here: the rest of the controller (assembly.py), or what
passes between controllers (peer/).
"""

from dataclasses import dataclass

from controller.composition.membership import Membership
from controller.composition.office import Office
from controller.ledger import Ledger
from controller.peer.answers import Answers
from controller.peer.entries import SharedEntries
from controller.peer.exchange import Exchange
from controller.peer.marks import SharedMarks
from controller.peer.reference import KeptCopy
from controller.pki.listed import Listed
from controller.service.proof.sealed_asks import SealedAsks
from controller.service.records.truth import Truth
from controller.service.site.consoles import Consoles
from controller.service.site.keepers import Keepers


@dataclass(frozen=True)
class Twins:
    """The sides that controllers show each other, and where browsers reach them."""

    listed: Listed
    answers: Answers
    exchange: Exchange
    consoles: Consoles

    def turn(self) -> tuple[int, int]:
        """Return which of how many controllers this one is, by name: for numbers that are given once."""
        names = sorted(card.controller for card in self.listed.now.controllers)
        return names.index(self.listed.controller), len(names)


def open_twins(
    membership: Membership,
    truth: Truth,
    ledger: Ledger,
    office: Office,
    asks: SealedAsks,
    copy: KeptCopy,
    reference_key: bytes,
) -> Twins:
    """Open them; from here on rights are given at the controller alone that keeps the reference data."""
    listed = membership.wire.listed
    keepers, consoles = Keepers(listed, ledger), Consoles(listed)
    office.officers.merged.may_give = keepers.gives_rights
    office.officers.kept_elsewhere = lambda: None if listed.is_keeper else listed.keeper.controller
    asks.must_keep = office.officers.must_keep
    entries = SharedEntries(ledger, listed, truth.clock, keepers.kept)
    marks = SharedMarks(truth, lambda: [card.controller for card in listed.now.controllers])
    truth.marks_heard_ns = marks.heard_ns
    exchange = Exchange(membership, truth, copy, entries, marks, office.sessions, consoles)
    exchange.on_entries.append(office.officers.note_void)
    truth.operations.on_change.append(exchange.have_news)
    answers = Answers(
        listed, truth, ledger, reference_key, copy, entries, marks, office.sessions, consoles, exchange.hear_news
    )
    return Twins(listed, answers, exchange, consoles)
