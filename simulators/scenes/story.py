"""What a scene leaves behind: records as gates and officers made them, when they arrived where, and the truth.

Belongs here: shapes, in words that know nothing of the system's classes. Does not belong here: how they come about.

All moments are nanoseconds since 1970-01-01 UTC. Persons are numbers: those who hold a pass count from 1, those who
hold none from -1 downwards. Controllers are numbers from 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from contract.ids import AreaId
from contract.site import Site


class Record(NamedTuple):
    """One thing said: by gate or controller `source`, as its number `number`, at its own clock's `stamped_ns`.

    `what` is a word of the wire: granted, taken, not-taken, denied, accounted-for and so on; `said` its content. In
    the place of a holder stands `person`.
    """

    source: str
    number: int
    stamped_ns: int
    what: str
    said: Mapping[str, object]


class Arrival(NamedTuple):
    """A record reaches a controller."""

    at_ns: int
    controller: int
    record: Record


class Statement(NamedTuple):
    """What a gate tells a controller that hears it: by its own clock it is `clock_ns`.

    Its ring holds the numbers `first` to `last`; what came before is past its limit and deleted.
    """

    gate: str
    clock_ns: int
    first: int
    last: int


class Restart(NamedTuple):
    """A controller's program ends and starts again, with what it has stored."""

    at_ns: int
    controller: int


class Order(NamedTuple):
    """An operation: from `opened_ns` until `closed_ns` people go where `plan` says (evacuate, shelter)."""

    operation: str
    plan: str
    opened_ns: int
    closed_ns: int


@dataclass(frozen=True)
class Moment:
    """A moment at which figures are looked at, and what is true then.

    `inside`: area -> bodies in it, those in areas within it too; "" is the whole site. `statements`: controller ->
    what the gates that it hears at that moment tell it. `is_judged`: whether the figures of then count.
    """

    at_ns: int
    inside: Mapping[AreaId, int]
    statements: Mapping[int, list[Statement]]
    is_judged: bool = True


@dataclass(frozen=True)
class Story:
    """A scene as it went with one seed. `arrivals` and `moments` by time."""

    site: Site
    begin_ns: int
    end_ns: int
    controllers: int
    arrivals: list[Arrival]
    moments: list[Moment]
    restarts: list[Restart] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
