"""Memory that stays in memory: no core dump, no page in swap, as far as the system lets a process have its way (L7).

Pages are locked as they are touched (MCL_ONFAULT): locking whole mappings would double the memory of a gate, for each
thread's stack counts with all its 8 MB (ADR 0023). Belongs here: limits of this process, and what the kernel says of
them. Does not belong here: what is made of it (exposure.py, and whoever shows it).
"""

import ctypes
import resource
from pathlib import Path
from typing import Final

from process.exposure import Exposure, MemoryFacts, Swap, exposures

_PR_GET_DUMPABLE: Final = 3
_PR_SET_DUMPABLE: Final = 4
_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
_CAP_IPC_LOCK: Final = 1 << 14
_PROC: Final = Path("/proc")
_SYS: Final = Path("/sys")


class _Lock:
    """Whether this process has locked its memory; the kernel is asked to, but does not tell."""

    is_on = False


def keep_in_memory() -> frozenset[Exposure]:
    """Forbid core dumps and lock the memory of this process; return what is open all the same.

    To be called once, first thing: what a child starts afresh it has to ask for itself.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if _may_lock():
        _Lock.is_on = libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0
    return open_ways()


def open_ways() -> frozenset[Exposure]:
    """Return by which ways this process's memory could come to lie on a disk, as things are now."""
    return exposures(
        MemoryFacts(
            is_dumpable=ctypes.CDLL(None).prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) != 0,
            core_limit_bytes=resource.getrlimit(resource.RLIMIT_CORE)[0],
            pipes_cores=_read(_PROC / "sys/kernel/core_pattern").startswith("|"),
            is_locked=_Lock.is_on,
            swap_limit_bytes=swap_limit_bytes(_read(_PROC / "self/cgroup"), _SYS / "fs/cgroup"),
            swaps=swaps(_read(_PROC / "swaps"), _SYS / "block"),
        )
    )


def swaps(table: str, block: Path) -> tuple[Swap, ...]:
    """Return the swap areas in `table` (proc(5), /proc/swaps); `block`: where the kernel tells of block devices."""
    return tuple(Swap(name, _is_safe(Path(name), block)) for name in (line.split()[0] for line in _rows(table)))


def swap_limit_bytes(groups: str, root: Path) -> int | None:
    """Return how much of a process's memory may be swapped, by its group of version 2 and those above; None: all.

    `groups`: its /proc/self/cgroup.
    """
    path = next((line.removeprefix("0::/") for line in groups.splitlines() if line.startswith("0::/")), None)
    if path is None:
        return None
    limits = []
    folder = root / path
    while folder != root and root in folder.parents:
        text = _read(folder / "memory.swap.max").strip()
        if text.isdecimal():
            limits.append(int(text))
        folder = folder.parent
    return min(limits, default=None)


def _may_lock() -> bool:
    """Return whether locking can not come back as a failed allocation later: no limit, or the right to pass it."""
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
        return True
    status = _read(_PROC / "self/status").splitlines()
    effective = next((line.split()[1] for line in status if line.startswith("CapEff:")), "0")
    return bool(int(effective, 16) & _CAP_IPC_LOCK)


def _is_safe(device: Path, block: Path) -> bool:
    name = device.resolve().name
    if name.startswith("zram"):
        return _read(block / name / "backing_dev").strip() in {"", "none"}
    return _read(block / name / "dm" / "uuid").startswith("CRYPT-")


def _rows(table: str) -> list[str]:
    return [line for line in table.splitlines()[1:] if line.strip()]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
