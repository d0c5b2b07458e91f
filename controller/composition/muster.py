"""The roll call put together: boards of open operations, and officers' marks.

Belongs here: which of these parts goes where. Does not belong here: the rest of the controller (assembly.py), or HTTP
(api/).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.ids import ControllerId
from contract.periods import Period
from controller.domain.muster.grounds import Grounds
from controller.ledger import Ledger
from controller.pki.listed import Listed
from controller.service.muster.boards import Boards
from controller.service.muster.marking import Marking
from controller.service.muster.outcomes import Outcomes
from controller.service.muster.timeline import Timelines
from controller.service.muster.unnamed import UnnamedCounting
from controller.service.operating.operation_reports import OperationReports
from controller.service.records.marks import Marks
from controller.service.records.truth import Truth
from controller.service.site.reference import Reference


@dataclass(frozen=True)
class Muster:
    """Everything about the roll call. `marks` seals what officers say."""

    boards: Boards
    timelines: Timelines
    marks: Marks
    marking: Marking
    unnamed: UnnamedCounting


def open_muster(
    truth: Truth,
    ledger: Ledger,
    signer: Ed25519PrivateKey,
    reference: Reference,
    listed: Listed,
    reports: OperationReports,
) -> Muster:
    """Open it; from here on marks of the controllers that the root lists are taken."""
    truth.ingest.may_mark = lambda edge: listed.now.card_of(edge) is not None

    def publics(period: Period) -> Mapping[ControllerId, bytes]:
        return {truth.controller: truth.vault.public_key(period)}

    clock, site, movements = truth.clock, truth.site, truth.movements
    marks = Marks(clock, site.retention, truth.controller, signer, publics, truth.take)
    grounds = Grounds(site)
    outcomes = Outcomes(clock, ledger, truth.alarms, grounds, site.law.smallest_area_shown)
    boards = Boards(
        clock, grounds, truth.operations, movements.presence, movements.acts, reference, truth.headcounts, outcomes
    )
    truth.on_news.append(boards.change)
    marking = Marking(
        clock, grounds, truth.operations, reports, movements.acts, marks, reference,
        lambda: movements.presence.cut_ns,
    )  # fmt: skip
    return Muster(boards, Timelines(ledger), marks, marking, UnnamedCounting(clock, site, marks))
