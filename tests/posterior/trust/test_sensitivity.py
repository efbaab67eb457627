"""Power-scaling and overlap of a normal mean with a normal prior, where everything is known."""

import numpy as np
import pytest
from scipy.stats import halfnorm, norm

from forecast.components.priors import Prior
from forecast.components.protocol import Component as Part
from forecast.components.registry import COMPONENT, needs
from forecast.posterior.sensitivity import (
    CONFLICT,
    DENSITY,
    FINE,
    HIGH,
    LOW,
    STRONG,
    by_block,
    log_prior,
    overlap,
    prior_to_posterior,
    sensitivity,
)
from tests.components.example import every_prior

CHAINS, DRAWS = 4, 1000


def diagnose(prior_sd, data_mean, n):
    """A mean with prior N(0, prior_sd) and n observations of unit variance: independent draws, then the diagnosis."""
    rng = np.random.default_rng(1)
    precision = prior_sd**-2 + n
    mean = rng.normal(n * data_mean / precision, precision**-0.5, (CHAINS, DRAWS))
    likelihood = -n / 2 * (mean - data_mean) ** 2
    table = sensitivity({"mean": mean}, {"base": norm.logpdf(mean, 0, prior_sd)}, likelihood)
    return table.iloc[0]


def test_data_that_outweigh_a_wide_prior_decide():
    assert diagnose(10.0, 2.0, 20)["diagnosis"] == FINE


def test_a_tight_prior_far_from_the_data_is_in_conflict():
    assert diagnose(0.3, 5.0, 10)["diagnosis"] == CONFLICT


def test_a_prior_without_data_is_all_there_is():
    assert diagnose(1.0, 0.0, 1e-6)["diagnosis"] == STRONG


def test_the_block_that_matters_is_named():
    rng = np.random.default_rng(2)
    mean, other = rng.normal(1, 0.2, (2, CHAINS, DRAWS))
    blocks = {"base": norm.logpdf(mean, 0, 0.3), "drift": norm.logpdf(other, 0, 0.3)}
    row = sensitivity({"mean": mean}, blocks, np.zeros_like(mean) + mean).iloc[0]
    assert row["strongest_block"] == "base"
    assert row["prior_base"] > 5 * row["prior_drift"]


def test_a_flat_prior_moves_nothing():
    """The log density of a Dirichlet prior of ones is the same in every draw."""
    rng = np.random.default_rng(5)
    mean, share = rng.normal(1, 0.2, (CHAINS, DRAWS)), rng.dirichlet([1.0, 1.0], (CHAINS, DRAWS))
    prior = Prior(distribution="dirichlet", concentration=(1.0, 1.0), reason="flat, for a test")
    density = log_prior(Component, {"share": prior}, {"share": share.reshape(-1, 2)}, {})
    flat = by_block(Component, density)["base"].reshape(CHAINS, DRAWS)
    table = sensitivity({"mean": mean, "same": np.ones_like(mean)}, {"base": flat, "drift": norm.logpdf(mean, 0, 0.3)},
                        norm.logpdf(mean, 1, 0.2))
    assert table.loc[0, "prior_base"] == 0
    assert table.loc[0, "prior_drift"] > 0.05
    assert table.loc[1, ["prior", "likelihood", "prior_drift"]].tolist() == [0, 0, 0]


def test_nothing_moves_where_the_likelihood_is_the_same_everywhere():
    mean = np.random.default_rng(6).normal(1, 0.2, (CHAINS, DRAWS))
    row = sensitivity({"mean": mean}, {"base": norm.logpdf(mean, 1, 0.2)}, np.zeros_like(mean)).iloc[0]
    assert row["likelihood"] == 0
    assert row["diagnosis"] == STRONG


def test_a_density_whose_tail_ties_needs_no_smoothing():
    rng = np.random.default_rng(7)
    high = rng.random((CHAINS, DRAWS)) < 0.5
    row = sensitivity({"mean": high + rng.normal(0, 0.1, high.shape)}, {"base": high.astype(float)}, -1.0 * high).iloc[0]
    assert row["prior"] == pytest.approx(row["likelihood"], rel=0.05)
    assert row["prior"] > 0.05


class Component:
    assumed = ("state_loading",)
    blocks = {"base": ("base", "share"), "administrations": ("type_scale",)}
    block_of = classmethod(Part.block_of)


PRIORS = {
    "base": Prior(distribution="normal", mu=1.0, sigma=2.0, reason="for a test"),
    "type_scale": Prior(distribution="half_normal", sigma=0.3, reason="for a test"),
    "share": Prior(distribution="dirichlet", concentration=(1.0, 2.0, 4.0), reason="for a test"),
    "state_loading": Prior(distribution="half_normal", sigma=0.3, reason="for a test"),
    "fixed": Prior(distribution="fixed", value=0.7, reason="for a test"),
}


def test_log_priors_are_those_of_scipy_and_assumptions_stay_out():
    rng = np.random.default_rng(4)
    named = {"base": rng.normal(size=(5, 2, 3)), "type_scale": rng.random(5), "share": rng.dirichlet((1, 1, 1), 5)}
    found = log_prior(Component, PRIORS, named, {})
    assert set(found) == {"base", "type_scale", "share"}
    np.testing.assert_allclose(found["base"], norm.logpdf(named["base"], 1, 2).sum(axis=(1, 2)))
    np.testing.assert_allclose(found["type_scale"], halfnorm.logpdf(named["type_scale"], scale=0.3))
    np.testing.assert_allclose(found["share"], np.log(named["share"]) @ np.array([0.0, 1.0, 3.0]))
    assert set(by_block(Component, found)) == {"base", "administrations"}
    np.testing.assert_allclose(by_block(Component, found)["base"], found["base"] + found["share"])


@pytest.mark.parametrize(("component", "parameter", "block"), [
    ("frequency_drift", "type_scale", "administrations"), ("media", "pages_administration_scale", "administrations"),
    ("frequency_walk", "walk_rank_scale", "ranks"), ("frequency_drift", "term_scale", "levels"), ("media", "tone_drift", "drift"),
    ("frequency_occasion", "mark_overdispersion", "dispersion"), ("effectiveness", "outcome_share", "base"),
    ("media", "pages_effective", "covariates"), ("media", "something_new", "other"),
])  # fmt: skip
def test_a_prior_has_the_block_that_its_component_gives_it(component, parameter, block):
    assert COMPONENT[component].block_of(parameter) == block


@pytest.mark.parametrize("name", COMPONENT)
def test_blocks_are_of_parameters_that_the_section_has_and_nothing_is_in_two(name):
    component = COMPONENT[name]
    within = [parameter for names in component.blocks.values() for parameter in names]
    assert len(within) == len(set(within))
    assert set(within) <= set(needs()[component.section])
    drawn = {parameter for parameter in component.needs if every_prior(name)[parameter].distribution in DENSITY}
    other = {parameter for parameter in drawn if component.block_of(parameter) == "other"}
    assert other - set(component.assumed) <= {"elsewhere"}


def test_overlap_of_the_same_distribution_is_nearly_one_and_of_distant_ones_zero():
    rng = np.random.default_rng(6)
    prior = rng.normal(size=8000)
    assert overlap(prior, rng.normal(size=5000)) > HIGH
    assert overlap(prior, rng.normal(4, 0.2, 5000)) < LOW
    # N(0, 1) and N(1, 1) share 2 Phi(-1/2); binning in twenty parts hides a little of their difference
    assert overlap(prior, rng.normal(1, 1, 5000)) == pytest.approx(2 * norm.cdf(-0.5), abs=0.03)


def test_contraction_and_shift_are_in_units_of_the_prior():
    rng = np.random.default_rng(7)
    row = prior_to_posterior({"x": rng.normal(1, 2, 20_000)}, {"x": rng.normal(2, 1, 20_000)}).iloc[0]
    assert row["contraction"] == pytest.approx(0.75, abs=0.02)
    assert row["shift"] == pytest.approx(0.5, abs=0.03)
