"""Acts of officers that become events: they are sealed, stored, folded and gone like all others.

A mark is told apart by its `act_id`, drawn where the officer acts: the same act sent twice, or to two controllers, is
one act (architecture.md, Delivery). Its stamp is (occurred_ns, act_id). Belongs here: what an officer said. Does not
belong here: who may say it (controller/domain/rights), or what follows from it (controller/domain/presence, muster).
"""

import enum

from contract.events.base import Event
from contract.ids import AccessPointId, AccountId, ActId, AreaId, HolderId, MusterPointId, OperationId


class Reconfirmed(Event, frozen=True, array_like=True, tag="reconfirmed"):
    """An officer has seen the holder in that area, shortly before his record expired: a new cycle starts there.

    An officer's mark: the source that seals it is a controller, never a gate. It does not say which officer; the ledger
    does.
    """

    area: AreaId
    holder: HolderId


class Means(enum.StrEnum):
    """How somebody was accounted for, where an officer said so. Reads at readers need no mark."""

    WARDEN = "warden"
    HANDHELD = "handheld"
    OFFICER = "officer"
    PHONE = "phone"


class WithdrawnBecause(enum.StrEnum):
    """Why a mark is taken back: a closed set, for free text could hold a name."""

    WRONG_PERSON = "wrong-person"
    WRONG_PLACE = "wrong-place"
    NOT_SEEN_AFTER_ALL = "not-seen-after-all"
    WENT_BACK_IN = "went-back-in"
    ENTERED_BY_MISTAKE = "entered-by-mistake"


class AdmittedBecause(enum.StrEnum):
    """Why an officer let somebody in or out by hand: a closed set."""

    KNOWN_PERSON_CARD_FAILS = "known-person-card-fails"
    PASS_FORGOTTEN = "pass-forgotten"  # noqa: S105  not a secret
    ESCORTED_VISITOR = "escorted-visitor"
    RESPONDER = "responder"
    MOTORCADE = "motorcade"
    TOUR = "tour"
    MEDICAL = "medical"
    READER_FAULT = "reader-fault"
    VEHICLE_CHECKED = "vehicle-checked"
    """An officer has looked at a vehicle, its papers and whoever drives it: a delivery, an unknown plate."""


class AccountedFor(Event, frozen=True, array_like=True, tag="accounted-for"):
    """Somebody on the roll of `operation` was seen, or answered.

    `area`: where he was seen, OUTSIDE included, and so where he is from then on; "" where he was not seen (a phone
    call). `muster_point`: at which, "" for none. `by`: the officer, "" where a device has no account.
    """

    act_id: ActId
    operation: OperationId
    holder: HolderId
    means: Means
    area: AreaId
    muster_point: MusterPointId
    by: AccountId


class MarkWithdrawn(Event, frozen=True, array_like=True, tag="mark-withdrawn"):
    """The mark `mark` of the same operation no longer counts. Withdrawing a withdrawal is a new mark, not this."""

    act_id: ActId
    operation: OperationId
    mark: ActId
    because: WithdrawnBecause
    by: AccountId


class UnnamedSeen(Event, frozen=True, array_like=True, tag="unnamed-seen"):
    """`amount` persons whom nobody could name stand at a muster point, or are in `area`, beside those who are named.

    Figures of one operation, muster point and `by` add up. A wrong one is withdrawn (MarkWithdrawn) and counted again.
    """

    act_id: ActId
    operation: OperationId
    amount: int
    area: AreaId
    muster_point: MusterPointId
    by: AccountId


class UnnamedPassed(Event, frozen=True, array_like=True, tag="unnamed-passed"):
    """People who do not badge went into an area (`amount` above 0) or out of it (below 0): C5, in two touches.

    `access_point`: where, "" if entered at the control centre. Out of the area they came from `other`, or went there:
    OUTSIDE, or another area of the site.
    """

    act_id: ActId
    amount: int
    area: AreaId
    other: AreaId
    access_point: AccessPointId
    by: AccountId


class AreaSwept(Event, frozen=True, array_like=True, tag="area-swept"):
    """An area was searched and `unnamed` persons without a name were found in it (rule 10); 0: it is clear of them.

    `operation`: "" outside of one. It says nothing of areas inside the area, which are swept by marks of their own.
    """

    act_id: ActId
    operation: OperationId
    area: AreaId
    unnamed: int
    by: AccountId


class StaysByOrder(Event, frozen=True, array_like=True, tag="stays-by-order"):
    """An essential person stays inside by order while others leave: accounted for, and still inside."""

    act_id: ActId
    operation: OperationId
    holder: HolderId
    area: AreaId
    by: AccountId


class Admitted(Event, frozen=True, array_like=True, tag="admitted"):
    """A gate officer let somebody through by hand. `holder`: "" for a person without a name, who then counts unnamed.

    Evidence *manual*: an officer's word and no read. Sealed by the gate.
    """

    act_id: ActId
    access_point: AccessPointId
    holder: HolderId
    because: AdmittedBecause
    by: AccountId


class Occupants(Event, frozen=True, array_like=True, tag="occupants"):
    """Beside the driver, whose grant has that number (same edge, same epoch), `amount` persons were in the vehicle.

    Each counts, and each leaves: a way out with fewer than came in leaves the rest inside, unnamed. Sealed by the gate.
    """

    act_id: ActId
    access_point: AccessPointId
    grant_number: int
    amount: int
    by: AccountId
