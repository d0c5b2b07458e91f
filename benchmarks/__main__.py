"""`make bench`: all figures, each beside a ceiling or peer of the same run.

`python -m benchmarks [P1 P6 ...] [--short]`: those named, or all. Machines are noisy: ratios count.
"""

import argparse
import sys
from collections.abc import Callable
from typing import Final

from benchmarks import (
    p1_ingest,
    p2_live,
    p4_decision,
    p5_roll_call,
    p6_restart,
    p7_expiry,
    p8_recording,
    p9_plates,
    p10_edge_at_rest,
    p12_tailgating,
    p13_playback,
)
from benchmarks.figure import Figure

BENCHMARKS: Final[dict[str, Callable[[bool], list[Figure]]]] = {
    "P1": p1_ingest.run,
    "P2": p2_live.run,
    "P4": p4_decision.run,
    "P5": p5_roll_call.run,
    "P6": p6_restart.run,
    "P7": p7_expiry.run,
    "P8": p8_recording.run,
    "P9": p9_plates.run,
    "P10": p10_edge_at_rest.run,
    "P12": p12_tailgating.run,
    "P13": p13_playback.run,
}


def main() -> None:
    """Run what was named and print a line a figure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="P", help=f"of {', '.join(BENCHMARKS)}; all if none is named")
    parser.add_argument("--short", action="store_true", help="small amounts: shows that it runs, proves nothing")
    arguments = parser.parse_args()
    unknown = set(arguments.figures) - set(BENCHMARKS)
    if unknown:
        parser.error(f"no figure {', '.join(sorted(unknown))}")
    for name in arguments.figures or BENCHMARKS:
        print(f"... {name}", file=sys.stderr, flush=True)
        for figure in BENCHMARKS[name](arguments.short):
            print(figure, flush=True)


if __name__ == "__main__":
    main()
