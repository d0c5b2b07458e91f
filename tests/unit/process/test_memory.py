"""Nothing in memory comes to lie on a disk, and where it could, it is said."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest

from process.exposure import IN_WORDS, Exposure, MemoryFacts, Swap, exposures
from process.memory import swap_limit_bytes, swaps

ROOT = Path(__file__).parents[3]
PROGRAM = """
import ctypes, resource
from process.memory import _may_lock, keep_in_memory
keep_in_memory()
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE), _may_lock())
print(open("/proc/self/status").read())
"""
PLAIN = Swap("/dev/sda2", is_safe=False)
TIGHT = MemoryFacts(
    is_dumpable=False, core_limit_bytes=0, pipes_cores=False, is_locked=True, swap_limit_bytes=None, swaps=(PLAIN,)
)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, set()),
        ({"pipes_cores": True, "core_limit_bytes": -1}, set()),
        ({"is_dumpable": True}, set()),
        ({"is_dumpable": True, "core_limit_bytes": -1}, {Exposure.CORE_DUMP}),
        ({"is_dumpable": True, "pipes_cores": True}, {Exposure.CORE_DUMP}),
        ({"is_locked": False}, {Exposure.SWAP}),
        ({"is_locked": False, "swap_limit_bytes": 4096}, {Exposure.SWAP}),
        ({"is_locked": False, "swap_limit_bytes": 0}, set()),
        ({"is_locked": False, "swaps": ()}, set()),
        ({"is_locked": False, "swaps": (Swap("/dev/zram0", is_safe=True),)}, set()),
        ({"is_locked": False, "swaps": (Swap("/dev/zram0", is_safe=True), PLAIN)}, {Exposure.SWAP}),
    ],
)
def test_each_way_is_closed_by_what_closes_it(change: dict[str, object], found: set[Exposure]) -> None:
    assert exposures(dataclasses.replace(TIGHT, **change)) == found  # type: ignore[arg-type]


def test_every_way_has_words() -> None:
    assert set(IN_WORDS) == set(Exposure)


def test_swap_is_safe_that_is_encrypted_or_has_no_disk(tmp_path: Path) -> None:
    for path, text in (
        ("zram0/backing_dev", "none\n"),
        ("zram1/backing_dev", "/dev/sda3\n"),
        ("dm-1/dm/uuid", "CRYPT-PLAIN-swap\n"),
        ("dm-2/dm/uuid", "LVM-abc\n"),
    ):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    table = "Filename\tType\tSize\tUsed\tPriority\n" + "".join(
        f"{name}\tpartition\t1024\t0\t-2\n"
        for name in ("/dev/zram0", "/dev/zram1", "/dev/dm-1", "/dev/dm-2", "/swapfile", "/dev/sda2")
    )
    assert [swap.is_safe for swap in swaps(table, tmp_path)] == [True, False, True, False, False, False]
    assert swaps("", tmp_path) == ()


def test_the_strictest_limit_of_all_groups_counts(tmp_path: Path) -> None:
    service = tmp_path / "system.slice" / "sacs.service"
    service.mkdir(parents=True)
    assert swap_limit_bytes("0::/system.slice/sacs.service\n", tmp_path) is None
    (service / "memory.swap.max").write_text("max\n")
    assert swap_limit_bytes("0::/system.slice/sacs.service\n", tmp_path) is None
    (service.parent / "memory.swap.max").write_text("0\n")
    assert swap_limit_bytes("4:memory:/x\n0::/system.slice/sacs.service\n", tmp_path) == 0
    assert swap_limit_bytes("4:memory:/x\n", tmp_path) is None


def test_a_process_that_keeps_its_memory_is_not_dumpable_and_locks_what_it_may() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            PROGRAM,
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    first, _, status = told.partition("\n")
    dumpable, limit, may_lock = re.fullmatch(r"(\d) (\(.*\)) (\w+)", first).groups()  # type: ignore[union-attr]
    assert (dumpable, limit) == ("0", "(0, 0)")
    locked_kb = int(re.search(r"VmLck:\s+(\d+)", status)[1])  # type: ignore[index]
    assert (locked_kb > 0) == (may_lock == "True")


@pytest.mark.parametrize("unit", ["sacs-controller", "sacs-edge"])
def test_services_forbid_what_a_program_can_not_forbid_itself(unit: str) -> None:
    text = (ROOT / "hardware" / "systemd" / f"{unit}.service").read_text()
    for line in ("LimitCORE=0", "LimitMEMLOCK=infinity", "MemorySwapMax=0"):
        assert f"\n{line}\n" in text
