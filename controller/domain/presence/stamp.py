"""When something happened, and in which order (rule 1).

Belongs here: the stamp. Does not belong here: clocks (contract/clock.py), or how a gate keeps its stamps rising.
"""

from typing import NamedTuple

from contract.ids import EdgeId, Epoch


class Stamp(NamedTuple):
    """Place and order of one record (rule 1): stamps compare as (occurred_ns, edge, epoch, number).

    `occurred_ns` is the gate's time in nanoseconds since 1970-01-01 UTC; (edge, epoch, number) names the record and
    tells duplicates. A gate's stamps only rise, also across restarts.
    """

    occurred_ns: int
    edge: EdgeId
    epoch: Epoch
    number: int
