"""The number of pages: half of the futures simulated, half by exponential smoothing."""

from datetime import date

import numpy as np
import pytest
import xarray as xr

from forecast.evaluation.baselines import LEAST, Rate, page_rate, past_pages
from forecast.evaluation.contrast import contrast_cells
from forecast.evaluation.quantity import IN_ALL, OF_PAGES, POOLED_PAGES, SMOOTHED, Smoothing, windows
from forecast.evaluation.scores import POISSON, linear_pool, mixture
from forecast.panel import load_panel
from forecast.simulation.random import Noise
from tests.fixture.record import RECORD

RATE = Rate(np.array([[3.0, 0.7]]), np.array([[0.2, 0.35]]))  # 15 and 2 pages a year
PATHS, SIMULATED = 40_000, 40.0
MONTHS = np.array([11.4, 12, 12, 12])


def simulated(pages):
    """Sums by year of futures with such pages, (path, year, side)."""
    return xr.Dataset({"pages": (("path", "year", "side"), pages), "month_share": ("year", MONTHS)},
                      coords={"year": 2025 + np.arange(4), "side": ["partner", "home"]})


def smoothing(number=range(PATHS), far=1_000_000, seed=5):
    return Smoothing(shape=RATE.shape[0], years=RATE.years[0], number=np.asarray(number), far=far, noise=Noise(seed))


@pytest.fixture(scope="module")
def drawn():
    return np.random.default_rng(2).poisson(SIMULATED, (PATHS, 4, 2))


@pytest.fixture(scope="module")
def years(drawn):
    return smoothing().pooled(simulated(drawn))


def distance(values, forecast):
    """Largest distance of a distribution function from that of the values, in its standard errors at the most."""
    top = forecast.pmf.shape[1]
    found = np.cumsum(np.bincount(values, minlength=top)[:top]) / len(values)
    return np.abs(found - forecast.cdf[0]).max() * np.sqrt(len(values)) / 0.5


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("window", [0, 4])
def test_futures_have_the_distribution_that_the_backtest_scores(years, side, window):
    """Of the first year, and of the whole term, over which a smoothed rate is one and the same."""
    length = MONTHS[0] / 12 if window == 0 else MONTHS.sum() / 12
    part = years.isel(year=[0]) if window == 0 else years
    values = IN_ALL.values(part).transpose("path", "key").to_numpy()[:, side]
    model = mixture(np.array([[SIMULATED * (1 if window == 0 else 4)]]), np.array([[POISSON]]))
    smooth = mixture(RATE.mean[:, [side]] * length, RATE.shape[:, [side]])
    pooled = linear_pool([model, smooth], np.array([1 - SMOOTHED, SMOOTHED]))
    assert distance(values, pooled) < 4
    for other in (model, smooth, linear_pool([model, smooth], np.array([0.53, 0.47]))):  # negative controls
        assert distance(values, other) > 8


def test_kept_futures_are_those_of_the_simulation_on_both_sides(years, drawn):
    kept = (years[POOLED_PAGES].to_numpy() == drawn).all(axis=(1, 2))
    assert kept.mean() == pytest.approx(1 - SMOOTHED, abs=4 * 0.5 / np.sqrt(PATHS))
    assert (years[POOLED_PAGES].to_numpy()[~kept] != drawn[~kept]).mean() > 0.9


def test_smoothing_is_the_same_whoever_wins(drawn, years):
    """Paths that scenarios share are smoothed alike: there the difference is none at all."""
    other = smoothing().pooled(simulated(drawn + 3))
    apart = smoothing().pooled(simulated(drawn + 3), apart=True)
    first, second = years[POOLED_PAGES].to_numpy(), other[POOLED_PAGES].to_numpy()
    kept = (first == drawn).all(axis=(1, 2))
    assert (second[kept] - first[kept] == 3).all()
    assert (second[~kept] == first[~kept]).all()
    cells = {cell.label["key"]: (cell.label["pairing"], cell.values) for cell in contrast_cells(
        {"one": years, "two": other}, {"two": apart}, {"one": {}}, [IN_ALL])}
    whole = [one[POOLED_PAGES].to_numpy().sum(axis=1)[:, 0] for one in (years, apart)]
    assert cells["partner"][0] == "independent"  # paired, half of the differences would be none by construction
    np.testing.assert_array_equal(cells["partner"][1], whole[0] - whole[1])
    # an observer of two futures sees other counts, of one and the same rate
    smooth = apart[POOLED_PAGES].to_numpy()[~kept].sum(axis=1)[:, 0], first[~kept].sum(axis=1)[:, 0]
    years_in_all, mean = MONTHS.sum() / 12, RATE.mean[0, 0]
    of_rate = (mean * years_in_all) ** 2 / RATE.shape[0, 0]
    expected = of_rate / (of_rate + mean * years_in_all)
    assert np.corrcoef(*smooth)[0, 1] == pytest.approx(expected, abs=4 / np.sqrt((~kept).sum()))
    assert (smooth[0] != smooth[1]).mean() > 0.8


def test_blocks_of_paths_are_parts_of_the_whole(years, drawn):
    for part in (slice(0, 700), slice(700, 1900)):
        block = smoothing(np.arange(PATHS)[part]).pooled(simulated(drawn[part]))
        np.testing.assert_array_equal(block[POOLED_PAGES], years[POOLED_PAGES][part])
    elsewhere = smoothing(seed=6).pooled(simulated(drawn))
    assert (elsewhere[POOLED_PAGES] != years[POOLED_PAGES]).mean() > 0.3


def test_every_window_is_the_sum_of_its_years(years):
    label, whole = next(windows(years))
    assert label == "2025-2028"
    by_year = [IN_ALL.values(part) for name, part in windows(years) if name != label]
    np.testing.assert_array_equal(IN_ALL.values(whole), sum(by_year))
    assert IN_ALL.name in OF_PAGES


def test_the_rate_is_smoothed_from_the_record_and_from_nothing_later():
    early, late = (load_panel(RECORD, as_of=day) for day in (date(2008, 11, 3), date(2024, 11, 4)))
    assert past_pages(late).sum() == late.pages.sum()
    rate = {name: page_rate(panel).mean.ravel() for name, panel in (("early", early), ("late", late))}
    years = past_pages(late) / late.exposure.to_numpy()[0]
    for side in (0, 1):
        assert years[side].min() - 1e-9 <= rate["late"][side] <= years[side].max()
        assert LEAST <= rate["early"][side] <= (past_pages(early)[side] / early.exposure.to_numpy()[0]).max() + LEAST
    assert (rate["early"] != rate["late"]).all()
