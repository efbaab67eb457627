"""Pointwise likelihoods add up to that of the slow twin, which was written from the docstrings of the models."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import gammaln

from forecast.components.registry import COMPONENT
from forecast.evaluation.diagnosis import observation_names
from tests.components import twin
from tests.components.example import data_of, draw_truth, panel


def several(name, seeds=3):
    truths = [draw_truth(COMPONENT[name], data_of(name), np.random.default_rng(seed)) for seed in range(seeds)]
    return truths, {key: np.stack([truth[key] for truth in truths]) for key in truths[0]}


def constant(name, data):
    """What the twin has and a sum over observations has not: the multinomial coefficient of months."""
    months = data.array.get("month_count")
    return 0.0 if months is None else gammaln(months.sum() + 1) - gammaln(months + 1).sum()


@pytest.mark.parametrize("name", [name for name in COMPONENT if name != "frequency_discount"])
def test_observations_add_up_to_the_likelihood_of_the_twin(name):
    data = data_of(name)
    truths, draws = several(name)
    total = sum(values.sum(axis=1) for values in COMPONENT[name].pointwise(data, draws).values())
    expected = [twin.log_likelihood(name, data, truth) - constant(name, data) for truth in truths]
    np.testing.assert_allclose(total, expected, rtol=1e-9)


@pytest.mark.parametrize(("spread", "error"), [(0.5, 0.001), (0.8, 0.02), (1.2, 0.1)])
def test_the_nodes_are_enough_for_the_breadth_of_the_record(spread, error, monkeypatch):
    """Against a hundred nodes, all contacts together; the posterior of the spread lies about 1."""
    draws = {key: np.asarray(values)[None] for key, values in several("agenda", 1)[1].items()}
    draws = {key: values[0] for key, values in draws.items()} | {"breadth_scale": np.array([spread])}
    found = COMPONENT["agenda"].pointwise(data_of("agenda"), draws)["named"].sum()
    monkeypatch.setattr("forecast.components.agenda.NODES", 99)
    assert abs(found - COMPONENT["agenda"].pointwise(data_of("agenda"), draws)["named"].sum()) < error
    monkeypatch.setattr("forecast.components.agenda.NODES", 5)
    assert abs(found - COMPONENT["agenda"].pointwise(data_of("agenda"), draws)["named"].sum()) > 1e-4


def test_a_discounted_past_is_observed_like_any_other():
    data = data_of("frequency_discount")
    _, draws = several("frequency_discount")
    assert COMPONENT["frequency_discount"].pointwise(data, draws)["count"].shape == (3, data.array["count"].size)


@pytest.mark.parametrize("name", COMPONENT)
def test_every_observation_has_a_name(name):
    data = data_of(name)
    size = {key: values.shape[1] for key, values in COMPONENT[name].pointwise(data, several(name, 1)[1]).items()}
    found = observation_names(COMPONENT[name], data, panel(), size)
    for key, names in found.items():
        assert len(names) == size[key]
        assert not names[0].startswith(f"{key} 0")  # the fallback for shapes that are not known


@pytest.mark.parametrize("name", ["effectiveness", "media", "frequency_walk"])
def test_an_ordered_quantity_is_named_after_the_array_that_its_likelihood_reads(name):
    data = data_of(name)
    _, draws = several(name)
    assert COMPONENT[name].ordered
    for quantity in COMPONENT[name].ordered:
        array = data.array[quantity]
        filled = replace(data, array={**data.array, quantity: np.zeros_like(array)})
        before, after = (COMPONENT[name].pointwise(one, draws)[quantity] for one in (data, filled))
        zero = array.ravel() == 0
        np.testing.assert_allclose(before[:, zero], after[:, zero])
        assert (before[:, ~zero] != after[:, ~zero]).any()


def test_codes_of_an_ordered_quantity_have_probabilities_that_sum_to_one():
    data = data_of("effectiveness")
    _, draws = several("effectiveness")
    shape = data.array["outcome_code"]
    total = sum(np.exp(COMPONENT["effectiveness"].pointwise(replace(data, array={
        **data.array, "outcome_code": np.full_like(shape, code)}), draws)["outcome_code"]) for code in range(4))
    np.testing.assert_allclose(total, 1)
