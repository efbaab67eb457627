import os
import subprocess
import sys
from pathlib import Path

import pytest

from forecast.sources import _sealed

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


COUNTED = """
import numpy as np
from forecast.simulation.poles import _counts

print(_counts(np.full((2, 3), 0.5), np.full((2, 3), 2.0)).tolist(), sum(_counts.stats.cache_hits.values()))
"""


def emptied(content):
    return b""


def truncated(content):
    return content[:len(content) // 2]


def flipped(content):
    """A bit in the middle, where the machine code is."""
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:]


@pytest.mark.parametrize("damage", [emptied, truncated, flipped])
@pytest.mark.parametrize("ending", ["nbi", "nbc"])
def test_a_damaged_file_of_machine_code_counts_as_none(tmp_path, ending, damage):
    files = _sealed()(cache_path=str(tmp_path), filename_base="f", source_stamp=1)
    key, code = ("signature",), {"code": bytes(range(256))}
    files.save(key, code)
    assert files.load(key) == code
    (path,) = tmp_path.glob(f"*.{ending}")
    path.write_bytes(damage(path.read_bytes()))
    assert files.load(key) is None
    files.save(key, code)
    assert files.load(key) == code


@pytest.mark.slow
def test_machine_code_that_was_damaged_is_compiled_anew(tmp_path):
    def counted():
        done = subprocess.run([sys.executable, "-c", COUNTED], cwd=Path(__file__).parents[2], capture_output=True, text=True,
                              env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)})
        assert done.returncode == 0, done.stderr
        numbers, _, hits = done.stdout.strip().rpartition(" ")
        return numbers, int(hits)

    numbers, hits = counted()
    assert hits == 0
    for ending, damage in (("nbi", emptied), ("nbc", truncated), ("nbc", flipped), ("nbi", flipped)):
        files = [*tmp_path.rglob(f"poles*_counts*.{ending}")]
        assert files
        for path in files:
            path.write_bytes(damage(path.read_bytes()))
        assert counted() == (numbers, 0), (ending, damage.__name__)
    assert counted() == (numbers, 1)
