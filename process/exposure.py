"""What of a process's memory could come to lie on a disk: the rule, over facts that were read elsewhere.

Belongs here: the rule. Does not belong here: reading the facts (memory.py).
"""

import enum
from dataclasses import dataclass
from typing import Final


class Exposure(enum.StrEnum):
    """A way by which memory comes to lie on a disk. The word is counter, alarm and log entry at once."""

    CORE_DUMP = "core-dump-possible"
    SWAP = "memory-may-be-swapped"


IN_WORDS: Final = {
    Exposure.CORE_DUMP: (
        "a crash could write this program's memory to a disk: core dumps are possible; run it as the service of "
        "hardware/systemd, or see why prctl(PR_SET_DUMPABLE) is refused"
    ),
    Exposure.SWAP: (
        "this program's memory could come to lie in swap that is not encrypted: run it as the service of "
        "hardware/systemd, which forbids that, encrypt the swap, or switch it off (swapoff -a)"
    ),
}
"""What it means, and what to do."""


@dataclass(frozen=True)
class Swap:
    """One swap area. `is_safe`: encrypted, or compressed memory that has no disk behind it."""

    name: str
    is_safe: bool


@dataclass(frozen=True)
class MemoryFacts:
    """What the kernel says of a process.

    `is_dumpable`: prctl(2), PR_GET_DUMPABLE. `core_limit_bytes`: RLIMIT_CORE, -1 for none. `pipes_cores`: whether cores
    go to a program, for which RLIMIT_CORE does not hold (core(5)). `is_locked`: mlockall(2) succeeded.
    `swap_limit_bytes`: of the process's group, None for none.
    """

    is_dumpable: bool
    core_limit_bytes: int
    pipes_cores: bool
    is_locked: bool
    swap_limit_bytes: int | None
    swaps: tuple[Swap, ...]


def exposures(facts: MemoryFacts) -> frozenset[Exposure]:
    """Return the ways that are open."""
    found = set()
    if facts.is_dumpable and (facts.core_limit_bytes != 0 or facts.pipes_cores):
        found.add(Exposure.CORE_DUMP)
    may_swap = not facts.is_locked and facts.swap_limit_bytes != 0
    if may_swap and any(not swap.is_safe for swap in facts.swaps):
        found.add(Exposure.SWAP)
    return frozenset(found)
