"""What one term identifies: a posterior that learnt nothing is called so, one that knows only the sum as well."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from forecast.components.priors import Prior
from forecast.components.protocol import Future
from forecast.evaluation.variance import SHRINK, identification_table, prior_moments
from forecast.posterior.posterior import Posterior
from tests.golden.example import GATES

DRAWS = 8000
REASON = "A prior for a test of the table."
PRIORS = {"frequency": {name: Prior(distribution="half_normal", sigma=sigma, reason=REASON)
                        for name, sigma in (("type_scale", 0.3), ("president_scale", 0.4))}}
COORD = {"type": ("democratic", "republican", "republican_trumpist"), "president": ("Obama", "Trump")}
TRUMP = Future(president="Trump", type="republican_trumpist", midpoint=np.arange(4) + 2025.5)
TERMS = pd.DataFrame({"president": ["Obama", "Obama", "Trump"], "type": ["democratic", "democratic", "republican_trumpist"]})


def posterior(prefix="", informed=None):
    """Draws of the prior; with `informed`, weighed by a likelihood that sees the sum of Trump's effects with that error."""
    rng = np.random.default_rng(4)
    scale = {"type_scale": np.abs(rng.normal(0, 0.3, DRAWS * 20)), "president_scale": np.abs(rng.normal(0, 0.4, DRAWS * 20))}
    kind = scale["type_scale"][:, None] * rng.standard_normal((DRAWS * 20, 3))
    man = scale["president_scale"][:, None] * rng.standard_normal((DRAWS * 20, 2))
    weight = np.ones(DRAWS * 20) if informed is None else np.exp(-0.5 * ((kind[:, 2] + man[:, 1]) / informed) ** 2)
    chosen = rng.choice(DRAWS * 20, DRAWS, p=weight / weight.sum())
    dims = ("chain", "draw")
    arrays = {name: (dims, values[chosen][None]) for name, values in scale.items()}
    arrays |= {"type_effect": ((*dims, "type"), kind[chosen][None]),
               "president_effect": ((*dims, "president"), man[chosen][None])}
    chains = xr.Dataset({f"{prefix}{name}": one for name, one in arrays.items()})
    return Posterior(component="frequency", key="frozen", chains=chains, coord=COORD, gates=GATES, reused=True)


def spread(priors, kind):
    return {name: sd for name, (_, sd) in prior_moments(priors, COORD, kind, COORD["president"][0]).items()}


def table(found, *futures):
    return identification_table(found, PRIORS, futures or (TRUMP,), TERMS).set_index("parameter")


def test_a_posterior_that_is_the_prior_has_its_spread_and_no_correlation():
    found = table(posterior())
    ratio = (found["sd"] / found["prior_sd"]).drop("correlation")
    error = (found["sd_mcse"] / found["prior_sd"]).drop("correlation")
    assert (np.abs(ratio - 1) < 4 * error + 0.01).all()
    apart = (found["mean"] - found["prior_mean"]).drop("correlation")
    assert (np.abs(apart) < 4 * found["mcse"].drop("correlation") + 0.002).all()
    assert found.loc["type_scale", "prior_mean"] == pytest.approx(0.3 * np.sqrt(2 / np.pi))
    assert abs(found.loc["correlation", "mean"]) < 4 * found.loc["correlation", "mcse"]
    assert abs(found.loc["sum", "p_positive"] - 0.5) < 4 * found.loc["sum", "p_positive_mcse"] + 0.005


def test_a_record_of_the_sum_alone_narrows_the_sum_and_ties_the_parts():
    found = table(posterior(informed=0.05))
    ratio = found["sd"] / found["prior_sd"]
    assert ratio["sum"] < 0.2
    assert ratio["type_effect"] > 2 * ratio["sum"]
    assert found.loc["correlation", "mean"] < -0.8


@pytest.mark.parametrize("named", [True, False])
def test_a_joint_normal_has_the_spread_of_its_covariance_and_no_scales(named):
    """Types by hand: the Trumpist effect is two thirds of its ratio less a third of the other's."""
    names = ("republican", "republican_trumpist", *(["Trump"] if named else []))
    joint = Prior(distribution="joint_normal", unit="log_rate_ratio", against="democratic", reason=REASON,
                  mean=dict.fromkeys(names, 0.1), sd=dict(zip(names, (0.3, 0.3, 0.2), strict=False)),
                  correlation={"Trump": {"republican_trumpist": -0.5}} if named else {})  # fmt: skip
    priors = {"frequency": PRIORS["frequency"] | {"administration_effects": joint}}
    found = identification_table(posterior(), priors, (TRUMP,), TERMS).set_index("parameter")
    assert found.loc["type_effect", "prior_mean"] == pytest.approx(0.1 * 2 / 3 - 0.1 / 3)
    assert found.loc["president_effect", "prior_mean"] == pytest.approx(0.1 if named else 0.0)
    assert found.loc["sum", "prior_mean"] == pytest.approx(0.1 / 3 + (0.1 if named else 0.0))
    kind, man = 0.09 * 5 / 9, 0.04 if named else 0.16
    across = -0.5 * 0.3 * 0.2 * 2 / 3 if named else 0.0
    assert found.loc["type_effect", "prior_sd"] == pytest.approx(np.sqrt(kind))
    assert found.loc["president_effect", "prior_sd"] == pytest.approx(np.sqrt(man))
    assert found.loc["sum", "prior_sd"] == pytest.approx(np.sqrt(kind + man + 2 * across))
    assert ("president_scale" in found.index) == ("president_effect_in_scales" in found.index) == (not named)
    assert not {"type_scale", "type_effect_in_scales"} & set(found.index)
    assert {"type_scale", "president_scale"} <= set(table(posterior()).index)  # without it both are there


def test_a_president_on_the_axis_whose_terms_are_not_recorded_has_no_rows():
    found = identification_table(posterior(), PRIORS, (TRUMP,), TERMS[TERMS["president"] != "Trump"])
    assert found.empty


def test_terms_are_counted():
    found = table(posterior())
    assert found["terms"].unique().tolist() == found["terms_of_type"].unique().tolist() == [1]


def test_a_president_whom_the_record_does_not_know_has_no_rows():
    harris = Future(president="Harris", type="democratic", midpoint=TRUMP.midpoint)
    assert table(posterior(), harris).empty
    assert set(table(posterior(), harris, TRUMP)["president"]) == {"Trump"}


@pytest.mark.parametrize(("prefix", "name"), [("", "frequency"), ("frequency_drift/", "frequency_drift")])
def test_formulations_of_a_pool_are_told_apart(prefix, name):
    assert set(table(posterior(prefix))["formulation"]) == {name}


def test_the_prior_of_a_type_is_that_of_its_place_on_the_tree_and_ranks_have_a_scale_of_their_own():
    tied = {"type_correlation": Prior(distribution="fixed", value=0.6, reason=REASON),
            "administration_rank_scale": Prior(distribution="half_normal", sigma=0.1, reason=REASON)}
    found = {kind: spread(PRIORS["frequency"] | tied, kind) for kind in COORD["type"]}
    assert found["democratic"]["type_effect"] == pytest.approx(0.3 * np.sqrt(1.2))
    for kind in ("republican", "republican_trumpist"):
        assert found[kind]["type_effect"] == pytest.approx(0.3 * np.sqrt(0.6))
    assert found["republican"]["sum"] == pytest.approx(np.hypot(0.3 * np.sqrt(0.6), 0.4))
    assert found["republican"]["administration_rank_scale"] == pytest.approx(0.1 * SHRINK)
    flat = spread(PRIORS["frequency"], "republican")
    assert flat["type_effect"] == pytest.approx(0.3)
    assert np.isnan(flat["administration_rank_scale"])


def test_the_scale_of_deviations_by_rank_is_told_where_it_is_free():
    chains = posterior().chains
    drawn = chains.assign(administration_rank_scale=0.1 * chains["type_scale"])
    for found, told in ((drawn, True), (chains.assign(administration_rank_scale=0.0), False)):
        one = Posterior(component="frequency", key="frozen", chains=found, coord=COORD, gates=GATES, reused=True)
        assert ("administration_rank_scale" in table(one).index) == told


def test_draws_are_laid_out_once_whatever_the_number_of_formulations(monkeypatch):
    """And of all parameters only those that the table is of."""
    parts = [posterior(f"{name}/").chains for name in ("one", "other")]
    found = replace(posterior(), chains=xr.merge(parts).assign({"one/drift": (("chain", "draw"), np.zeros((1, DRAWS)))}))
    laid_out, draws = [], Posterior.draws

    def noted(self):
        laid_out.append(set(self.chains.data_vars))
        return draws.fget(self)

    monkeypatch.setattr(Posterior, "draws", property(noted))
    rows = identification_table(found, PRIORS, (TRUMP,), TERMS, before=found)
    assert set(rows["formulation"]) == {"one", "other"}
    assert laid_out == [set(found.chains.data_vars) - {"one/drift"}] * 2
