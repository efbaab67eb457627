"""Records drawn as counts alone are those that the components simulate row by row, and extremes do not crash."""

import numpy as np
import pytest

from forecast.components.registry import COMPONENT
from forecast.evaluation import prior_check
from forecast.evaluation.prior_check import draw_record
from tests.components.example import data_of, draw_truth

OBSERVED = {"frequency_drift": "count", "frequency_occasion": "count", "media": "pages"}
BASE = {"frequency_drift": "base", "frequency_occasion": "base", "media": "pages_base"}
DRAWS = 250


def totals(name, truth, limit, monkeypatch):
    monkeypatch.setattr(prior_check, "LARGEST", limit)
    component, data = COMPONENT[name], data_of(name)
    return np.array([draw_record(component, data, truth, np.random.default_rng([limit % 7, at])).array[OBSERVED[name]].sum()
                     for at in range(DRAWS)])


def distance(one, other):
    """Difference of means in standard errors."""
    return abs(one.mean() - other.mean()) / np.sqrt((one.var() + other.var()) / DRAWS)


@pytest.mark.parametrize("name", OBSERVED)
def test_counts_alone_have_the_mean_and_spread_of_simulated_rows(name, monkeypatch):
    truth = draw_truth(COMPONENT[name], data_of(name), np.random.default_rng(8))
    rows, alone = (totals(name, truth, limit, monkeypatch) for limit in (10**9, 0))
    more = totals(name, {**truth, BASE[name]: truth[BASE[name]] + 0.3}, 0, monkeypatch)
    assert distance(rows, alone) < 4
    assert distance(rows, more) > 4
    assert 0.6 < rows.std() / alone.std() < 1.67


def test_large_records_have_counts_and_no_rows():
    component, data = COMPONENT["media"], data_of("media")
    truth = draw_truth(component, data, np.random.default_rng(8))
    array = draw_record(component, data, {**truth, "pages_base": truth["pages_base"] + 12}, np.random.default_rng(1)).array
    assert array["pages"].sum() > prior_check.LARGEST
    assert len(array["page_contact"]) == len(array["page_side"]) == len(array["page_tone"]) == 0
    assert array["rank"] is data.array["rank"]


@pytest.mark.parametrize(("name", "extreme"), [("frequency_drift", 2000.0), ("frequency_occasion", -2000.0), ("media", 2000.0)])
def test_extreme_parameters_give_finite_counts(name, extreme):
    truth = draw_truth(COMPONENT[name], data_of(name), np.random.default_rng(8))
    array = draw_record(COMPONENT[name], data_of(name), {**truth, BASE[name]: truth[BASE[name]] + extreme},
                        np.random.default_rng(1)).array
    assert (array[OBSERVED[name]] >= 0).all()
    assert (array[OBSERVED[name]].sum() > 1e9) == (extreme > 0)


def test_what_cannot_be_drawn_is_none():
    component, data = COMPONENT["completeness"], data_of("completeness")
    truth = draw_truth(component, data, np.random.default_rng(8))
    assert draw_record(component, data, {**truth, "base": truth["base"] - 5000}, np.random.default_rng(1)) is None
