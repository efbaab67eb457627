"""All that is measured, in one table: ``python -m benchmarks`` (``make bench``), ten minutes on two idle cores.

Ratios are run by run, of runs in turn: least, median and most. ``--page docs/speed.md`` puts the table into the page.
"""

import argparse
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import engine, fit, run, sweep
from benchmarks.compare import RUNS, machine, put, told

PARTS = {"engine": engine.lines, "fit": fit.lines, "sweep": sweep.lines, "run": run.lines}
QUICK = {"engine": partial(engine.lines, {"engine": 4000, "twin": 200, "pymc": 50, "jax": 1000}, 2),
         "fit": partial(fit.lines, ("effectiveness",), 1, 100), "sweep": partial(sweep.lines, 8, 1), "run": run.lines}
"""One or two runs of everything, smaller: whether it works, and no figure to quote."""


def main() -> None:
    """Print the table, and put it into a page where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--quick", action="store_true", help="fewer runs of less: whether it works, and no figure to quote")
    parser.add_argument("--page", type=Path, help="a page with a place for the table")
    asked = parser.parse_args()
    begin, before = time.perf_counter(), machine()
    found = [(QUICK if asked.quick else PARTS)[name]() for name in asked.only.split(",")]
    text = told([line for lines, _ in found for line in lines])
    minutes = (time.perf_counter() - begin) / 60
    notes = [note for _, notes in found for note in notes]
    runs = "A quick look" if asked.quick else f"{RUNS} runs of all that have peers, in turn"
    text = (f"{datetime.now(UTC):%Y-%m-%d}, {before} {runs}; ratios are run by run, least – median – most; {minutes:.0f} minutes."
            f"\n\n{text}\n\n" + "\n".join(f"- {note}" for note in notes))
    put(text, asked.page, "bench")


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
