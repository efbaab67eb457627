"""Tables of the agenda: planted differences are called, equal shares are not, and errors know of autocorrelation."""

import numpy as np
import pytest
import xarray as xr

from forecast.evaluation.administration import contrast_table, level_table
from forecast.evaluation.attention import attention_by_type
from forecast.pipeline import Request, read
from forecast.posterior.pool import pooled
from forecast.simulation.prepare import future_of
from forecast.simulation.uncertainty_sources import draws_in
from tests.fixture.record import RECORD
from tests.golden.example import posteriors

DRAWS = 4000


def mix(draws):
    """Shares of two topics under two types from draws of the first topic, (draw, type)."""
    share = np.stack([draws, 1 - draws], axis=2)
    return xr.DataArray(share, dims=("draw", "type", "topic"), coords={"type": ["democratic", "republican"], "topic": ["a", "b"]})


def rows(draws):
    return contrast_table({"attention": mix(draws)}).set_index("topic")


def test_a_planted_difference_is_called_with_its_size():
    rng = np.random.default_rng(1)
    draws = np.column_stack([0.40 + 0.02 * rng.standard_normal(DRAWS), 0.30 + 0.02 * rng.standard_normal(DRAWS)])
    found = rows(draws)
    assert found.loc["a", "q50"] == pytest.approx(10, abs=0.2)  # percentage points
    assert found.loc["a", "p_greater"] > 0.99
    assert found.loc["b", "p_greater"] < 0.01


def test_equal_shares_are_not_called():
    found = rows(0.4 + 0.02 * np.random.default_rng(2).standard_normal((DRAWS, 2))).loc["a"]
    assert abs(found["p_greater"] - 0.5) < 4 * 0.5 / np.sqrt(DRAWS)
    assert found["q05"] < 0 < found["q95"]


def test_autocorrelated_draws_tell_less():
    rng = np.random.default_rng(3)
    free = 0.4 + 0.02 * rng.standard_normal((DRAWS, 2))
    slow = np.repeat(0.4 + 0.02 * rng.standard_normal((DRAWS // 50, 2)), 50, axis=0)
    assert rows(slow).loc["a", "p_greater_mcse"] > 3 * rows(free).loc["a", "p_greater_mcse"]


def test_travelling_sides_are_compared_within_a_type():
    share = xr.concat([mix(np.full((100, 2), 0.6)), mix(np.full((100, 2), 0.5))], "direction").assign_coords(
        direction=["us_to_partner", "partner_to_us"])
    table = contrast_table({"attention_record": share}).query("topic == 'a' and type == 'republican'")
    assert table[["first", "second"]].to_numpy().tolist() == [["us_to_partner", "partner_to_us"]]
    assert table["q50"].item() == pytest.approx(10)


@pytest.fixture(scope="module")
def attention():
    inputs = read(Request(data=RECORD))
    posterior = pooled(posteriors(inputs.panel, inputs.priors), inputs.panel.dyad[0])
    midpoint = future_of(inputs.elections["trump"], "trump").midpoint
    weight = {"one": np.array([8.0, 5, 4, 2, 1, 1]), "twice": 2 * np.array([8.0, 5, 4, 2, 1, 1]), "top": np.eye(6)[0]}
    return posterior, midpoint, weight, attention_by_type(posterior, midpoint, weight)


def test_attention_is_the_formula(attention):
    """By hand for one draw: term and rank levels carried over, no new shock, an average president."""
    posterior, midpoint, weight, found = attention
    draw, kind = int(np.flatnonzero(posterior["frequency"].draws["form"] == 0)[0]), "republican_trumpist"
    one, topic = (posterior[name].draws.isel(draw=draw) for name in ("frequency", "agenda"))
    one = one.rename({name: name.split("/")[1] for name in one.data_vars if name.startswith("frequency_drift/")})
    level = one["term_persistence"] * (one["term_level"][-1] + one["term_rank_level"][-1]) + one["base"][0]
    slope = one["drift"].item() + one["drift_lower"].item() * np.array([0, 0, 0, 1, 1, 1])
    log_rate = level.values[:, None] + slope[:, None] * (midpoint - 2009.05) / 10
    effect = one["type_effect"].sel(type=kind).item() + one["type_rank_effect"].sel(type=kind).values[:, None]
    rate = np.exp(log_rate + effect + one["phase"].values).mean(axis=1)
    logit = topic["base"] + topic["type_effect"].sel(type=kind) + topic["rank_effect"]
    node, share = np.polynomial.hermite_e.hermegauss(11)
    each = 1 / (1 + np.exp(-logit.transpose("rank", "topic").values - topic["breadth_scale"].item() * node[:, None, None]))
    chance = np.average(each / (1 - np.prod(1 - each, axis=2, keepdims=True)), axis=0, weights=share)
    spent = (weight["one"] * rate) @ chance
    np.testing.assert_allclose(found["one"].sel(type=kind)[draw].values, spent / spent.sum(), rtol=1e-9)


def test_only_relative_cost_matters(attention):
    found = attention[3]
    xr.testing.assert_allclose(found["one"], found["twice"])
    assert np.abs(found["one"] - found["top"]).max() > 1e-3
    assert found["one"].sizes["draw"] == draws_in(attention[0]["agenda"])


def test_levels_say_how_many_contacts_stand_behind_them():
    count = xr.Dataset({name: (("direction", "type"), [[3, 0], [2, 1]]) for name in ("contacts", "visits")},
                       {"direction": ["us_to_partner", "partner_to_us"], "type": ["democratic", "republican"]})
    share = xr.concat([mix(np.full((100, 2), 0.6))] * 2, "direction").assign_coords(direction=count["direction"])
    known = {"democratic": 9, "republican": 4}
    table = level_table({"attention": mix(np.full((100, 2), 0.6)), "attention_record": share}, count, known)
    cell = table.query("type == 'democratic' and topic == 'a'").set_index("direction")["contacts"]
    assert cell.to_dict() == {"all": 9, "us_to_partner": 3, "partner_to_us": 2}
