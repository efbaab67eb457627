"""Sensible priors pass, absurd ones are warned about, and the prior behind a warning is named."""

from dataclasses import replace

import numpy as np
import pytest

from forecast.components.prior_file import load_priors
from forecast.components.registry import COMPONENT, needs, priors_of
from forecast.evaluation.prior_check import CONFLICT, check_priors, observed_statistics
from tests.components.example import DEFAULT, data_of, draw_truth, priors_for
from tests.conftest import some
from tests.evaluation.prior_predictive.planted import checked, found, planted, shipped

PLANTED = [
    ("frequency_drift", "base", planted("normal", mu=6.0, sigma=1.5), "largest_rank_year"),
    ("frequency_occasion", "base", planted("normal", mu=6.0, sigma=1.5), "largest_year"),
    ("frequency_drift", "base", planted("normal", mu=-9.0, sigma=1.5), "contacts"),
    ("frequency_drift", "type_scale", planted("half_normal", sigma=5.0), "type_ratio"),
    ("frequency_drift", "drift", planted("normal", mu=0.0, sigma=5.0), "growth"),
    ("setting", "base", planted("normal", mu=0.0, sigma=20.0), "commonest_direction"),
    ("agenda", "breadth_scale", planted("half_normal", sigma=10.0), "extreme_breadth"),
    ("effectiveness", "outcome_share", planted("dirichlet", concentration=(1000.0, 0.1, 0.1, 0.1)), "commonest_outcome"),
    ("media", "pages_base", planted("normal", mu=8.0, sigma=1.0), "pages_per_contact"),
    ("media", "tone_share", planted("dirichlet", concentration=(0.1, 2000.0, 0.1)), "commonest_tone"),
    ("completeness", "base", planted("normal", mu=-9.0, sigma=0.1), "recorded_share"),
]


@pytest.mark.parametrize("component", COMPONENT)
@pytest.mark.parametrize("name", some(["default", "sceptical", "wide"], ["default"]))
def test_shipped_sets_are_not_absurd(name, component):
    """What a few draws call absurd, ten times as many have to confirm: a set at the margin would be left to the seed."""
    suspect = found(shipped(name, component), "absurd")
    priors = priors_of(load_priors(DEFAULT.parent / f"{name}.yaml", needs()), component)
    assert not suspect or found(checked(component, priors, draws=3000), "absurd") == {}


@pytest.mark.parametrize(("component", "parameter", "prior", "statistic"), PLANTED)
def test_a_planted_prior_is_absurd_and_named(component, parameter, prior, statistic):
    absurd = found(checked(component, {**priors_for(component), parameter: prior}, draws=150), "absurd")
    assert statistic in absurd
    driver = absurd[statistic].driver
    assert driver.parameter == parameter
    assert driver.default == priors_for(component)[parameter]
    assert driver.badness < absurd[statistic].badness / 2


def test_every_bound_is_planted_and_names_of_statistics_are_distinct():
    known = {component.section: component.statistics for component in COMPONENT.values()}
    every = [one for statistics in known.values() for one in statistics]
    assert {one.name for one in every if one.bound} == {statistic for *_, statistic in PLANTED}
    assert len({one.name for one in every}) == len(every)


def test_of_two_changed_priors_the_guilty_one_is_named():
    priors = {**priors_for("frequency_drift"), "drift": planted("normal", mu=0.0, sigma=0.4),
              "overdispersion": planted("half_normal", sigma=0.3), "base": planted("normal", mu=6.0, sigma=1.5)}
    assert found(checked("frequency_drift", priors, draws=150), "absurd")["largest_year"].driver.parameter == "base"


def test_a_record_without_a_page_shows_nothing_and_warns_of_nothing():
    coded = data_of("media")
    rows = {name: axes[0] for name, axes in COMPONENT["media"].axes.items() if axes[0] in ("contact", "page")}
    none = replace(coded, array={name: one[:0] if name in rows else one for name, one in coded.array.items()})
    priors = priors_for("media")
    check = check_priors(COMPONENT["media"], none, priors, priors, seed=1, draws=20)
    assert found(check, "conflict") == {}
    assert np.isnan([*observed_statistics(COMPONENT["media"], none).values()]).all()
    assert not np.isnan([*observed_statistics(COMPONENT["media"], coded).values()]).any()


def test_a_record_that_no_draw_resembles_is_a_conflict():
    narrow = {**priors_for("media"), "tone_share": planted("dirichlet", concentration=(900.0, 50.0, 50.0))}
    conflict = found(checked("media", narrow, draws=150), "conflict")["tone"]
    assert conflict.percentile > 1 - CONFLICT
    assert conflict.driver.parameter == "tone_share"
    assert conflict.driver.badness < 1 - 2 * CONFLICT


@pytest.mark.parametrize("name", ["agenda", "effectiveness", "media"])
def test_a_record_drawn_from_the_prior_is_no_conflict(name):
    component, data, rng = COMPONENT[name], data_of(name), np.random.default_rng(3)
    record = component.simulate(data, draw_truth(component, data, rng), rng)
    check = check_priors(component, record, priors_for(name), priors_for(name), seed=1, draws=200)
    assert found(check, "conflict") == {}


def test_without_a_set_to_compare_with_the_parameter_that_goes_with_the_statistic_is_named():
    priors = {**priors_for("agenda"), "breadth_scale": planted("half_normal", sigma=10.0)}
    check = check_priors(COMPONENT["agenda"], data_of("agenda"), priors, default=priors, seed=1, draws=150)
    driver = found(check, "absurd")["extreme_breadth"].driver
    assert (driver.parameter, driver.default) == ("breadth_scale", None)
    assert driver.correlation > 0.5


def test_the_seed_decides():
    one, two = (checked("agenda", priors_for("agenda"), draws=100) for _ in range(2))
    for first, second in zip(one.findings, two.findings, strict=True):
        np.testing.assert_array_equal(first.values, second.values)
