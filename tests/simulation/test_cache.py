import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
from forecast.simulation.engine import simulate
from forecast.simulation.kernel import _run_paths
from tests.simulation.conftest import TERM_START, constant, make_scenario, source

simulate(source(constant(2)), make_scenario(), paths=2, seed=1, term_start=TERM_START)
print(sum(_run_paths.stats.cache_hits.values()), sum(_run_paths.stats.cache_misses.values()))
"""


@pytest.mark.slow
def test_a_second_process_does_not_compile_again(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    found = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env=environment,
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for _ in range(2)
    ]
    assert found == [["0", "1"], ["1", "0"]]
