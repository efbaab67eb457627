import numpy as np

from forecast.report.steps import step_quantiles


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
