"""What can happen in a scene beside people with their rhythm: `[[scene.mishap]]`, told apart by `kind`.

Belongs here: shapes. Does not belong here: carrying it out (stage.py, links.py, acts.py). Hours count from midnight of
the scene's first day on the clocks of the site.
"""

from typing import Annotated

import msgspec

from contract.ids import AccessPointId, AreaId

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Hours = Annotated[float, msgspec.Meta(ge=0)]


class Mishap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all have: nothing."""


class Cut(Mishap, frozen=True, tag="cut"):
    """Gates are cut off from controllers: what they seal is delivered, in order, when that is over. Empty: all."""

    from_h: Hours
    to_h: Hours
    gates: list[str] = []
    controllers: list[int] = []


class Dead(Mishap, frozen=True, tag="dead"):
    """Gates are dead, their doors open: people pass, nobody is read, nobody hears of them."""

    gates: list[str]
    from_h: Hours
    to_h: Hours


class ClockWrong(Mishap, frozen=True, tag="clock-wrong"):
    """A gate's clock is ahead by so many seconds; behind where it is less than 0."""

    gate: str
    ahead_s: float


class Disorder(Mishap, frozen=True, tag="disorder"):
    """A share of records arrives late, by up to `delay_s`, and so after later ones; a share arrives twice."""

    late: Share
    delay_s: float
    twice: Share


class ControllerDown(Mishap, frozen=True, tag="controller-down"):
    """A controller is off; it catches up when it starts. `burns`: it never does."""

    controller: int
    from_h: Hours
    to_h: Hours
    burns: bool = False


class Restarted(Mishap, frozen=True, tag="restarted"):
    """A controller's program is started again in an instant."""

    controller: int
    at_h: Hours


class BrokerWiped(Mishap, frozen=True, tag="broker-wiped"):
    """A controller's broker loses all it holds: what it took in the last `lost_s` comes again after `again_s`."""

    controller: int
    at_h: Hours
    lost_s: float
    again_s: float


class Van(Mishap, frozen=True, tag="van"):
    """A vehicle with a driver, who is read, and `occupants`, whom the gate officer counts on the way in.

    It comes by the access point `into` at `at_h` each day, and leaves by `out` after `stays_h`; `leave` of the
    occupants are in it then, and are counted only if `counted_out`. The others walk out unread after `rest_h` more.
    """

    into: AccessPointId
    out: AccessPointId
    at_h: Hours
    stays_h: Hours
    occupants: int
    leave: int
    counted_out: bool = False
    rest_h: Hours = 4.0


class Traffic(Mishap, frozen=True, tag="traffic"):
    """So many `vehicles` a day come by one of the access points `into`, and leave by one of `out`.

    They come about `at_h` (normally distributed, by `spread_h`) and stay for about `stays_h`, half of it at least.
    `beside`: which shares have no, one, two ... persons beside the driver. A gate officer enters how many, each time.
    Of the vehicles with others in them the share `swaps` leaves without one of those, whom the next vehicle takes.
    """

    into: list[AccessPointId]
    out: list[AccessPointId]
    vehicles: int
    at_h: Hours
    spread_h: Hours
    stays_h: Hours
    beside: list[Share]
    swaps: Share = 0.0


class Tour(Mishap, frozen=True, tag="tour"):
    """`amount` people without a pass go into an area each day and out again, counted in two touches: plus, minus.

    `miscounted` of them are forgotten in the minus; `by_control_centre`: entered there, else at the gate.
    """

    at_h: Hours
    stays_h: Hours
    amount: int
    area: AreaId
    access_point: AccessPointId
    miscounted: int = 0
    by_control_centre: bool = False


class Reconfirming(Mishap, frozen=True, tag="reconfirming"):
    """Once an hour officers look for those whose last record is older than `after_h`, and find that share of them."""

    after_h: Hours
    found: Share = 1.0


class Swept(Mishap, frozen=True, tag="swept"):
    """Each day an area is searched: whoever is in it without a name that can be read is counted."""

    area: AreaId
    at_h: Hours


class Emergency(Mishap, frozen=True, tag="emergency"):
    """An operation: people go where the plan says.

    `evacuate`: everybody walks out within `within_min`, by gates that are not dead, a share `by_window` unread; outside
    a share `at_readers` presents a card at a muster point, the others are ticked off by wardens within `warden_min`.
    `shelter`: everybody stays where he is, and wardens tick off who is with them. At its end every area is swept.
    """

    plan: str
    at_h: Hours
    lasts_h: Hours
    within_min: float = 12.0
    by_window: Share = 0.0
    at_readers: Share = 0.8
    warden_min: float = 20.0
    tablet_offline_min: float = 0.0
    stay_by_order: int = 0


AnyMishap = (
    Cut
    | Dead
    | ClockWrong
    | Disorder
    | ControllerDown
    | Restarted
    | BrokerWiped
    | Van
    | Traffic
    | Tour
    | Reconfirming
    | Swept
    | Emergency
)
