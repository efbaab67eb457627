"""Peak memory of many streamed futures, in a process that does nothing else: ``python -m benchmarks.memory [PATHS]``."""

import sys
import time

import numpy as np

from benchmarks.peak import peak_mb
from forecast.evaluation.montecarlo import Tally, batch_of
from forecast.simulation.engine import simulate
from forecast.simulation.scenario import Scenario
from tests.simulation.conftest import TERM_START, constant, make_scenario

BLOCK, DRAWS = 20_000, 4000
BOUND = 1024.0


def main(many: int) -> None:
    """Print the peak with its bound."""
    begin = time.perf_counter()
    found = tallied(make_scenario(), many)
    seconds = time.perf_counter() - begin
    assert found.count == many
    told = found.describe()
    print(f"{many:,} paths: peak {peak_mb():,.0f} MB of the whole process (bound {BOUND:,.0f}), {seconds:.0f} s; contacts "
          + ", ".join(f"{name} {told[name]:.0f}" for name in ("q05", "q50", "q95")))


def tallied(scenario: Scenario, many: int) -> Tally:
    """Contacts of all paths, block by block."""
    found = None
    for first in range(0, many, BLOCK):
        paths = simulate(lambda part: constant(part.stop - part.start), scenario, paths=min(BLOCK, many - first), first=first,
                         seed=1, term_start=TERM_START)
        total = paths["contact"].sum(["month", "rank", "outcome"], dtype=np.int64).to_numpy()
        part = Tally.of(total, batch_of(len(total), DRAWS, first))
        found = part if found is None else found + part
    return found


if __name__ == "__main__":
    np.seterr(all="ignore")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
