import numpy as np
import pandas as pd

from forecast.report.lookup import past_means, step_quantiles


def test_quarters_are_means_of_their_months(content):
    future = content.relation.future["ranked"]["harris"]
    middle, quantile = step_quantiles(future, "quarter", np.ones(48))
    assert middle[:2].tolist() == [2025.125, 2025.375]
    second = future.to_numpy()[:, 3:6].mean(1)
    assert np.allclose(quantile[1], np.quantile(second, (0.05, 0.25, 0.5, 0.75, 0.95)))


def test_years_have_one_place_each(content):
    middle, quantile = step_quantiles(content.relation.future["ranked"]["harris"], "year", np.ones(48))
    assert middle.tolist() == [2025.5, 2026.5, 2027.5, 2028.5]
    assert quantile.shape == (4, 5)


def test_cut_month_counts_for_its_share(content):
    share = np.ones(48)
    share[0] = 0.4
    future = content.relation.future["ranked"]["harris"]
    _, quantile = step_quantiles(future, "quarter", share)
    first = (future.to_numpy()[:, :3] * share[:3]).sum(1) / 2.4
    assert quantile[0, 2] == np.median(first)


def test_a_month_is_no_year_of_the_record():
    month = pd.date_range("1991-12-01", "1993-10-01", freq="MS")
    series = pd.Series(np.arange(len(month), dtype=float), month)
    yearly = past_means(series, "year")
    assert yearly.to_dict() == {1992.5: 6.5, 1993.5: 17.5}
    assert past_means(series, "quarter").index[[0, -1]].tolist() == [1992.125, 1993.625]
