"""Futures in blocks: the same tables as at once, in bounded memory, and a stop when they are precise enough."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from forecast.pipeline import futures as module
from forecast.pipeline import read
from forecast.pipeline.futures import Saving, blocks, futures
from forecast.pipeline.request import weights_with_base
from forecast.posterior.pool import pooled
from forecast.report.columns import FUTURES
from forecast.simulation.prepare import draws_of
from tests.conftest import some
from tests.golden.example import posteriors
from tests.golden.test_run import REQUEST

PATHS = 480


@pytest.fixture(scope="module")
def inputs():
    return read(REQUEST)


@pytest.fixture(scope="module")
def posterior(inputs):
    return pooled(posteriors(inputs.panel, inputs.priors), inputs.panel.dyad[0])


def run(inputs, posterior, keep=lambda *_: None, **changed):
    request = replace(REQUEST, **{"paths": PATHS} | changed)
    return futures(inputs, posterior, weights_with_base(inputs.panel), request, lambda *_: None, keep)


@pytest.fixture
def small_blocks(monkeypatch, posterior):
    monkeypatch.setattr(module, "HELD", 100)
    monkeypatch.setattr(module, "BLOCK", 2 * draws_of(posterior)["frequency"])


def test_blocks_are_whole_rounds_of_the_draws():
    assert list(blocks(50_000, 4000)) == [range(20_000), range(20_000, 40_000), range(40_000, 50_000)]
    assert next(blocks(100_000, 30_000)) == range(30_000)


def test_blocks_give_the_tables_of_one(inputs, posterior, monkeypatch, request):
    """Means and errors to rounding; quantiles of counts too, of shares within half a step of their grid."""
    one = run(inputs, posterior)
    request.getfixturevalue("small_blocks")
    many = run(inputs, posterior)
    assert many.trajectories["trump"].sizes["path"] < PATHS == many.paths == one.paths
    for name in ("summary", "contrast"):
        first, second = getattr(one.tables, name), getattr(many.tables, name)
        text = [column for column in first if first[column].dtype.kind not in "fi"]
        pd.testing.assert_frame_equal(first[text], second[text])
        for column in first.columns.difference(text):
            index = first["quantity"].eq("relation_index").to_numpy()
            near = np.where(index, 0.25, 0.051) if column.startswith("q") else 0.0
            assert (np.isclose(first[column], second[column], rtol=1e-9, atol=near, equal_nan=True)).all(), column
    counts = one.tables.summary["quantity"].eq("contact")
    pd.testing.assert_frame_equal(one.tables.summary[counts], many.tables.summary[counts], check_dtype=False)
    assert one.answered.keys() == many.answered.keys()
    for key, tallies in one.answered.items():
        for tally, other in zip(tallies, many.answered[key], strict=True):
            assert tally.describe() == pytest.approx(other.describe(), rel=1e-12)


def test_it_stops_at_the_precision(inputs, posterior, small_blocks):
    rough = run(inputs, posterior, paths=4000, precision=0.15)
    assert rough.precision.reached(0.15)
    assert rough.paths < 4000
    fine = run(inputs, posterior, paths=800, precision=0.0005)
    assert not fine.precision.reached(0.0005)
    assert fine.paths == 800 or fine.precision.out_of_reach(0.0005)


@pytest.mark.slow
def test_futures_that_somebody_asks_for_are_simulated_also_where_the_precision_is_out_of_reach(inputs, posterior, small_blocks):
    """Forty draws leave an error that no number of futures makes small."""
    stopped = run(inputs, posterior, paths=4000, precision=0.0005)
    assert stopped.paths < 4000
    assert stopped.precision.out_of_reach(0.0005)
    whole = run(inputs, posterior, paths=4000, precision=0.0005, paths_asked=True)
    assert whole.paths == whole.precision.paths == 4000
    assert not whole.precision.reached(0.0005)
    early = run(inputs, posterior, paths=4000, precision=0.15, paths_asked=True)
    assert early.paths < 4000


@pytest.mark.slow
@pytest.mark.parametrize("all_paths", some([False, True], [False]))
def test_blocks_become_row_groups(inputs, posterior, small_blocks, tmp_path, all_paths):
    with Saving(tmp_path, inputs.scenarios) as saving:
        found = run(inputs, posterior, saving.keep, all_paths=all_paths)
    file = pq.ParquetFile(tmp_path / FUTURES.format(scenario="trump"))
    held = found.trajectories["trump"].sizes["path"]
    assert file.metadata.num_row_groups == (-(-PATHS // held) if all_paths else 1)
    told = pd.read_parquet(tmp_path / FUTURES.format(scenario="trump"))
    assert sorted(told["path"].unique()) == list(range(PATHS if all_paths else held))


def test_a_failure_while_saving_is_not_lost(inputs, posterior, tmp_path):
    saving = Saving(tmp_path, inputs.scenarios)
    with pytest.raises(AttributeError), saving:
        saving.keep("trump", None)
