"""Futures in blocks: the same tables as at once, in bounded memory, and a stop when they are precise enough."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray as xr

from forecast.evaluation.baselines import page_rate
from forecast.evaluation.quantity import POOLED_PAGES, Smoothing, yearly_sums
from forecast.evaluation.summary import PathBlock
from forecast.pipeline import futures as module
from forecast.pipeline import read
from forecast.pipeline.futures import Saving, blocks, futures
from forecast.pipeline.request import weights_with_base
from forecast.posterior.pool import pooled
from forecast.posterior.posterior import Posterior
from forecast.report.columns import FUTURES
from forecast.simulation.prepare import apart_by, draws_of
from forecast.simulation.random import Noise
from forecast.simulation.scenario.schema import Adjustment
from tests.conftest import some
from tests.golden.example import posteriors
from tests.golden.test_run import REQUEST

PATHS = 480


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


def test_futures_apart_are_the_same_in_pieces(inputs, posterior, monkeypatch):
    def apart():
        return module._apart(inputs, posterior, "trump", range(PATHS), REQUEST, lambda *_: None, 10_000)

    whole = apart()
    monkeypatch.setattr(module, "PIECE", 100)
    xr.testing.assert_identical(apart(), whole)
    assert whole.sizes["path"] == PATHS
    assert whole["path"].to_numpy()[[0, -1]].tolist() == [10_000, 10_000 + PATHS - 1]


def test_draws_are_laid_out_once_for_all_scenarios(inputs, posterior, monkeypatch):
    laid_out, taker = Counter(), Posterior.taker
    monkeypatch.setattr(Posterior, "taker", lambda self: laid_out.update([self.component]) or taker(self))
    run(inputs, posterior)
    assert len(inputs.scenarios) > 1
    assert laid_out == dict.fromkeys(laid_out, 1)
    assert set(laid_out) >= set(draws_of(posterior))


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


@pytest.fixture(scope="module")
def eve():
    """As of the eve of the election that is forecast."""
    found = read(replace(REQUEST, as_of=None))
    return found, pooled(posteriors(found.panel, found.priors), found.panel.dyad[0])


def test_pages_are_pooled_in_every_scenario_and_apart(eve, monkeypatch):
    """The tables say what the pool says of these futures: by scenario, and of two futures with unrelated shocks."""
    inputs, posterior = eve
    kept = []
    monkeypatch.setattr(module, "PathBlock", lambda **parts: kept.append(PathBlock(**parts)) or kept[-1])
    found = run(inputs, posterior)
    block, first, second = kept[0], *inputs.scenarios
    far = apart_by(draws_of(posterior).values(), PATHS)
    rate = page_rate(inputs.panel)
    pool = Smoothing(shape=rate.shape[0], years=rate.years[0], number=np.arange(PATHS), far=far, noise=Noise(REQUEST.seed))
    pages = {name: pool.pooled(yearly_sums(paths))[POOLED_PAGES].sum("year") for name, paths in block.trajectories.items()}
    apart = pool.pooled(block.apart[second], apart=True)[POOLED_PAGES].sum("year").drop_vars("path")
    pages = {name: one.drop_vars("path") for name, one in pages.items()}
    whole = found.tables.summary.query("quantity == 'pages_in_all' and window == '2025-2028'")
    whole = whole.set_index(["scenario", "key"])["mean"]
    of_pair = found.tables.contrast.query("quantity == 'pages_in_all'").set_index(["pairing", "key"])["mean"]
    assert set(of_pair.index.get_level_values("pairing")) == {"independent"}
    for side in ("partner", "home"):
        for name in (first, second):
            assert whole[name, side] == pytest.approx(float(pages[name].sel(side=side).mean()), rel=1e-6)
        told = of_pair["independent", side]
        assert told == pytest.approx(float((pages[first] - apart).sel(side=side).mean()), rel=1e-6)
        assert told != pytest.approx(float((pages[first] - pages[second]).sel(side=side).mean()), rel=1e-3)


@pytest.mark.parametrize("case", ["nothing", "event", "running", "further", "no pages"])
def test_pages_are_not_smoothed_where_smoothing_knows_less(eve, inputs, case):
    """Nothing that a scenario assumes, and nothing of a term that has begun or is further away, moves the record's level."""
    given, _ = eve
    first, *others = given.scenarios.values()
    assumed = first.model_copy(update={"adjustments": Adjustment.model_validate({"rate": {"all": -5}})})
    if case == "event":
        given = replace(given, scenarios={first.name: assumed, **{one.name: one for one in others}})
    elif case == "running":
        given = replace(given, running={first.name: object()})
    elif case == "further":
        given = inputs
    elif case == "no pages":
        given = replace(given, panel=replace(given.panel, media=given.panel.media[:0]))
    assert (module._smoothing(given, range(10), 100, 1) is not None) == (case == "nothing")


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
