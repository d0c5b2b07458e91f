"""What an officer at the gate's screen may do, and whether he may do it here and now.

An officer lets through whom the gate refused, or who has no card; he counts people who do not badge, and who sits in a
vehicle; he types plates, lets vehicles pass or turns them away; he silences sirens. Nobody is ever kept from leaving.
Inwards he can not overrule a lockdown, the two-person rule or a blocked pass, and lets nobody without a name into an
area that demands cards which prove a secret.

Belongs here: acts as the screen sends them, and these rules. Does not belong here: doors and the journal
(edge/officer_acts.py), or who is an officer (edge/screen/sessions.py).
"""

import enum
from typing import Annotated, Final

import msgspec

from contract.events import AdmittedBecause, DenialReason, TurnedAway
from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, ActId, LaneId
from contract.site import AccessPoint, Assurance

MOST_UNNAMED: Final = 500
"""So many people in one act: a large group. More is a slip of the finger, or an act of its own."""
MOST_OCCUPANTS: Final = 99
MOST_PLATE: Final = 16
"""Characters of a plate as an officer types it, spaces and hyphens included."""

_Amount = Annotated[int, msgspec.Meta(ge=0, le=MOST_OCCUPANTS)]
_ActId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{24}$")]


class _Act(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="what"):
    """`act_id` is drawn at the screen, contract.ids.ActId: the same act sent again is one act."""

    act_id: _ActId

    @property
    def id(self) -> ActId:
        """Its id."""
        return ActId(self.act_id)


class Admit(_Act, frozen=True, forbid_unknown_fields=True, tag="admit"):
    """Let somebody through `point`. `read`: whose card was just refused there; 0: somebody without a card."""

    point: AccessPointId
    because: AdmittedBecause
    read: int = 0


class CountUnnamed(_Act, frozen=True, forbid_unknown_fields=True, tag="unnamed"):
    """So many people without cards went through `point`; the door is their own affair."""

    point: AccessPointId
    amount: Annotated[int, msgspec.Meta(ge=1, le=MOST_UNNAMED)]


class CountOccupants(_Act, frozen=True, forbid_unknown_fields=True, tag="occupants"):
    """So many people sit in the vehicle beside the driver whose card was granted in that `read`."""

    read: int
    amount: _Amount


class Silence(_Act, frozen=True, forbid_unknown_fields=True, tag="silence"):
    """Let this gate's sirens be silent, until another operation sounds them."""


class _LaneAct(_Act, frozen=True, forbid_unknown_fields=True):
    """About the vehicle that stands in `lane` and is shown as `visit` (domain/vehicles/shown.py), and no other."""

    lane: LaneId
    visit: int


class EnterOccupants(_LaneAct, frozen=True, forbid_unknown_fields=True, tag="vehicle-occupants"):
    """So many sit in it beside the driver and those who presented cards of their own; with a `trailer` or without.

    Opens the barrier if nothing else is missing. Said again before it opens, the later one counts.
    """

    amount: _Amount
    trailer: bool = False


class EnterPlate(_LaneAct, frozen=True, forbid_unknown_fields=True, tag="vehicle-plate"):
    """The officer has read the plate: it is judged as one that a camera read, with full confidence."""

    plate: Annotated[str, msgspec.Meta(pattern="[A-Za-z0-9]", max_length=MOST_PLATE)]

    def __repr__(self) -> str:
        """Without the plate."""
        return f"EnterPlate(lane={self.lane!r}, visit={self.visit})"


class PassVehicle(_LaneAct, frozen=True, forbid_unknown_fields=True, tag="vehicle-pass"):
    """Let it pass by the officer's word, whatever is missing: an unknown plate, a driver without a card.

    A driver whose card was granted keeps his grant; one whose card was refused, or who has none, is admitted by hand.
    """

    because: AdmittedBecause
    amount: _Amount
    trailer: bool = False


class TurnAway(_LaneAct, frozen=True, forbid_unknown_fields=True, tag="vehicle-turn-away"):
    """Let it not pass; the reject lane opens, or it backs out. `because`: any but LEFT_BY_ITSELF."""

    because: TurnedAway


LaneAct = EnterOccupants | EnterPlate | PassVehicle | TurnAway
Act = Admit | CountUnnamed | CountOccupants | Silence | LaneAct


class ActResult(enum.StrEnum):
    """What became of an act. All but the first three changed nothing."""

    DONE = "done"
    DONE_NOT_RELEASED = "done-not-released"
    """It is recorded, and the door took no command: the officer opens it by hand."""
    DONE_NOT_SAFE = "done-not-safe"
    """It is recorded in the gate's memory alone, for the keys of this hour or the disk are lacking."""
    LOCKDOWN = "lockdown"
    TWO_PERSONS = "two-persons"
    PASS_BLOCKED = "pass-blocked"  # noqa: S105  not a secret
    VEHICLE_BLOCKED = "vehicle-blocked"
    """Its plate is entered as blocked; if it was read wrongly the officer types it."""
    NAMELESS = "nameless"
    """Nobody without a name enters where cards have to prove a secret."""
    NO_WAY = "no-way"
    """No way leads through that access point."""
    INTERLOCKED = "interlocked"
    TOO_LATE = "too-late"
    """The read that it is about is no longer remembered, or was another one; the vehicle has gone on."""
    COUNTED_ALREADY = "counted-already"
    NOTHING_SOUNDS = "nothing-sounds"
    NOT_RECORDED = "not-recorded"
    """The gate has no room for another event."""
    NOT_ANSWERED = "not-answered"
    """The gate said nothing in time: whether it was done is not known, and the same act may be sent again."""


RECORDED: Final = frozenset({ActResult.DONE, ActResult.DONE_NOT_RELEASED, ActResult.DONE_NOT_SAFE})


def objection(
    point: AccessPoint, *, is_named: bool, reason: DenialReason | None, entries_denied: bool
) -> ActResult | None:
    """Return why an officer may not let somebody through `point`; None if he may.

    `is_named`: the gate knows whose card it was. `reason`: why the gate refused it, if it did. `entries_denied`: what
    orders ask.
    """
    if point.from_area == ANYWHERE:
        return ActResult.NO_WAY
    if point.to_area == OUTSIDE:
        return None
    if entries_denied and point.from_area == OUTSIDE:
        return ActResult.LOCKDOWN
    if point.persons > 1:
        return ActResult.TWO_PERSONS
    if point.requires is Assurance.AUTHENTICATED and not is_named:
        return ActResult.NAMELESS
    if reason is DenialReason.PASS_BLOCKED:
        return ActResult.PASS_BLOCKED
    return None
