"""What all events have. Belongs here: the common base. Does not belong here: any kind of event."""

import msgspec


class Event(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """What all events have: when it happened, by the gate's clock, in nanoseconds since 1970-01-01 UTC."""

    occurred_ns: int
