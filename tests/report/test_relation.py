import numpy as np

from forecast.report.relation import _by


def test_quarters_are_means_of_their_months(content):
    future = content.relation.future["ranked"]["harris"]
    middle, quantile = _by(future, "quarter")
    assert middle[:2].tolist() == [2025.125, 2025.375]
    second = future.to_numpy()[:, 3:6].mean(1)
    assert np.allclose(quantile[1], np.quantile(second, (0.05, 0.25, 0.5, 0.75, 0.95)))


def test_years_have_one_place_each(content):
    middle, quantile = _by(content.relation.future["ranked"]["harris"], "year")
    assert middle.tolist() == [2025.5, 2026.5, 2027.5, 2028.5]
    assert quantile.shape == (4, 5)
